"""After an erasure nothing of the person is in any file of the gateway: SQL, Redis, log."""

import json
from datetime import timedelta
from functools import partial

from redis import Redis

from core.database.database import open_database
from core.operators.operators import add_operator
from core.operators.roles import SCOPES, Role
from core.operators.tokens import NewToken, add_token
from core.outbox.farewell import delete_farewells
from gateway.runtime.clock import utc_now
from tests.e2e.test_process import number_in
from tests.fixtures.process import TOKEN, eventually

PHONE, NIK, NAME = "+6281211110001", "3204115706960001", "SITI WULANDARI"
TYPED = ["1", "1", NIK, NAME, "2", "1"]
WHY = {"reason": "she wrote to us"}


async def in_sql(running, *operations):
    """Run operations on the database of the process."""
    database = open_database(f"sqlite:///{running.data_dir / 'satupintu.db'}")
    for operation in operations:
        await database.write(operation, alone=True)
    await database.close()


def held(running, word):
    """Return the files that hold the word, below the data directory and in the log."""
    kept = [one for one in running.data_dir.rglob("*") if one.is_file()]
    files = {one.name: one.read_bytes() for one in kept}
    files["the log"] = running.errors().encode()
    return sorted(name for name, content in files.items() if word.encode() in content)


def rewrite_aof(running):
    """Let Valkey write its file anew, as it does by itself when that has doubled."""
    [state] = running.data_dir.rglob("*.json")
    with Redis(unix_socket_path=json.loads(state.read_text())["socket"]) as redis:
        redis.bgrewriteaof()
        assert eventually(lambda: not redis.info("persistence")["aof_rewrite_in_progress"])


async def test_no_file_has_anything_of_an_erased_person(gateway):
    running = gateway().start()
    for hops in range(len(TYPED) + 1):
        last = running.ussd(PHONE, "call", "*".join(TYPED[:hops])).text
    number = number_in(last)
    for hops in range(5):  # and again, half: an open form
        running.ussd(PHONE, "call 2", "*".join(TYPED[:hops]))
    assert held(running, NIK)
    add = partial(add_operator, name="sari", role=Role.MANAGER, facility_code="", at=utc_now())
    new = NewToken("sari", "sp_sari", "test", SCOPES[Role.MANAGER])
    await in_sql(running, add, partial(add_token, new=new, at=utc_now()))

    here = f"/api/v1/registrations/{number}/erasure"
    by_her, by_another = ({"Authorization": f"Bearer {token}"} for token in ("sp_sari", TOKEN))
    asked = running.client.post(here, json=WHY, headers=by_her)
    confirm = f"/api/v1/approvals/{asked.json()['approval']}/confirm"
    done = running.client.post(confirm, json=WHY, headers=by_another)
    assert done.json()["outcome"] == "done", done.text

    later = utc_now() + timedelta(days=2)  # by when the receipt was sent, or is outdated
    await in_sql(running, partial(delete_farewells, before=later, limit=9))
    rewrite_aof(running)
    assert running.stop() == 0
    assert {word: held(running, word) for word in (NIK, NAME, PHONE, PHONE[1:], number)} == {
        word: [] for word in (NIK, NAME, PHONE, PHONE[1:], number)
    }
