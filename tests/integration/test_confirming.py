"""Two managers who confirm the same thing at once: it is done once."""

from datetime import timedelta

import pytest

from core.database.statements import Statement, iso_utc
from core.operators.approvals import CONFIRMING_SECONDS
from core.operators.roles import Role
from tests.integration.test_desk import BULK, Toy, ask, decide

BEGUN = Statement("UPDATE approvals SET outcome = 'confirming', decided_at = :at")


@pytest.fixture
async def toy(database):
    opened = Toy(database)
    yield opened
    await opened.client.aclose()


async def test_what_another_manager_confirms_is_done_once(toy):
    manager = await toy.as_operator("sari", Role.MANAGER)
    approval = (await ask(manager, BULK, rows=2)).json()["approval"]
    await toy.database.write(lambda on: on.run(BEGUN, at=iso_utc(toy.now)))
    toy.now += timedelta(seconds=CONFIRMING_SECONDS)
    assert (await decide(toy.client, approval)).status_code == 409
    assert toy.runs == 0
    toy.now += timedelta(seconds=1)  # its process has died
    assert (await decide(toy.client, approval)).status_code == 200
    assert toy.runs == 1
