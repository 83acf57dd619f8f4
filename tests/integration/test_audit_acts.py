"""The audit is searched and exported, and the script of docs/ tells whether it is whole."""

import json
import subprocess
import sys
from datetime import timedelta
from functools import partial

import pytest

from core.database.audit import Noted, forget, note
from core.database.statements import Statement
from core.operators import audit_search
from core.operators.operators import add_operator
from core.operators.roles import Role, Scope
from core.operators.tokens import NewToken, add_token
from core.registration.number import make_number
from gateway.operators.audit_acts import ITEMS_MAX
from tests.fixtures.desk import make_client, make_routes
from tests.scripts import ROOT, START

SEARCH, EXPORT = "/api/v1/audit/search", "/api/v1/audit"
SITI, BUDI = make_number(1), make_number(2)
SCRIPT = ROOT / "docs" / "verify_audit.py"


class House:
    """An audit with four rows."""

    def __init__(self, database):
        self.database = database
        self.routes, _ = make_routes(database)
        self.client = make_client(self.routes)

    async def fill(self):
        for day, (operator, action, number) in enumerate(
            [
                ("sari", "look", SITI),
                ("budi", "search", BUDI),
                ("sari", "case_decided K7Q2-0000", SITI),
                ("command", "operator_added sari", None),
            ]
        ):
            await self.note(START + timedelta(days=day), action, operator, number, "asked")

    async def note(self, *noted):
        await self.database.write(lambda on: note(on, Noted(*noted)), alone=True)

    async def as_operator(self, role):
        add = partial(add_operator, name="sari", role=role, facility_code="", at=START)
        await self.database.write(add)
        new = NewToken("sari", "sp_sari", "test", frozenset(Scope))
        await self.database.write(partial(add_token, new=new, at=START))
        return make_client(self.routes, new.token)

    async def found(self, client=None, **wanted):
        answer = await (client or self.client).post(SEARCH, json=wanted)
        assert answer.status_code == 200, answer.text
        return [(one["operator"], one["action"]) for one in answer.json()["items"]]

    async def run(self, sql):
        await self.database.write(lambda on: on.run(Statement(sql)))


@pytest.fixture
async def house(database):
    opened = House(database)
    await opened.fill()
    yield opened
    await opened.client.aclose()


@pytest.fixture
def verify(tmp_path):
    def run(export, *words):
        path = tmp_path / "audit.jsonl"
        path.write_bytes(export)
        told = subprocess.run(
            [sys.executable, "-I", SCRIPT, path, *words],
            capture_output=True,
            text=True,
            check=False,
        )
        return told.returncode, told.stdout + told.stderr

    return run


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        ({}, [3, 2, 1, 0]),
        ({"who": "sari"}, [2, 0]),
        ({"number": SITI.lower()}, [2, 0]),
        ({"action": "case_decided"}, [2]),
        ({"action": "case"}, []),
        ({"since": "2021-01-17"}, [3, 2]),
        ({"until": "2021-01-16"}, [1, 0]),
        ({"since": "2021-01-16", "until": "2021-01-16", "who": "budi"}, [1]),
        ({"who": "nobody"}, []),
    ],
)
async def test_rows_are_found_by_who_whom_what_and_when(house, wanted, rows):
    every = [("sari", "look"), ("budi", "search"), ("sari", "case_decided K7Q2-0000")]
    every.append(("command", "operator_added sari"))
    assert await house.found(**wanted) == [every[row] for row in rows]


@pytest.mark.parametrize("wanted", [{"since": "x"}, {"action": "a b"}, {"before": 0}, {"x": 1}])
async def test_what_cannot_be_searched_is_refused(house, wanted):
    assert (await house.client.post(SEARCH, json=wanted)).status_code == 422


async def test_an_officer_sees_own_rows_only_and_exports_nothing(house):
    officer = await house.as_operator(Role.OFFICER)
    found = await house.found(officer, who="budi")
    assert found
    assert {who for who, _ in found} == {"sari"}
    assert (await officer.get(EXPORT)).status_code == 403


async def test_an_auditor_sees_all_and_that_is_noted_too(house):
    auditor = await house.as_operator(Role.AUDITOR)
    assert len(await house.found(auditor)) == 4
    assert (await house.found(auditor))[0] == ("sari", "audit")


async def test_a_long_search_is_told_in_pages(house):
    for n in range(ITEMS_MAX + 1):
        await house.note(START, "many", "sari", None, str(n))
    first = (await house.client.post(SEARCH, json={"action": "many"})).json()
    rest = {"action": "many", "before": first["next"]}
    second = (await house.client.post(SEARCH, json=rest)).json()
    assert len(first["items"]) == ITEMS_MAX
    assert [one["why"] for one in second["items"]] == ["0"]
    assert second["next"] is None


async def test_an_export_is_whole_and_stays_so_after_an_erasure(house, verify, monkeypatch):
    monkeypatch.setattr(audit_search, "PAGE_MAX", 2)
    exported = (await house.client.get(EXPORT)).content
    status, told = verify(exported)
    assert (status, told.split(";")[0]) == (0, "5 rows, 0 erased, 0 older")
    head = told.split()[-1]
    await house.database.write(partial(forget, numbers=[SITI]))
    later = (await house.client.get(EXPORT)).content
    assert SITI.encode() not in later
    status, told = verify(later, head)
    assert (status, told.split(";")[0]) == (0, "6 rows, 2 erased, 0 older")


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("UPDATE audit SET operator = 'budi' WHERE id = 1", "row 1 does not follow"),
        ("UPDATE audit SET number = 'x' WHERE id = 2", "row 2 its number"),
        ("UPDATE audit SET why = 'x' WHERE id = 2", "row 2 its number"),
        ("UPDATE audit SET salt = '' WHERE id = 2", "row 2 has a number"),
        ("DELETE FROM audit WHERE id = 2", "row 3 does not follow"),
        ("DELETE FROM audit WHERE id = 1", "row 2 does not follow"),
    ],
)
async def test_whoever_changes_the_audit_is_found_out(house, verify, sql, fault):
    await house.run(sql)
    status, told = verify((await house.client.get(EXPORT)).content)
    assert status == 1
    assert fault in told


async def test_a_cut_off_end_is_missed_by_whoever_noted_the_head(house, verify):
    exported = (await house.client.get(EXPORT)).content
    head = verify(exported)[1].split()[-1]
    lines = exported.splitlines(keepends=True)
    assert "is not the head" in verify(b"".join([*lines[:-2], lines[-1]]))[1]
    assert "ends without the head" in verify(b"".join(lines[:-1]))[1]
    forged = json.dumps({"head": json.loads(lines[-3])["digest"]}).encode()
    cut = b"".join([*lines[:-2], forged])
    assert verify(cut)[0] == 0
    assert "that you noted" in verify(cut, head)[1]


async def test_rows_from_before_the_chain_are_counted_apart(database, verify):
    house = House(database)
    await house.run("INSERT INTO audit (at, action) VALUES ('2021-01-01', 'reveal_nik')")
    await house.fill()
    status, told = verify((await house.client.get(EXPORT)).content)
    assert (status, told.split(";")[0]) == (0, "5 rows, 0 erased, 1 older")


def test_the_script_says_how_it_is_used(verify):
    used = subprocess.run([sys.executable, "-I", SCRIPT], capture_output=True, check=False)
    assert used.returncode == 1
    assert b"verify_audit.py" in used.stderr
