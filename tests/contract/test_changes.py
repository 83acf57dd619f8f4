"""What an official changes in a record, in SQL: SQLite, PostgreSQL."""

from datetime import timedelta

import pytest

from core.appointments.requests import Screen
from core.cases.changes import Changed, Refused
from core.cases.changes.correct import correct
from core.cases.changes.links import ADDRESSES_MAX, link, move_phone, unlink
from core.cases.changes.nik import move_nik
from core.cases.changes.withdraw import withdraw
from core.database.statements import iso_utc
from core.fields.invalid import InvalidError
from core.fields.nik_slips import jumble, tail
from core.messages import Address, AddressKind, Channel
from core.outbox.ticket import reminder_keys
from core.registration.intent import OutcomeKind
from core.registration.requests import SendCode
from tests.fixtures.changes import LATER, Desk
from tests.fixtures.clinics import (
    AT,
    CAMPAIGN,
    LIMITS,
    SOREANG,
    book,
    look_up,
    nik,
    person_intent,
    phone,
    wib,
)
from tests.fixtures.effects import make_effects

MAIL = Address(AddressKind.EMAIL, "siti@klinik.example")
WEDNESDAY = wib(27, 13)  # a week ahead: both reminders are due
REMINDERS = reminder_keys("b1")


@pytest.fixture
async def desk(database_url):
    opened = Desk(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def number(desk):
    return await desk.register(1)


async def send_code(desk, number, address):
    effects = make_effects(desk.database, limits=LIMITS)
    await effects.run(SendCode("ask", number, CAMPAIGN, address, "id", AT))


def messages(desk, number, status="queued"):
    """Return the addresses that messages with that status and about the record go to."""
    rows = desk.run(
        "SELECT value FROM outbox WHERE status = :status AND reply LIKE :about ORDER BY id",
        status=status,
        about=f"%{number}%",
    )
    return [value for (value,) in rows]


# Corrections.


async def test_a_correction_changes_the_fields_and_keeps_the_old_values(desk, number):
    before = desk.one(number, "full_name", "version")
    new = {"full_name": "SITI AMINAH", "profession": "bidan", "language": "id"}
    changed = await desk.change(correct, number, new)
    assert changed == Changed(number=number, old={"full_name": before[0], "profession": "perawat"})
    now = desk.one(number, "full_name", "profession", "language", "version", "updated_at")
    assert tuple(now) == ("SITI AMINAH", "bidan", "id", before[1] + 1, iso_utc(LATER))
    assert desk.history() == [
        ("full_name", before[0], "SITI AMINAH"),
        ("profession", "perawat", "bidan"),
    ]


async def test_a_correction_is_made_once(desk, number):
    first = await desk.change(correct, number, {"full_name": "SITI AMINAH"})
    await desk.change(correct, number, {"full_name": "SITI AISYAH"}, key="k2")
    assert await desk.change(correct, number, {"full_name": "SITI AMINAH"}) == first
    assert desk.one(number, "full_name") == "SITI AISYAH"


async def test_what_is_so_already_changes_nothing(desk, number):
    version = await desk.version(number)
    assert await desk.change(correct, number, {"profession": "perawat"}) == Changed(number=number)
    assert await desk.version(number) == version


async def test_a_corrected_name_is_checked_again_unless_it_is_verified(desk, number):
    other = await desk.register(2, "in_review")
    for one in (number, other):
        await desk.change(correct, one, {"full_name": "SITI AMINAH"})
    due = [desk.one(one, "check_due_at") for one in (number, other)]
    assert due == [None, iso_utc(LATER)]


async def test_reminders_follow_the_phone_and_codes_to_the_old_one_are_void(desk, number):
    await desk.store.book(book(number, await desk.open(SOREANG, WEDNESDAY)))
    await send_code(desk, number, phone(9))
    await desk.change(correct, number, {"phone": phone(7).value})
    rows = desk.run("SELECT key, value FROM outbox")
    values = dict(tuple(row) for row in rows)
    assert [values[key] for key in REMINDERS] == [phone(7).value] * 2
    assert values["b1/ticket"] == phone(1).value  # an answer to what this phone asked
    assert desk.run("SELECT code FROM proofs") == []


async def test_reminders_to_a_phone_that_is_taken_off_are_withdrawn(desk, number):
    await desk.store.book(book(number, await desk.open(SOREANG, WEDNESDAY)))
    await desk.change(correct, number, {"phone": None})
    queued = await desk.queued()
    assert [queued[key][0] for key in REMINDERS] == ["withdrawn"] * 2


async def test_what_is_not_on_file_or_closed_is_not_changed(desk, number):
    new = {"full_name": "SITI AMINAH"}
    assert await desk.change(correct, "0000-0000", new) == Refused(why="unknown")
    await desk.change(withdraw, number)
    for operation, *values in (
        (correct, new),
        (move_nik, nik(5)),
        (link, MAIL, Channel.EMAIL),
        (unlink, phone(1)),
        (move_phone, phone(7).value),
        (withdraw,),
    ):
        refused = await desk.change(operation, number, *values, key="k2")
        assert refused == Refused(why="closed"), operation


# Another NIK.


async def test_a_mistyped_nik_is_put_right_and_the_number_stays(desk, number):
    await desk.work_at(1, SOREANG)
    right = "3171034103900005"
    changed = await desk.change(move_nik, number, right)
    assert changed == Changed(
        number=number,
        old={
            "nik": nik(1),
            "birth_date": "1996-06-17",
            "status": "verified",
            "facility_code": "SOREANG",
        },
    )
    columns = ("nik", "nik_tail", "nik_jumble", "birth_date", "sex", "status", "standing")
    assert tuple(desk.one(number, *columns)) == (
        *(right, tail(right), jumble(right), "1990-03-01", "female", "received", "held"),
    )
    assert desk.one(number, "check_due_at") == iso_utc(LATER)
    assert await desk.change(move_nik, number, right) == changed
    again = await desk.record(person_intent(1, intent_id="i9", nik=right, birth_date="1990-03-01"))
    assert (again.kind, again.number) == (OutcomeKind.ALREADY_REGISTERED, number)


async def test_the_nik_of_another_current_record_is_not_taken(desk, number):
    other = await desk.register(2)
    refused = await desk.change(move_nik, number, nik(2))
    assert refused == Refused(why="nik_taken", number=other)
    await desk.change(withdraw, other, key="k2")
    assert isinstance(await desk.change(move_nik, number, nik(2)), Changed)


async def test_a_record_that_yielded_is_held_under_its_right_nik(desk, number):
    superseded = "UPDATE records SET standing = 'superseded', status = 'superseded'"
    desk.run(f"{superseded}, nik_tail = '', nik_jumble = '' WHERE number = :number", number=number)
    owner = await desk.register(1, intent_id="i2", full_name="ZAINAL ABIDIN", address=phone(2))
    await desk.change(move_nik, number, nik(3))
    assert tuple(desk.one(number, "standing", "status")) == ("held", "received")
    assert desk.one(owner, "standing") == "held"


async def test_the_invitation_under_the_right_nik_is_stopped(desk, number):
    desk.run(
        """
        INSERT INTO roster (campaign, nik, full_name, profession, facility_code)
        VALUES (:campaign, :nik, 'SITI', 'perawat', '')
        """,
        campaign=CAMPAIGN,
        nik=nik(5),
    )
    await desk.change(move_nik, number, nik(5))
    assert desk.run("SELECT invited_at FROM roster") == [(iso_utc(LATER),)]


async def test_what_is_no_nik_is_refused(desk, number):
    with pytest.raises(InvalidError):
        await desk.change(move_nik, number, "123")


# Addresses.


async def test_a_linked_address_is_proven_and_the_record_is_held(desk, number):
    desk.run("UPDATE records SET standing = 'claimed', status = 'received'")
    changed = await desk.change(link, number, phone(7), Channel.SMS)
    assert changed == Changed(number=number, old={"standing": "claimed", "link": None})
    assert desk.addresses(number)[phone(7).conversation] is True
    assert desk.one(number, "standing") == "held"
    assert await desk.change(link, number, phone(7), Channel.SMS) == changed
    shown = await desk.store.status(look_up(phone(7)))
    assert [one.number for one in shown.registrations] == [number]


async def test_a_record_has_no_more_addresses_than_it_may(desk, number):
    for n in range(2, ADDRESSES_MAX + 1):
        added = await desk.change(link, number, phone(n), Channel.SMS, key=f"k{n}")
        assert isinstance(added, Changed)
    one_more = await desk.change(link, number, phone(99), Channel.SMS, key="k99")
    assert one_more == Refused(why="full")
    assert len(desk.addresses(number)) == ADDRESSES_MAX
    moved = await desk.change(move_phone, number, phone(99).value, key="k100")
    assert isinstance(moved, Changed)
    assert len(desk.addresses(number)) == ADDRESSES_MAX


async def test_a_contested_record_is_not_linked_while_another_holds_the_nik(desk, number):
    contested = await desk.register(2)
    desk.run(
        "UPDATE records SET standing = 'contested', nik = :nik WHERE number = :number",
        nik=nik(1),
        number=contested,
    )
    refused = await desk.change(link, contested, phone(7), Channel.SMS)
    assert refused == Refused(why="nik_taken", number=number)
    assert phone(7).conversation not in desk.addresses(contested)


async def test_an_unlinked_address_proves_nothing_and_gets_nothing(desk, number):
    await desk.store.book(book(number, await desk.open(SOREANG, WEDNESDAY)))
    changed = await desk.change(unlink, number, phone(1))
    assert changed == Changed(number=number, old={"unlink": phone(1).conversation})
    assert desk.addresses(number) == {}
    queued = await desk.queued()
    assert [queued[key][0] for key in REMINDERS] == ["withdrawn"] * 2
    assert not (await desk.store.status(look_up(phone(1)))).registrations
    assert await desk.change(unlink, number, phone(1)) == changed
    again = await desk.change(unlink, number, phone(1), key="k2")
    assert again == Refused(why="not_linked")


async def test_a_new_phone_takes_the_place_of_the_old_one(desk, number):
    await desk.store.book(book(number, await desk.open(SOREANG, WEDNESDAY)))
    changed = await desk.change(move_phone, number, phone(7).value)
    assert changed.old == {
        "link": None,
        "phone": phone(1).value,
        "unlink": phone(1).conversation,
    }
    assert desk.addresses(number) == {phone(7).conversation: True}
    assert desk.one(number, "phone") == phone(7).value
    assert messages(desk, number)[1:] == [phone(7).value] * 2  # after the ticket: the reminders
    assert await desk.change(move_phone, number, phone(7).value) == changed


async def test_a_phone_that_others_share_stays_theirs(desk, number):
    husband = await desk.register(2, address=phone(1), phone=phone(1).value)
    await desk.change(move_phone, number, phone(7).value)
    assert desk.addresses(husband) == {phone(1).conversation: True}
    assert desk.one(husband, "phone") == phone(1).value


# Withdrawal.


async def test_a_withdrawn_registration_frees_its_seat_and_its_nik(desk, number):
    slot = await desk.open(SOREANG, WEDNESDAY)
    await desk.store.book(book(number, slot))
    await send_code(desk, number, phone(9))
    changed = await desk.change(withdraw, number)
    assert changed == Changed(number=number, old={"status": "verified", "standing": "held"})
    columns = ("status", "standing", "nik_tail", "nik_jumble", "check_due_at")
    assert tuple(desk.one(number, *columns)) == ("withdrawn", "superseded", "", "", None)
    assert await desk.seats(slot) == (0, 1)
    assert messages(desk, number) == []
    assert desk.run("SELECT code FROM proofs") == []
    assert await desk.change(withdraw, number) == changed
    assert await desk.seats(slot) == (0, 1)
    again = await desk.record(person_intent(1, intent_id="i9", received_at=LATER))
    assert again.kind is OutcomeKind.REGISTERED
    assert again.number != number


async def test_a_notice_of_a_withdrawn_registration_is_not_sent(desk):
    number = await desk.register(1, address=MAIL, channel=Channel.EMAIL, phone=phone(1).value)
    [(status,)] = desk.run("SELECT status FROM outbox WHERE key = 'i1/notice'")
    assert status == "queued"
    await desk.change(withdraw, number)
    [(status,)] = desk.run("SELECT status FROM outbox WHERE key = 'i1/notice'")
    assert status == "withdrawn"


async def test_what_waited_for_the_desk_about_it_waits_no_longer(desk, number):
    answers = Screen("s1", number, "1", {"heart": "yes"}, "ask_site", "", AT)
    await desk.store.screen(answers)
    other = await desk.record(
        person_intent(1, intent_id="i9", full_name="ZAINAL ABIDIN", address=phone(2))
    )
    assert other.kind is OutcomeKind.IN_REVIEW
    await desk.change(withdraw, number)
    rows = desk.run("SELECT kind, status, decided_by, reason FROM cases ORDER BY kind")
    assert [tuple(row) for row in rows] == [
        ("ask_site", "decided", "dewi", "withdrawn"),
        ("name_conflict", "open", "", ""),  # the other still waits
    ]


async def test_the_registry_is_told_of_each_change(desk, number):
    for place, (operation, *values) in enumerate(
        (
            (correct, {"full_name": "SITI AMINAH"}),
            (move_nik, nik(3)),
            (link, MAIL, Channel.EMAIL),
            (move_phone, phone(7).value),
            (unlink, MAIL),
            (withdraw,),
        )
    ):
        before = await desk.version(number)
        at = LATER + timedelta(minutes=place)
        await desk.change(operation, number, *values, key=f"key{place}", at=at)
        assert await desk.version(number) > before, operation
        assert desk.one(number, "updated_at") == iso_utc(at)
