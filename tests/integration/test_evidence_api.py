"""Files that strangers sent, as an official lists and reads them."""

from functools import partial

import pytest
from msgspec.structs import replace

from core.database.statements import Statement
from core.messages import Address, AddressKind
from core.registration.evidence import EvidenceFile, keep
from gateway.operators import evidence_acts
from tests.fixtures.desk import make_client, make_routes
from tests.fixtures.lists import letter
from tests.scripts import MAILBOX

PDF = b"%PDF-1.7 <script>"
AUDIT = Statement("SELECT action FROM audit")
OTHER = Address(AddressKind.EMAIL, "tu@rs.example")
LIST = "/api/v1/evidence"


@pytest.fixture
async def client(database):
    for n, address in enumerate((MAILBOX, OTHER)):
        message = replace(letter(n=n), address=address)
        files = [EvidenceFile(1, "application/pdf", PDF)]
        await database.write(partial(keep, letter=message, files=files))
    async with make_client(make_routes(database)[0]) as opened:
        yield opened


async def test_files_are_listed_newest_first_without_their_content(client):
    newest, _oldest = (await client.get(LIST)).json()["items"]
    assert newest == {
        "id": 2,
        "mailbox": OTHER.value,
        "media_type": "application/pdf",
        "bytes": len(PDF),
        "received_at": "2021-01-15T08:00:00Z",
    }


async def test_the_files_of_a_mailbox_are_found(client):
    found = await client.post(f"{LIST}/search", json={"address": MAILBOX.value})
    assert [one["id"] for one in found.json()["items"]] == [1]


async def test_a_file_is_shown_as_nothing_but_a_file_and_that_is_audited(client, database):
    shown = await client.get(f"{LIST}/1")
    assert shown.content == PDF
    assert shown.headers["content-type"] == "application/pdf"
    assert shown.headers["content-disposition"] == 'attachment; filename="1.pdf"'
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cache-control"] == "no-store"
    audited = await database.read(lambda use: use.all(AUDIT))
    assert audited == [("evidence 1",)]


async def test_an_unknown_file_is_404_and_nothing_is_audited(client, database):
    for unknown in ("99", "x", "-1", "9" * 30, "\u0661"):
        assert (await client.get(f"{LIST}/{unknown}")).status_code == 404
    assert list(await database.read(lambda use: use.all(AUDIT))) == []


async def test_nobody_sees_a_file_without_the_token(client):
    for path in (LIST, f"{LIST}/1"):
        refused = await client.get(path, headers={"Authorization": "Bearer x"})
        assert refused.status_code == 401
    refused = await client.post(f"{LIST}/search", json={}, headers={"Authorization": "x"})
    assert refused.status_code == 401


async def test_so_many_are_listed(client, monkeypatch):
    for most, seen in ((1, 1), (2, 2), (3, 2)):
        monkeypatch.setattr(evidence_acts, "ITEMS_MAX", most)
        assert len((await client.get(LIST)).json()["items"]) == seen
