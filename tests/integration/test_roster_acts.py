"""Roster files by API and console: told first, written then, by two where it takes many off."""

import json
from functools import partial
from io import BytesIO

import openpyxl
import pytest

from core.database.statements import Statement
from core.operators.operators import add_operator
from core.operators.roles import Role, Scope
from core.operators.tokens import NewToken, add_token
from core.roster import files
from core.roster.row import ROWS_MAX
from gateway.imports.roster_reader import FILE_BYTES_MAX
from gateway.operators import roster_acts
from tests.fixtures.console import CSRF, make_console
from tests.fixtures.desk import make_client, make_routes
from tests.scripts import START

IMPORTS = "/api/v1/roster/imports"
HEAD = "No;NIK;Nama Lengkap;Jabatan;Kode Faskes;No HP"
ROSTER = Statement("SELECT nik, full_name FROM roster ORDER BY nik")
NOTED = Statement("SELECT action FROM audit ORDER BY id")
KEPT = Statement("SELECT count(*) FROM roster_files WHERE length(data) > 0")


def nik(n):
    return f"3204115706{n // 9_000 + 10}{n % 9_000 + 1:04d}"


def file_of(*people, head=HEAD):
    rows = [f"{n};{nik(n)};{name};perawat;F1;08121110{n:04d}" for n, name in people]
    return "\n".join(["DAFTAR NAKES", head, *rows]).encode()


SITI, BUDI, ANI = (1, "Siti Aminah"), (2, "Budi Santoso"), (3, "Ani Lestari")


@pytest.fixture
async def client(database):
    routes, _ = make_routes(database)
    async with make_client(routes) as client:
        yield client


async def bring(client, data, **headers):
    return await client.post(IMPORTS, content=data, headers=headers)


async def apply(client, row_id, absent="keep"):
    body = {"absent": absent, "reason": "the list of January"}
    return await client.post(f"{IMPORTS}/{row_id}/apply", json=body)


async def imported(client, *people, absent="keep"):
    brought = (await bring(client, file_of(*people))).json()
    reply = await apply(client, brought["import"], absent)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def names(database):
    rows = await database.read(lambda connection: connection.all(ROSTER))
    return [name for _nik, name in rows]


async def test_a_file_is_told_before_it_is_written(client, database):
    await imported(client, SITI, BUDI)
    bad = b"\n9;123;Tono;perawat;F1;\n8;3204115706960002;Rina;;;021\n7;3204115706960002;Rina;;;"
    found = (await bring(client, file_of(SITI, (2, "Budi Sentosa"), ANI) + bad)).json()
    counts = {name: found[name] for name in ("rows", "new", "changed", "same", "gone")}
    assert counts == {"rows": 6, "new": 2, "changed": 1, "same": 1, "gone": 0}
    assert (found["bad"], found["noted"], found["repeated"]) == (1, 1, 1)
    assert found["kinds"]["nik has 3 digits; should have 16"] == 1
    assert found["examples"][0] == [6, "nik has 3 digits; should have 16"]
    assert await names(database) == ["Siti Aminah", "Budi Santoso"]
    assert (await apply(client, found["import"])).json() == {
        "added": 2,
        "changed": 1,
        "removed": 0,
    }
    assert "Budi Sentosa" in await names(database)


async def test_a_workbook_is_a_file_too(client, database):
    book = openpyxl.Workbook()
    book.active.append(["NIK", "Nama Lengkap"])
    book.active.append([nik(1), "Siti Aminah"])
    book.save(data := BytesIO())
    assert (await bring(client, data.getvalue())).json()["new"] == 1


@pytest.mark.parametrize(("data", "status"), [
    (b"", 422),
    (b"a;b\n1;2\n", 422),
    (file_of((1, "1")), 422),
    (b"PK\x03\x04 no workbook", 422),
    (b"\0\1\2", 422),
    (b" " * (FILE_BYTES_MAX + 1), 413),
])  # fmt: skip
async def test_what_is_no_roster_is_refused_and_not_kept(data, status, client, database):
    reply = await bring(client, data)
    assert reply.status_code == status, reply.text
    assert await database.read(lambda connection: connection.all(KEPT)) == [(0,)]


async def test_who_is_absent_stays_unless_somebody_says_so(client, database):
    await imported(client, *((n, "Siti Aminah") for n in range(200)))
    most = tuple((n, "Siti Aminah") for n in range(2, 200))
    assert (await imported(client, *most))["removed"] == 0
    assert (await imported(client, *most, absent="remove"))["removed"] == 2
    assert len(await names(database)) == 198


async def test_more_than_one_percent_needs_a_second_person(client, database):
    await imported(client, *((n, "Siti Aminah") for n in range(200)))
    fewer = (await bring(client, file_of(*((n, "Siti Aminah") for n in range(3, 200))))).json()
    asked = await apply(client, fewer["import"], "remove")
    assert asked.status_code == 202
    assert len(await names(database)) == 200
    second = await with_token(database, client, "Budi")
    path = f"/api/v1/approvals/{asked.json()['approval']}/confirm"
    async with second as other:
        done = await other.post(path, json={"reason": "the ministry wrote so"})
    assert done.json()["answer"]["removed"] == 3
    assert len(await names(database)) == 197


async def with_token(database, client, name):
    add = partial(add_operator, name=name, role=Role.MANAGER, facility_code="", at=START)
    await database.write(add)
    new = NewToken(name, f"sp_{name}", "test", frozenset(Scope))
    await database.write(partial(add_token, new=new, at=START))
    routes, _ = make_routes(database)
    return make_client(routes, f"sp_{name}")


async def test_removing_goes_by_batches(client, database, monkeypatch):
    many = ROWS_MAX + 10
    await imported(client, *((n, "Siti Aminah") for n in range(many)))
    monkeypatch.setattr(roster_acts, "REMOVED_SHARE_MAX", 1.0)
    done = await imported(client, (many - 1, "Siti Aminah"), absent="remove")
    assert done == {"added": 0, "changed": 0, "removed": many - 1}
    assert len(await names(database)) == 1


async def test_a_file_can_be_applied_again_until_it_is_kept_no_longer(client, database):
    first = (await bring(client, file_of(SITI))).json()["import"]
    for n in range(files.FILES_KEPT_MAX - 1):
        await bring(client, file_of(BUDI, ANI, (n + 10, "Tono")))
    assert (await apply(client, first)).status_code == 200
    await bring(client, file_of(ANI))
    assert (await apply(client, first)).status_code == 409
    items = (await client.get(IMPORTS)).json()["items"]
    assert items[-1]["applied"] == {"added": 1, "changed": 0, "removed": 0}
    assert [one["kept"] for one in items] == [True] * files.FILES_KEPT_MAX + [False]
    assert (await apply(client, 999)).status_code == 404


async def test_the_same_file_under_the_same_key_is_brought_once(client):
    first, again = [await bring(client, file_of(SITI), **{"Idempotency-Key": "k"}) for _ in "12"]
    assert first.json() == again.json()
    other = await bring(client, file_of(BUDI), **{"Idempotency-Key": "k"})
    assert other.status_code == 422


async def test_the_console_takes_a_file_and_shows_what_it_would_change(database):
    form = {"csrf": CSRF, "key": "k", "next": "/console/imports"}
    brought = {"file": ("nakes.csv", file_of(SITI, BUDI), "text/csv")}
    async with make_console(database) as client:
        done = await client.post("/console/do/import_roster", data=form, files=brought)
        assert done.headers["location"] == "/console/imports?done=import_roster"
        page = (await client.get("/console/imports")).text
        assert 'name="absent" value="keep"' in page
        foreign = await client.post(
            "/console/do/import_roster", data={**form, "csrf": "x"}, files=brought
        )
        assert foreign.status_code == 403
        elsewhere = await client.post("/console/do/apply_roster", data=form, files=brought)
        assert elsewhere.status_code == 422
        write = {**form, "key": "a", "id": "1", "absent": "keep", "reason": "January"}
        await client.post("/console/do/apply_roster", data=write)
    assert await names(database) == ["Siti Aminah", "Budi Santoso"]
    noted = [action for (action,) in await database.read(lambda c: c.all(NOTED))]
    assert [word for word in noted if "import" in word] == [
        "import 1",
        "imports",
        "apply_import 1",
    ]


async def test_the_answer_names_no_nik(client):
    bad = b"\n9;123;Tono;perawat;F1;\n8;3204115706960002;Rina;;;021"
    found = (await bring(client, file_of(SITI) + bad)).json()
    assert nik(1) not in json.dumps(found)
    assert "3204115706960002" not in json.dumps(found)
