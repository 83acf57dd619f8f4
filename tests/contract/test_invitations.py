"""Invitations on both databases: everybody to be invited gets one message, nobody two."""

import asyncio
import threading
from contextlib import aclosing
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.database.database import open_database
from core.database.statements import Statement, column_list, parameter_list
from core.fields.timezones import zone_of
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.store import SqlOutbox
from core.registration.store import opt
from core.registration.superseding import hold
from core.roster import invitations
from core.roster.invitation_words import NAME_SEPTETS_MIN, PLAIN, Member, cut_name
from core.roster.invitations import KINDS, count_members, draft_invitation, invite
from core.roster.lookup import uninvite
from core.wording.catalog import load_wording
from core.wording.gsm7 import septets, to_gsm7
from tests.contract.test_record_stores import intent
from tests.fixtures.effects import recorder
from tests.fixtures.segments import segments
from tests.scripts import CAMPAIGN, START, WORDING

SENDER = "PEDULICOVID"
NAMED = CAMPAIGN.model_copy(update={"sender_id": SENDER})
DRAFT = draft_invitation(NAMED, WORDING)
COLUMNS = ("id", "campaign", "nik", "full_name", "phone", "demo", "invited_at")
ADD = Statement(
    """
    INSERT INTO roster ({columns}, profession, facility_code)
    VALUES ({values}, 'perawat', 'P1')
""",
    columns=column_list(COLUMNS),
    values=parameter_list(COLUMNS),
)
QUEUED = Statement("SELECT value FROM outbox ORDER BY id")
MARKED = Statement("SELECT count(*) FROM roster WHERE invited_at IS NOT NULL")


def phone(n):
    return Address(AddressKind.PHONE, f"+62811{n:07d}")


def member(n, **more):
    given = {
        "id": n,
        "campaign": CAMPAIGN.id,
        "nik": f"320411570696{n:04d}",
        "full_name": "SITI AMINAH",
        "phone": phone(n).value,
        "demo": 0,
        "invited_at": None,
    }
    return given | more


async def enrol(database, *members):
    def add(connection):
        for one in members:
            connection.run(ADD, **one)

    await database.write(add)


async def invite_all(database, **more):
    return [count async for count in invite(database, DRAFT, lambda: START, **more)]


async def queued(database):
    return [row[0] for row in await database.read(lambda connection: connection.all(QUEUED))]


async def marked(database):
    return (await database.read(lambda connection: connection.one(MARKED)))[0]


def phones(*numbers):
    return [phone(n).value for n in numbers]


async def told(database):
    """Return who is sent an invitation by then."""
    later = START + timedelta(hours=1)
    claimed = await SqlOutbox(database).claim(now=later, lease_seconds=60, limit=9)
    return [one.message.address for one in claimed if one.message.bulk]


async def test_a_member_is_invited_by_name_in_the_campaigns_words(database):
    await enrol(database, member(1, nik="9471015706960001", full_name="SITI AMINAH"))
    assert sum(await invite_all(database)) == 1
    (claimed,) = await SqlOutbox(database).claim(now=START, lease_seconds=60, limit=9)
    message = claimed.message
    assert (message.channel, message.address) == (Channel.SMS, phone(1))
    said = Prompt("invitation", {"name": "SITI AMINAH", "nik": "9471********0001"})
    assert message.reply == Reply((said,), "id", ends=True)
    assert message.headers == {"sender": SENDER}
    assert (message.bulk, message.answers_request, message.quiet) == (True, False, zone_of("94"))
    assert message.created_at == START


async def test_a_campaign_without_a_sender_id_names_none(database):
    await enrol(database, member(1))
    nameless = CAMPAIGN.model_copy(update={"sender_id": ""})
    draft = draft_invitation(nameless, WORDING)
    assert [count async for count in invite(database, draft, lambda: START)] == [1]
    (claimed,) = await SqlOutbox(database).claim(now=START, lease_seconds=60, limit=9)
    assert claimed.message.headers == {}


async def test_at_night_an_invitation_waits_for_the_morning(database):
    await enrol(database, member(1))
    await invite_all(database)
    night = START.replace(hour=14)  # 21:00 in Bandung
    sender = SqlOutbox(database)
    assert not await sender.claim(now=night, lease_seconds=60, limit=9)
    morning = night + timedelta(hours=11)
    assert len(await sender.claim(now=morning, lease_seconds=60, limit=9)) == 1


async def mixed(database):
    """Eight on the roster, of whom only the last is to be invited; and two who are not on it."""
    record = recorder(database)
    await enrol(
        database,
        member(1),
        member(2, phone=None),
        member(3, phone=""),
        member(4),
        member(5, invited_at="2021-01-01"),
        member(6),
        member(7, campaign="another"),
        member(8, demo=1),
        member(9),
    )
    for n, campaign in ((1, CAMPAIGN.id), (9, "another")):
        nik = member(n)["nik"]
        await record(intent(f"r{n}", nik=nik, campaign=campaign, address=phone(50 + n)))
    for n, out, at in ((4, True, START), (6, True, START), (6, False, START + timedelta(days=1))):
        await database.write(partial(opt, address=phone(n), out=out, at=at))


async def test_a_letter_about_a_person_keeps_nobody_from_being_invited(database):
    record = recorder(database)
    mailbox = Address(AddressKind.EMAIL, "anybody@mail.example")
    claim = intent(nik=member(1)["nik"], campaign=CAMPAIGN.id, address=mailbox)
    assert (await record(claim)).kind == "received"
    await enrol(database, member(1))
    assert (await count_members(database, CAMPAIGN.id))["to_invite"] == 1
    assert sum(await invite_all(database)) == 1


async def test_only_people_of_the_kind_to_invite_are_invited(database):
    await mixed(database)
    before = await queued(database)
    counts = await count_members(database, CAMPAIGN.id)
    assert await queued(database) == before
    assert await marked(database) == 2  # who has registered is passed over
    expected = {"registered": 1, "without_phone": 2, "opted_out": 1, "invited": 1, "to_invite": 2}
    assert counts == expected
    assert tuple(counts) == KINDS
    assert sum(await invite_all(database)) == counts["to_invite"]
    assert [one for one in await queued(database) if one not in before] == phones(6, 9)
    assert await marked(database) == 4


async def test_a_second_run_invites_nobody_again(database):
    await enrol(database, *map(member, range(1, 6)))
    assert sum(await invite_all(database)) == 5
    assert sum(await invite_all(database)) == 0
    assert await queued(database) == phones(1, 2, 3, 4, 5)
    counts = await count_members(database, CAMPAIGN.id)
    assert (counts["invited"], counts["to_invite"]) == (5, 0)


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 4, 5, 9])
async def test_a_limit_is_held_to_the_one(database, monkeypatch, limit):
    monkeypatch.setattr(invitations, "BATCH_MAX", 2)
    await enrol(database, *map(member, range(1, 6)))
    assert sum(await invite_all(database, limit=limit)) == min(limit, 5)
    assert await queued(database) == phones(1, 2, 3, 4, 5)[:limit]


async def test_a_run_that_ends_between_batches_is_resumed(database, monkeypatch):
    monkeypatch.setattr(invitations, "BATCH_MAX", 2)
    await enrol(database, *map(member, range(1, 6)))
    async with aclosing(invite(database, DRAFT, lambda: START)) as batches:
        assert await anext(batches) == 2
    assert await queued(database) == phones(1, 2)
    assert await marked(database) == 2
    assert sum(await invite_all(database)) == 3
    assert await marked(database) == 5
    assert await queued(database) == phones(1, 2, 3, 4, 5)


async def test_a_crash_inside_a_batch_invites_nobody_of_it(database):
    await enrol(database, *map(member, range(1, 4)))

    def crash(connection):
        count, _after = invitations._invite(connection, draft=DRAFT, at=START, after=0, limit=9)
        assert count == 3
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await database.write(crash)
    assert (await queued(database), await marked(database)) == ([], 0)
    assert sum(await invite_all(database)) == 3


async def test_two_runs_at_once_invite_everybody_once(database, database_url, monkeypatch):
    monkeypatch.setattr(invitations, "BATCH_MAX", 3)
    await enrol(database, *map(member, range(1, 61)))
    other = open_database(database_url)
    try:
        runs = await asyncio.gather(invite_all(database), invite_all(other))
    finally:
        await other.close()
    assert sum(map(sum, runs)) == 60
    assert sorted(await queued(database)) == phones(*range(1, 61))


async def test_gaps_wider_than_a_window_hide_nobody(database, monkeypatch):
    monkeypatch.setattr(invitations, "WINDOW_ROWS", 10)
    ids = (1, 10, 11, 50, 51, 60)
    await enrol(database, *map(member, ids))
    assert (await count_members(database, CAMPAIGN.id))["to_invite"] == 6
    assert sum(await invite_all(database)) == 6
    assert await queued(database) == phones(*ids)


async def test_an_empty_roster_invites_nobody(database):
    assert await invite_all(database) == []
    assert set((await count_members(database, CAMPAIGN.id)).values()) == {0}


# -- one segment -------------------------------------------------------------------------------


def sms(full_name, wording=WORDING, campaign=NAMED):
    draft = draft_invitation(campaign, wording)
    one = Member(1, "3204115706960001", full_name, phone(1).value)
    message = draft.words.invitation(one, None, START, asks=False)
    return to_gsm7(wording.text(message.reply, "short"))


@pytest.mark.parametrize("language", WORDING.languages)
@pytest.mark.parametrize(
    ("full_name", "kept"),
    [
        ("SITI AMINAH", "SITI AMINAH"),
        ("W" * 400, "W" * 20),
        ("€" * 60, "?"),
        ("RADEN AJENG " + "KARTINI " * 20, "RADEN AJENG KARTINI"),
        ("ŽELJKO Ng\u00f4 \u0639\u0644\u064a 😀", "ZELJKO Ngo"),
        ("{" * 60, "{{{{{{{{"),
        ("@profession:dokter", "profession:dokter"),
        ("", ""),
    ],
)
def test_an_invitation_is_one_sms_whatever_the_name(full_name, kept, language):
    spoken = NAMED.model_copy(update={"language": language})
    text = sms(full_name, load_wording(None, spoken), spoken)
    assert segments(text) == 1
    assert "3204********0001" in text
    assert text.startswith(kept) or full_name.startswith("€")
    assert CAMPAIGN.service_code in text
    assert text.endswith(CAMPAIGN.whatsapp_number)


@given(full_name=st.text(max_size=200))
def test_no_name_makes_an_invitation_longer(full_name):
    assert segments(sms(full_name)) == 1


@given(full_name=st.text(max_size=80), room=st.integers(NAME_SEPTETS_MIN, 60))
def test_a_cut_name_fits_and_is_a_beginning(full_name, room):
    cut = cut_name(full_name, room)
    whole = " ".join(to_gsm7(full_name).replace("@", "").split())
    assert septets(cut) <= room
    assert whole.startswith(cut)
    assert cut == whole or septets(whole) > room


def test_a_name_is_cut_between_words():
    assert cut_name("SITI AMINAH BINTI", 12) == "SITI AMINAH"
    assert cut_name("SITI AMINAH BINTI", 11) == "SITI AMINAH"
    assert cut_name("SITI AMINAH BINTI", 10) == "SITI"


def test_words_that_leave_no_room_for_a_name_are_refused():
    def named(length):
        return CAMPAIGN.model_copy(update={"name": {"id": "V" * length}})

    def draft(length):
        return draft_invitation(named(length), load_wording(None, named(length)))

    longest = len(CAMPAIGN.name["id"]) + DRAFT.words.rooms[PLAIN] - NAME_SEPTETS_MIN
    assert draft(longest).words.rooms[PLAIN] == NAME_SEPTETS_MIN
    with pytest.raises(ValueError, match="more than one SMS"):
        draft(longest + 1)


async def test_registering_withdraws_the_invitation(database):
    await enrol(database, member(1), member(2))
    await invite_all(database)
    record = recorder(database)
    await record(intent(campaign=CAMPAIGN.id, nik=member(1)["nik"]))
    assert await told(database) == [phone(2)]


@pytest.mark.parametrize("by", ["her phone", "a code", "the roster"])
async def test_a_claim_that_comes_to_be_held_withdraws_the_invitation(database, by):
    record, nik = recorder(database), member(1)["nik"]
    mailbox = Address(AddressKind.EMAIL, "anybody@mail.example")
    claim = intent(nik=nik, campaign=CAMPAIGN.id, address=mailbox)
    assert (await record(claim)).kind == "received"
    await enrol(database, member(1), member(2))
    await invite_all(database)
    if by == "a code":
        await database.write(partial(hold, record_id=1, key="k", at=START))
    else:
        address = phone(9) if by == "her phone" else mailbox
        name = {} if by == "her phone" else {"full_name": member(1)["full_name"]}
        await record(intent("2", nik=nik, campaign=CAMPAIGN.id, address=address, **name))
    assert await told(database) == [phone(2)]


async def test_registering_at_that_moment_prevents_the_invitation(database, database_url):
    await enrol(database, member(1))
    begun, go_on = threading.Event(), threading.Event()

    def register(connection):
        uninvite(connection, campaign=CAMPAIGN.id, nik=member(1)["nik"], at=START)
        begun.set()
        assert go_on.wait(10)

    registering = asyncio.create_task(database.write(register))
    assert await asyncio.to_thread(begun.wait, 10)
    async with aclosing(open_other(database_url)) as others:
        other = await anext(others)
        inviting = asyncio.create_task(invite_all(other))
        if database_url.startswith("postgresql"):
            await inviting  # it passes over who is being registered; SQLite has it wait
        go_on.set()
        await registering
        assert sum(await inviting) == 0
    assert await queued(database) == []


async def test_registering_during_an_invitation_withdraws_it(database, database_url):
    await enrol(database, member(1))
    begun, go_on = threading.Event(), threading.Event()

    def invite_slowly(connection):
        invitations._invite(connection, draft=DRAFT, at=START, after=0, limit=9)
        begun.set()
        assert go_on.wait(10)

    inviting = asyncio.create_task(database.write(invite_slowly))
    assert await asyncio.to_thread(begun.wait, 10)
    async with aclosing(open_other(database_url)) as others:
        other = await anext(others)
        nik = member(1)["nik"]
        registering = other.write(partial(uninvite, campaign=CAMPAIGN.id, nik=nik, at=START))
        waiting = asyncio.create_task(registering)
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(inviting, waiting)
    assert await SqlOutbox(database).claim(now=START, lease_seconds=60, limit=9) == []


async def open_other(url):
    """Yield another connection to the same database, and close it."""
    opened = open_database(url)
    yield opened
    await opened.close()
