"""Files that a page brings: kept before the turn, within bounds that no other door can fill."""

from functools import partial

import pytest

from core.database.statements import Statement
from core.messages import EVIDENCE, UNKEPT, Address, AddressKind, AttachedFile, Channel
from core.registration.evidence import (
    FILES_OF_PHONE_MAX,
    FILES_UNVOUCHED_A_DAY_MAX,
    EvidenceFile,
    keep,
    keep_files,
)
from core.registration.number import make_number
from tests.fixtures.lists import letter
from tests.scripts import PHONE, inbound
from tests.stories.world import World

NUMBER = make_number(12345678901)
PDF = b"%PDF-1.7 surat"
WEB = Address(AddressKind.WEB, "n1Cq0bJ3vN7xQ2mK5tR8wA")
EVIDENCE_ROWS = Statement("SELECT part, value, media_type, bytes, data FROM evidence ORDER BY id")
CASES = Statement("SELECT kind FROM cases WHERE status = 'open'")
BOUND = "core.registration.evidence.FILES_UNVOUCHED_OF_ALL_MAX"


def page(n=0, address=WEB, **more):
    files = (AttachedFile(1, "application/pdf", PDF),)
    given = {"channel": Channel.WEB, "address": address, "files": files} | more
    return inbound(NUMBER, n=n, opens=False, **given)


async def put(database, brought):
    return (await database.write(partial(keep_files, brought=brought))).unread


async def test_a_file_is_kept_and_answered_by_a_case_once():
    world = World("id")
    for _ in range(2):  # it is delivered again
        reply = await world.intake.answer(page())
        assert [one.key for one in reply.prompts] == ["appeal_case"]
    rows = world.database.run(lambda use: use.all(EVIDENCE_ROWS))
    assert rows == [(1, WEB.value, "application/pdf", len(PDF), PDF)]
    assert world.database.run(lambda use: use.all(CASES)) == [("not_listed_appeal",)]


@pytest.mark.parametrize(
    ("address", "most"), [(WEB, FILES_UNVOUCHED_A_DAY_MAX), (PHONE, FILES_OF_PHONE_MAX)]
)
async def test_so_many_files_a_day_are_kept_of_one_browser_or_phone(database, address, most):
    for n in range(most):
        assert await put(database, page(n, address)) == {EVIDENCE}
    assert await put(database, page(most, address)) == {UNKEPT}
    assert await put(database, page(0, address)) == {EVIDENCE}  # kept already


async def test_browsers_cost_nothing_and_do_not_fill_the_bound_of_letters(database, monkeypatch):
    monkeypatch.setattr(BOUND, 1)
    other = Address(AddressKind.WEB, "another")
    assert await put(database, page(0)) == {EVIDENCE}
    assert await put(database, page(1, other)) == {UNKEPT}
    files = [EvidenceFile(1, "application/pdf", PDF)]
    kept = partial(keep, letter=letter(authentic=False), files=files)
    assert await database.write(kept) == 1
