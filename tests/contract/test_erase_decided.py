"""Who is erased after a decision about her is in nothing that is kept to undo or repeat it."""

from functools import partial

import pytest

from core.cases.changes import Actor
from core.cases.changes.erase import Erased, erase
from core.database.tables import metadata
from tests.fixtures.case_desk import HER_NAME, HERS, HIS, HIS_NAME, LATER, CaseDesk

CALL = """
    INSERT INTO api_calls (key, digest, status, body, at) VALUES (:key, 'd', 200, :body, '2021')
"""
APPROVAL = """
    INSERT INTO approvals (act, number, call, reason, asked_by, asked_at, expires_at)
    VALUES ('merge', :number, :call, :reason, 'dewi', '2021', '2022')
"""
OTHERS = "AMINAH SITI"


@pytest.fixture
def desk(database):
    return CaseDesk(database)


async def decided(desk, decision):
    await desk.register(HIS, HIS_NAME)
    await desk.register(HERS, HER_NAME)
    await desk.decide(await desk.only(), decision)


async def leave_calls(desk, number, name, phone):
    for n, body in enumerate(
        (
            f'{{"number": "{number}"}}',
            f'{{"incoming": {{"full_name": "{name}"}}}}',
            f'{{"words": "Halo {name}, kami"}}',
            f'{{"phone": "{phone}"}}',
        )
    ):
        await desk.run(CALL, key=str(n), body=body)
        await desk.run(APPROVAL, number="0000-0001", call=body, reason=f"{name} called")
    await desk.run(CALL, key="other", body=f'{{"full_name": "{OTHERS}"}}')
    await desk.run(APPROVAL, number="0000-0001", call=f'"{OTHERS}"', reason="x")


async def rows(desk):
    found = [await desk.all(f"SELECT * FROM {table.name}") for table in metadata.sorted_tables]  # noqa: S608
    return repr(found)


@pytest.mark.parametrize(("decision", "name", "phone"), [
    ("keep", HIS_NAME, HIS.value),
    ("refuse", HIS_NAME, HIS.value),
    ("take_new", HER_NAME, HERS.value),
    ("hand_over", HER_NAME, HERS.value),
])  # fmt: skip
async def test_nothing_is_kept_to_undo_a_decision_about_her(desk, decision, name, phone):
    await decided(desk, decision)
    [(record_id, number)] = await desk.all(
        "SELECT id, number FROM records WHERE full_name = :name AND status <> 'withdrawn'",
        name=name,
    )
    await leave_calls(desk, number, name, phone)
    assert name in await rows(desk)
    actor = Actor(name="dewi", key="e", at=LATER, reason="she asked")
    gone = await desk.database.write(partial(_erase, record_id=record_id, actor=actor), alone=True)
    assert isinstance(gone, Erased)
    kept = await rows(desk)
    assert [word for word in (name, phone, number) if word in kept] == []
    assert kept.count(OTHERS) == 2


def _erase(connection, *, record_id, actor):
    return erase(connection, record_id, actor)
