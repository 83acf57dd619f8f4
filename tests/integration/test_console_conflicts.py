"""A decision in the console that came too late, or that leaves the case waiting for somebody."""

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


async def test_the_queue_begins_with_what_can_be_decided_not_with_who_was_asked(database):
    case = await conflict(Api(database))
    asked = {"id": case["id"], "decision": "ask", "ask": "nik", "reason": "who is right?"}
    async with make_console(database) as client:
        shown = (await client.get(f"{HOME}/cases")).text
        assert case["number"] in shown
        given = {**asked, "version": str(case["version"]), "key": "1", "csrf": CSRF}
        done = await client.post(f"{HOME}/do/decide_case", data=given, headers=ORIGIN)
        assert done.status_code == 303
        page = (await client.get(f"{HOME}/cases/{case['number']}")).text
        assert f'href="{HOME}/cases">Kasus berikutnya' in page
        queue = (await client.get(f"{HOME}/cases")).text
        assert case["number"] not in queue
        assert '<option value="open" selected>' in queue
        for wanted in ("status=", "status=waiting_for_person", f"number={case['number']}"):
            assert case["number"] in (await client.get(f"{HOME}/cases?{wanted}")).text
