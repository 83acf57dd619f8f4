"""A decision in the console that came too late: its preview again, with what has changed."""

from core.database.statements import Statement
from gateway.operators.console.visit import HOME
from tests.fixtures.console import CSRF, make_console
from tests.integration.test_cases_api import Api, conflict

CHANGE = Statement("UPDATE cases SET version = version + 1")
ORIGIN = {"origin": "http://desk.example"}


async def test_a_stale_decision_shows_its_preview_again_and_can_then_be_confirmed(database):
    case = await conflict(Api(database))
    await database.write(lambda use: use.run(CHANGE))
    given = {"id": case["id"], "decision": "keep", "reason": "she called", "csrf": CSRF}
    async with make_console(database) as client:
        stale = await client.post(
            f"{HOME}/do/decide_case",
            data={**given, "key": "1", "version": str(case["version"])},
            headers=ORIGIN,
        )
        newer = str(case["version"] + 1)
        done = await client.post(
            f"{HOME}/do/decide_case",
            data={**given, "key": "2", "version": newer},
            headers=ORIGIN,
        )
    assert stale.status_code == 409
    assert f'name="version" value="{newer}"' in stale.text
    assert "Kasus ini atau datanya berubah" in stale.text
    assert "periksa lagi" in stale.text
    assert "she called" in stale.text
    assert done.status_code == 303
