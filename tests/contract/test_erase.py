"""Erasing one person leaves nothing of them, in SQL: SQLite's files, PostgreSQL's rows."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest

from core.appointments.requests import Screen
from core.appointments.standby_offers import offer_next
from core.appointments.standby_requests import Wait, Waiting
from core.cases.changes import Changed, Refused
from core.cases.changes.correct import correct
from core.cases.changes.erase import erase
from core.cases.changes.erase_statements import OF_RECORD
from core.cases.changes.links import move_phone
from core.cases.changes.merge import merge
from core.cases.changes.nik import move_nik
from core.cases.tell import FAREWELL_HOURS, erase_and_tell
from core.database.audit import Noted, chain_digest, note
from core.database.statements import iso_utc
from core.database.tables import metadata
from core.handovers.aliases import link_browser
from core.handovers.requests import GiveLink, ShowCode
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.farewell import delete_farewells
from core.outbox.message import Outgoing
from core.outbox.sms_bounds import HOME as HOME_COUNTRIES
from core.outbox.store import SqlOutbox, enqueue
from core.registration.intent import OutcomeKind
from core.registration.lists import stage
from core.registration.number import parse_number
from core.registration.requests import SendCode
from core.registration.store import opt
from tests.fixtures.changes import LATER, Desk
from tests.fixtures.clinics import (
    AT,
    CAMPAIGN,
    LIMITS,
    SOREANG,
    START,
    book,
    nik,
    person_intent,
    phone,
    wib,
)
from tests.fixtures.effects import make_effects
from tests.fixtures.lists import person
from tests.scripts import inbound

NAME, WRONG_NIK, RIGHT_NIK = "SITI WULANDARI", nik(7777), nik(8888)
HOME, OLD = phone(31), phone(32)
MAIL = Address(AddressKind.EMAIL, "wulandari@mail.example")
BROWSER, LINKED = (Address(AddressKind.WEB, letter * 22) for letter in "bl")
CLINIC = Address(AddressKind.EMAIL, "tu@klinik.example")
HERS = (NAME, WRONG_NIK, RIGHT_NIK, HOME.value, OLD.value, MAIL.value, LINKED.value)
ERASE = {"key": "e1", "at": LATER + timedelta(days=1)}


@pytest.fixture
async def desk(database_url):
    opened = Desk(database_url)
    yield opened
    await opened.close()


def wulandari(**changes):
    given = {"intent_id": "w1", "full_name": NAME, "nik": WRONG_NIK, "address": OLD}
    return person_intent(1, **{**given, "phone": OLD.value, **changes})


async def live(desk):
    """Let her do all that a person can do; return her number and her slot."""
    number = (await desk.record(wulandari())).number
    await desk.record(wulandari(intent_id="w2", address=MAIL, channel=Channel.EMAIL))
    await desk.record(wulandari(intent_id="w3", address=CLINIC, channel=Channel.EMAIL))
    await desk.change(move_nik, number, RIGHT_NIK, key="a")
    await desk.change(correct, number, {"full_name": f"{NAME} A"}, key="b")
    await desk.change(correct, number, {"full_name": NAME}, key="c")
    await desk.change(move_phone, number, HOME.value, key="d")
    desk.run("UPDATE records SET status = 'verified' WHERE number = :number", number=number)
    slot = await desk.open(SOREANG, wib(27, 13), capacity=5)
    await desk.store.book(book(number, slot, address=HOME))
    await desk.store.screen(Screen("s1", number, "1", {"heart": "yes"}, "ask_site", "", AT))
    effects = make_effects(desk.database, limits=LIMITS)
    await effects.run(SendCode("ask", number, CAMPAIGN, phone(9), "id", AT))
    given = {"nik": WRONG_NIK, "full_name": NAME, "phone": HOME.value}
    await effects.run(ShowCode(BROWSER, "show", AT, given, None, HOME.value))
    await effects.run(GiveLink(HOME, "link", AT))
    linked = partial(link_browser, browser=LINKED.value, phone=HOME, at=START, seconds=9)
    await desk.database.write(linked)
    await desk.database.write(partial(opt, address=HOME, out=True, at=START))
    await desk.database.write(partial(_leave_traces, number=number))
    return number, slot


def _leave_traces(connection, number):
    for address in (HOME, MAIL, CLINIC):
        said = {"number": number, "full_name": NAME, "nik": RIGHT_NIK}
        message = Outgoing(
            key=f"{address.conversation}/m",
            channel=Channel.SMS if address is HOME else Channel.EMAIL,
            address=address,
            reply=Reply((Prompt("registered", said),), "id"),
            created_at=START,
        )
        enqueue(connection, message)
    mailed = inbound(channel=Channel.EMAIL, address=MAIL, authentic=True)
    stage(connection, mailed, [person(1, full_name=NAME)])
    note(connection, Noted(START, "reveal_nik", "dewi", number, f"{NAME} called"))


def traces(desk):
    """Leave what the desk keeps beside records."""
    for table, columns in (
        ("evidence", {"key": "k", "part": 1, "value": MAIL.value, "media_type": "image/png"}),
        (
            "api_calls",
            {"key": "k", "digest": "d", "status": 200, "body": f'{{"nik":"{RIGHT_NIK}"}}'},
        ),
    ):
        more = {"bytes": 3, "data": b"png", "received_at": iso_utc(START)}
        values = {**columns, **(more if table == "evidence" else {"at": iso_utc(START)})}
        names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
        desk.run(f"INSERT INTO {table} ({names}) VALUES ({places})", **values)  # noqa: S608


async def left(desk):
    """Return all that the database has, as bytes: the files of SQLite, the rows of PostgreSQL."""
    await desk.close()
    if desk.url.startswith("postgresql"):
        with psycopg.connect(desk.url) as raw:
            rows = [
                raw.execute(f"SELECT * FROM {table.name}").fetchall()  # noqa: S608
                for table in metadata.sorted_tables
            ]
        return repr(rows).encode()
    path = Path(desk.url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))


def chained(rows):
    """Return the digests that the rows of the audit should have."""
    digests = [""]
    for at, action, operator, sealed, _ in rows:
        row = {"at": at, "action": action, "operator": operator, "sealed": sealed}
        digests.append(chain_digest(digests[-1], **row))
    return digests[1:]


def found_in(kept, words=HERS):
    return [word for word in words if word.encode() in kept]


async def test_nothing_of_the_person_is_left(desk):
    number, slot = await live(desk)
    traces(desk)
    other = await desk.register(2, address=CLINIC, channel=Channel.EMAIL)
    await desk.store.book(book(other, slot, "b2", address=phone(2)))
    erased = await desk.change(erase, number, **ERASE)
    assert parse_number(erased.receipt)
    assert erased.others == ()
    theirs = (HOME, OLD, MAIL, LINKED)
    assert set(erased.conversations) == {one.conversation for one in theirs}
    assert await desk.seats(slot) == (1, 5)
    assert [tuple(row) for row in desk.run("SELECT number FROM records")] == [(other,)]
    rows = desk.run("SELECT at, action, operator, sealed, digest FROM audit ORDER BY id")
    assert [row[4] for row in rows] == chained(rows)
    kept = await left(desk)
    assert found_in(kept) == []
    assert nik(2).encode() in kept


async def test_all_that_is_looked_for_was_there(desk):
    await live(desk)
    traces(desk)
    assert found_in(await left(desk)) == [*HERS]


async def test_a_second_run_finds_nobody_and_gives_the_same_receipt(desk):
    number, _ = await live(desk)
    record_id = await desk.id_of(number)
    first = await desk.change(erase, number, **ERASE)

    def again(key):
        given = desk.actor(key=key)
        return desk.database.write(lambda use: erase(use, record_id, given), alone=True)

    assert (await again("e1")).receipt == first.receipt
    assert await again("e2") == Refused(why="unknown")


async def test_who_registers_again_is_a_new_record(desk):
    number, _ = await live(desk)
    await desk.change(erase, number, **ERASE)
    again = await desk.record(wulandari(intent_id="w9", nik=RIGHT_NIK, address=HOME))
    assert again.kind is OutcomeKind.REGISTERED
    assert again.number != number


async def test_a_family_that_shares_the_phone_keeps_what_is_theirs(desk):
    number, _ = await live(desk)
    husband = await desk.register(2, address=HOME, phone=HOME.value)
    await desk.store.book(book(husband, await desk.open(SOREANG, wib(28, 9)), "b2", address=HOME))
    await desk.change(erase, number, **ERASE)
    assert desk.addresses(husband) == {HOME.conversation: True}
    rows = desk.run("SELECT reply FROM outbox WHERE value = :phone", phone=HOME.value)
    told = [reply for (reply,) in rows if "code_sms" not in reply]
    assert told
    assert [reply for reply in told if husband not in reply] == []
    kept = await left(desk)
    assert found_in(kept) == [HOME.value, LINKED.value]


async def test_somebody_elses_record_under_the_nik_stays_for_an_official(desk):
    number, _ = await live(desk)
    other = await desk.record(
        wulandari(intent_id="z1", nik=RIGHT_NIK, full_name="ZAINAL ABIDIN", address=phone(40))
    )
    assert other.kind is OutcomeKind.IN_REVIEW
    superseded = await desk.register(3)
    desk.run(
        "UPDATE records SET standing = 'superseded', nik = :nik WHERE number = :number",
        nik=RIGHT_NIK,
        number=superseded,
    )
    erased = await desk.change(erase, number, **ERASE)
    assert erased.others == (superseded,)
    waiting = desk.run("SELECT intent_id, record_id FROM cases WHERE status = 'open'")
    assert [tuple(row) for row in waiting] == [("z1", None)]
    assert desk.run("SELECT record_id FROM intents WHERE intent_id = 'z1'")[0][0] is None


async def test_a_withdrawn_record_of_the_same_person_goes_too(desk):
    number, _ = await live(desk)
    desk.run("UPDATE records SET standing = 'superseded', status = 'withdrawn'")
    newer = await desk.record(wulandari(intent_id="w9", nik=RIGHT_NIK, address=HOME))
    assert newer.number != number
    await desk.change(erase, newer.number, **ERASE)
    assert desk.run("SELECT id FROM records") == []


async def test_a_record_that_was_merged_is_erased_with_the_other_by_either_number(desk):
    number, _ = await live(desk)
    other = await desk.register(3, full_name=NAME, address=phone(33))
    await desk.change(merge, other, await desk.id_of(number), (), key="m")
    await desk.change(erase, number, **ERASE)
    assert desk.run("SELECT id FROM records") == []


async def test_the_receipt_is_sent_and_the_message_forgotten(desk):
    number, _ = await live(desk)
    record_id = await desk.id_of(number)
    given = desk.actor(**ERASE)

    def run(connection):
        return erase_and_tell(connection, record_id, given, HOME_COUNTRIES)

    erased = await desk.database.write(run, alone=True)
    assert (await desk.database.write(run, alone=True)).receipt == erased.receipt
    [(row_id, value, status)] = desk.run("SELECT id, value, status FROM outbox")
    assert (value, status) == (HOME.value, "queued")
    sweep = partial(delete_farewells, before=ERASE["at"], limit=9)
    assert await desk.database.write(sweep) == 0
    await SqlOutbox(desk.database).sent(str(row_id), provider="p", provider_id="1", at=ERASE["at"])
    assert await desk.database.write(sweep) == 1
    assert found_in(await left(desk)) == []


async def test_a_receipt_that_cannot_be_sent_is_forgotten_after_a_day(desk):
    number, _ = await live(desk)
    record_id, given = await desk.id_of(number), desk.actor(**ERASE)
    await desk.database.write(
        lambda use: erase_and_tell(use, record_id, given, HOME_COUNTRIES), alone=True
    )
    for hours, gone in ((FAREWELL_HOURS, 0), (FAREWELL_HOURS + 1, 1)):
        before = ERASE["at"] + timedelta(hours=hours)
        sweep = partial(delete_farewells, before=before, limit=9)
        assert await desk.database.write(sweep) == gone


async def test_who_is_erased_is_not_invited_again(desk):
    number, _ = await live(desk)
    desk.run(
        """
        INSERT INTO roster (campaign, nik, full_name, profession, facility_code)
        VALUES (:campaign, :nik, :name, 'perawat', '')
        """,
        campaign=CAMPAIGN,
        nik=RIGHT_NIK,
        name=NAME,
    )
    await desk.change(erase, number, **ERASE)
    assert desk.run("SELECT invited_at FROM roster") == [(iso_utc(ERASE["at"]),)]


async def test_a_change_that_waited_for_the_erasure_finds_nobody(desk):
    number, _ = await live(desk)
    record_id = await desk.id_of(number)
    await desk.change(erase, number, **ERASE)
    given = desk.actor(key="late")
    operation = partial(correct, record_id=record_id, changes={"language": "en"}, actor=given)
    late = await desk.database.write(operation, alone=True)
    assert late == Refused(why="unknown")
    assert not isinstance(late, Changed)


def test_every_table_that_refers_to_a_record_is_erased():
    refer = {
        table.name
        for table in metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "records"
    }
    erased = {
        one.sql.split("DELETE FROM ")[1].split()[0] for one in OF_RECORD if "DELETE" in one.sql
    }
    assert refer - {"intents"} <= erased


@pytest.mark.parametrize("offered", [False, True])
async def test_who_waits_for_a_seat_is_erased_and_the_held_one_is_free(desk, offered):
    number = (await desk.record(wulandari())).number
    desk.run("UPDATE records SET status = 'verified' WHERE number = :number", number=number)
    slot = await desk.open(SOREANG, wib(27, 13))
    wish = Wait("w", number, CAMPAIGN, 1, OLD, Channel.SMS, AT)
    effects = make_effects(desk.database, limits=LIMITS)
    assert await effects.run(wish) == Waiting()
    if offered:
        job = partial(offer_next, at=START, terms=effects.terms)
        assert await desk.database.write(job, alone=True)
        assert await desk.seats(slot) == (1, 1)
    await desk.change(erase, number, **ERASE)
    assert desk.run("SELECT id FROM standby") == []
    assert await desk.seats(slot) == (0, 1)
    assert found_in(await left(desk)) == []
