"""What once needed SQL: each act of the desk by the API and in the console, with its effect."""

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace

from core.registration.evidence import EvidenceFile, keep
from tests.contract.test_appointment_stores import screen
from tests.fixtures.clinics import CAMPAIGN, SOREANG, book, nik, phone, wib
from tests.fixtures.desk_ways import Api, Console, House
from tests.fixtures.lists import letter
from tests.fixtures.people_desk import WHY
from tests.scripts import MAILBOX

AT = wib(27, 13)
DAY = {"code": SOREANG.code, "date": "2021-01-27"}
NAME = "SITI AMINAH"
LIST = """
    INSERT INTO roster (campaign, nik, full_name, profession, facility_code, phone)
    VALUES (:campaign, :nik, :name, 'perawat', 'F1', :phone)
"""
ACTS = []


def act(words):
    """Add a row to the table: the act's name, and how it is done and seen."""

    def add(row):
        ACTS.append(pytest.param(row, id=words.replace(" ", "_")))
        return row

    return add


def list_member(house, n):
    member = {"campaign": CAMPAIGN, "nik": nik(n), "name": NAME, "phone": phone(n).value}
    house.run(LIST, **member)


async def booked(house, at=AT):
    """Return the number of a person who is booked, and her slot."""
    number = await house.register(1)
    slot = await house.open(SOREANG, at, capacity=9)
    await house.store.book(book(number, slot))
    return number, slot


async def contested(house):
    """Return the number on file, and the case that somebody else's claim opens."""
    number = await house.register(1)
    await house.contest(1, by=2)
    return number, await house.only_case()


def decision(case, word, **more):
    fields = {"id": case["id"], "decision": word, **more}
    return {**fields, "on": ("decision", fields), "version": case["version"]}


@act("decide")
async def _decide(house, way):
    number, case = await contested(house)
    await way.do("decide_case", **decision(case, "keep"))
    assert house.run("SELECT status, decided_by FROM cases") == [("decided", "ayu")]
    assert house.told(phone(2))
    assert house.noted(f"case keep {case['id']}") == [(number, WHY["reason"])]


@act("list records in review")
async def _list_in_review(house, way):
    number = await house.register(1, status="in_review")
    case = await house.only_case()
    assert case["id"] in await way.see("search_cases")
    assert number in await way.see("get_case", id=case["id"])
    assert house.noted("cases") == [(number, "")]


@act("correct name, NIK, profession, phone")
async def _correct(house, way):
    number = await house.register(1)
    for field, typed, kept in (
        ("full_name", NAME, NAME),
        ("profession", "bidan", "bidan"),
        ("phone", "0811 0000 0007", phone(7).value),
        ("nik", nik(5), nik(5)),
    ):
        await way.do("correct", ("person", {"number": number}), number=number, **{field: typed})
        assert house.one(number, field) == kept
    assert house.told(phone(1))
    assert house.noted("correct") == [(number, WHY["reason"])] * 4


@act("merge")
async def _merge(house, way):
    kept, gone = await house.register(1), await house.register(2)
    await way.do("merge", ("person", {"number": kept}), number=kept, gone=gone)
    assert house.one(gone, "status") == "merged"
    assert house.told(phone(1)) == ["case_merged"]
    assert (kept, WHY["reason"]) in house.noted("merge")


@act("split")
async def _split(house, way):
    """Two people share a NIK: the record moves to its own, and the other one registers."""
    number, case = await contested(house)
    await way.do("decide_case", **decision(case, "move_nik", nik=nik(5)))
    niks = house.run("SELECT nik, standing FROM records ORDER BY id")
    assert niks == [(nik(5), "held"), (nik(1), "held")]
    assert house.told(phone(1))
    assert house.told(phone(2)) == ["case_registered"]
    assert (number, WHY["reason"]) in house.noted(f"case move_nik {case['id']}")


@act("link, verify, unlink an address")
async def _link(house, way):
    number = await house.register(1)
    for address, do, linked in (
        (MAILBOX.value, "link", {phone(1).conversation: True, MAILBOX.conversation: True}),
        (MAILBOX.value, "unlink", {phone(1).conversation: True}),
        (phone(7).value, "replace_phone", {phone(7).conversation: True}),
    ):
        given = {"number": number, "address": address, "do": do}
        await way.do("link", ("person", {"number": number}), **given)
        assert house.addresses(number) == linked
    assert (house.told(phone(7)), house.told(phone(1))) == (["case_linked"], ["case_unlinked"])
    for word in ("link", "unlink", "replace_phone"):
        assert house.noted(word) == [(number, WHY["reason"])]


@act("withdraw")
async def _withdraw(house, way):
    number, slot = await booked(house)
    await way.do("withdraw", ("person", {"number": number}), number=number)
    assert house.one(number, "status") == "withdrawn"
    assert await house.seats(slot) == (0, 9)
    assert house.told(phone(1))[-1] == "case_withdrawn"
    assert house.noted("withdraw") == [(number, WHY["reason"])]


@act("erase")
async def _erase(house, way):
    number = await house.register(1)
    await way.do("erase", ("person", {"number": number}), number=number)
    assert house.run("SELECT id FROM records") == []
    assert house.told(phone(1)) == ["case_erased"]
    audit = house.run("SELECT action, number FROM audit WHERE action LIKE 'erase %'")
    [(action, whom)] = audit
    assert (number in action, whom) == (False, None)


@act("take off roster")
async def _take_off_roster(house, way):
    list_member(house, 1)
    await way.do("take_off_roster", ("search", {}), nik=nik(1))
    assert house.run("SELECT nik FROM roster") == []
    assert house.noted("take_off_roster") == [(None, WHY["reason"])]


@act("list of a day")
async def _list_of_a_day(house, way):
    number, _ = await booked(house)
    shown = await way.see("facility_day", **DAY)
    assert (number in shown, nik(1)[-4:] in shown, nik(1) in shown) == (True, True, False)
    assert house.noted("facility_day") == [(number, "")]


@act("attendance")
async def _attendance(house, way):
    number, _ = await booked(house)
    house.now = AT + timedelta(minutes=5)
    [(code,)] = house.run("SELECT code FROM appointments")
    given = {"code": code, "facility": SOREANG.code, "came": "yes", "batch": "B7"}
    await way.do("attendance", ("day", DAY), **given)
    assert house.run("SELECT status, batch FROM appointments") == [("attended", "B7")]
    assert [whom for whom, _ in house.noted("attendance")] == [number]


@act("walk-in")
async def _walk_in(house, way):
    number = await house.register(1)
    await house.open(SOREANG, AT)
    house.now = AT + timedelta(minutes=5)
    await way.do("walk_in", ("day", DAY), number=number, facility=SOREANG.code)
    assert await house.live() == 1
    assert number in await way.see("facility_day", **DAY)
    assert [whom for whom, _ in house.noted("walk_in")] == [number]


@act("close, move a day")
async def _close_day(house, way):
    number, slot = await booked(house)
    other = await house.open(SOREANG, AT + timedelta(days=1), capacity=9)
    closing = {**DAY, "offer": "next_free"}
    assert "tutup Rab 27 Jan 2021" in await way.see("preview_closure", **closing)
    await way.do("close_day", ("closing", closing), **closing)
    assert (await house.seats(slot), await house.seats(other)) == ((0, 0), (1, 9))
    assert "site_moved" in house.told(phone(1))
    assert house.noted("close_day SOREANG") == [(number, WHY["reason"])]


@act("clear a screening")
async def _clear_screening(house, way):
    number = await house.register(1)
    await house.store.screen(screen(number, outcome="ask_site"))
    await way.do("clear_screening", ("person", {"number": number}), number=number)
    assert house.run("SELECT kind, status FROM cases") == [("ask_site", "decided")]
    assert house.noted("clear_screening") == [(number, WHY["reason"])]


@act("book for somebody")
async def _book(house, way):
    number = await house.register(1)
    slot = await house.open(SOREANG, AT)
    here = ("person", {"number": number})
    await way.do("send_code", here, number=number)
    [(code,)] = house.run("SELECT code FROM proofs WHERE code <> ''")
    seat = {"facility": SOREANG.code, "start": AT.isoformat(), "code": code, "answers": ["none"]}
    await way.do("book", here, number=number, **seat)
    assert await house.seats(slot) == (1, 1)
    assert house.told(phone(1))[0] == "code_desk"
    assert house.noted("book") == [(number, WHY["reason"])]


@act("register for somebody")
async def _register(house, way):
    who = {"nik": nik(7), "full_name": NAME, "profession": "bidan", "phone": "081100000007"}
    await way.do("register", ("search", {}), **who)
    [(number, name)] = house.run("SELECT number, full_name FROM records")
    assert name == NAME
    assert house.told(phone(7)) == ["case_registered"]
    assert house.noted("register") == [(number, WHY["reason"])]


@act("read an appeal")
async def _read_an_appeal(house, way):
    message = replace(letter(n=1), address=MAILBOX)
    files = [EvidenceFile(1, "application/pdf", b"%PDF-1.7 on the roster")]
    await house.database.write(lambda on: keep(on, letter=message, files=files))
    assert re.search(r'"id":1\b|evidence_file\?id=1\b', await way.see("evidence"))
    assert await way.fetch("evidence_file", id="1") == "%PDF-1.7 on the roster"
    assert house.noted("evidence 1") == [(None, "")]


@act("opt a number out, in")
async def _opt(house, way):
    for out in (True, False):
        house.now += timedelta(minutes=1)
        here = {"address": phone(1).value}
        await way.do("opt", ("outbox", here), **here, out=out)
        assert house.run("SELECT value, out FROM opt_outs") == [(phone(1).value, int(out))]
        assert house.noted(f"opt {'out' if out else 'in'}") == [(None, WHY["reason"])]


@act("resend a sent message")
async def _resend(house, way):
    number = await house.register(1)
    await house.post(number, "/corrections", {"full_name": NAME})
    [(row_id,)] = house.run("SELECT id FROM outbox")
    outbox = ("outbox", {"address": phone(1).value, "number": number})
    await way.do("resend", outbox, number=number, id=str(row_id))
    assert house.told(phone(1)) == ["case_corrected"] * 2
    assert house.noted("resend") == [(number, WHY["reason"])]


@act("failures by number")
async def _failures(house, way):
    number = await house.register(1)
    await house.post(number, "/corrections", {"full_name": NAME})
    house.run("UPDATE outbox SET status = 'dead', why = 'no such subscriber'")
    for look, given in (("search_outbox", {"address": phone(1).value}), ("find_messages", {})):
        assert "no such subscriber" in await way.see(look, **given)
    assert house.noted("messages") == [(number, "")]


@act("invitation progress")
async def _invitations(house, way):
    for n in range(37):
        list_member(house, n)
    assert re.search(r"[:>]37\b", await way.see("invitations"))
    await way.do("invite", ("invite",), limit=13)
    assert re.search(r"[:>]24\b", await way.see("invitations"))
    assert len(house.run("SELECT id FROM outbox")) == 13
    assert [why for _, why in house.noted("invite")] == [WHY["reason"]]


@act("audit")
async def _audit(house, way):
    number = await house.register(1)
    await way.do("note", ("person", {"number": number}), number=number, note="speaks Javanese")
    for shown in (await way.see("search_audit", number=number), await way.fetch("export_audit")):
        assert all(fact in shown for fact in ("ayu", number, WHY["reason"]))
    assert house.noted("note") == [(number, WHY["reason"])]


@act("export")
async def _export(house, way):
    number = await house.register(1)
    await way.do("export", ("setup",), format="csv")
    [(row_id,)] = house.run("SELECT id FROM exports")
    assert number in await way.fetch("fetch_export", id=str(row_id))
    assert [why for _, why in house.noted(f"export {row_id}")] == [WHY["reason"]]


@act("remove facility or slot")
async def _remove(house, way):
    if "remove_slot" not in house.acts:
        pytest.skip("the desk has no act remove_slot")
    await house.open(SOREANG, AT)
    here = {"code": SOREANG.code}
    start = "2021-01-27T13:00:00+07:00"
    await way.do("remove_slot", ("place", here), **here, start=start, dose=1)
    assert house.run("SELECT id FROM slots") == []
    await way.do("remove_facility", ("place", here), **here)
    assert house.run("SELECT code FROM facilities") == []
    for word in ("remove_slot", "remove_facility"):
        assert house.noted(f"{word} {SOREANG.code}") == [(None, WHY["reason"])]


@pytest.fixture
async def house(sqlite_emptied):
    opened = House(sqlite_emptied)
    yield opened
    await opened.client.aclose()
    await opened.close()


@pytest.mark.parametrize("way", [Api, Console])
@pytest.mark.parametrize("row", ACTS)
async def test_each_act_is_done_by_the_api_and_in_the_console(house, row, way):
    await row(house, await house.open_desk(way))
