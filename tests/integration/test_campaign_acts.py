"""The funnel and the invitations, as the API answers them."""

from functools import partial

import pytest

from core.database.statements import Statement
from core.operators.funnel import add_passed
from gateway.operators.campaign_acts import WAVE_MAX
from tests.contract.test_invitations import enrol, member, queued
from tests.fixtures.desk import make_client, make_routes
from tests.scripts import START

MIDWIFE = Statement("UPDATE roster SET profession = 'bidan' WHERE id = 3")
TODAY = START.date()


@pytest.fixture
async def client(database):
    routes, _ = make_routes(database)
    async with make_client(routes) as client:
        yield client


async def test_the_funnel_counts_people_by_step_channel_and_day(client, database):
    counts = {("ussd", "opened"): 5, ("ussd", "nik"): 3, ("email", "opened"): 1}
    await database.write(partial(add_passed, day=TODAY, counts=counts))
    funnel = (await client.get("/api/v1/funnel")).json()
    assert funnel["until"] == TODAY.isoformat()
    assert funnel["steps"][0] == {"step": "opened", "people": 6, "lost": 0}
    assert [one["channel"] for one in funnel["channels"]] == ["email", "ussd"]
    assert [one["day"] for one in funnel["days"]] == [TODAY.isoformat()]


@pytest.mark.parametrize(
    ("since", "status"), [("2020-10-16", 200), ("2020-10-15", 422), ("2021-01-16", 422)]
)
async def test_a_funnel_of_too_many_days_is_refused(client, since, status):
    asked = {"since": since, "until": "2021-01-15"}
    assert (await client.get("/api/v1/funnel", params=asked)).status_code == status


async def invited(client, **body):
    reply = await client.post("/api/v1/invitations", json={"reason": "a wave", **body})
    assert reply.status_code == 200, reply.text
    return reply.json()["invited"]


async def test_a_wave_is_for_a_region_and_a_profession(client, database):
    await enrol(
        database,
        member(1, nik="3204115706960001"),
        member(2, nik="3273115706960001"),
        member(3, nik="3204115706960002"),
    )
    await database.write(lambda connection: connection.run(MIDWIFE))
    assert (await client.get("/api/v1/invitations")).json()["to_invite"] == 3
    assert await invited(client, limit=9, regency="3204", profession="bidan") == 1
    assert await invited(client, limit=1, regency="32") == 1
    assert await invited(client, limit=9) == 1
    assert await invited(client, limit=9) == 0
    assert len(await queued(database)) == 3


@pytest.mark.parametrize(("limit", "status"), [(WAVE_MAX, 200), (WAVE_MAX + 1, 422), (0, 422)])
async def test_a_wave_has_a_bound(client, limit, status):
    body = {"limit": limit, "reason": "a wave"}
    assert (await client.post("/api/v1/invitations", json=body)).status_code == status
