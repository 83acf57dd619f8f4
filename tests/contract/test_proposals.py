"""An invitation proposes a seat, and one YA registers and books it, on both databases."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from msgspec import json
from msgspec.structs import replace

from core.appointments.invitation_answers import OPEN_DAYS
from core.appointments.proposals import LEAD, proposing
from core.appointments.requests import Booked, NotBookable, Taken
from core.appointments.standby_requests import AnswerInvitation, InvitationAnswered, Waiting
from core.campaign import Limits, Places
from core.database.database import open_database
from core.database.statements import iso_utc
from core.messages import Channel, Reply
from core.outbox.store import SqlOutbox
from core.registration.store import opt
from core.roster.invitation_words import (
    PLAIN,
    SEAT,
    WISH,
)
from core.roster.invitations import draft_invitation, invite
from tests.contract.test_invitations import enrol, member, phone
from tests.contract.test_record_stores import intent
from tests.fixtures.clinics import BANDUNG, DOSES, JAYAPURA, SOREANG, SqlClinics, book, cancel
from tests.scripts import CAMPAIGN, CONSENTS, START, WORDING

MORNING = START + timedelta(days=3)
CONSENT = {key: CONSENTS.shown[key, Channel.SMS, "id"].model_dump() for key in (SEAT, WISH)}
PLACES = Places(radius_km=100)
BEGINS = InvitationAnswered(begins=True)  # whoever was invited to something else than a seat
DRAFT = draft_invitation(CAMPAIGN.model_copy(update={"places": PLACES}), WORDING)


class Invited(SqlClinics):
    def another(self, database):
        store = super().another(database)
        limits = Limits(max_per_address=1)
        store._effects = store._effects.__class__(
            database=database,
            terms=store._effects.terms._replace(places=PLACES, limits=limits, doses=DOSES),
            draw_below=store._effects.draw_below,
        )
        return store

    async def seat(self, facility=SOREANG, start=MORNING, **more):
        return await self.open(facility, start, campaign=CAMPAIGN.id, **more)

    async def invite(self, *members, sends=True, draft=DRAFT):
        await enrol(self.database, *members)
        wave = proposing(draft, asks_registry=False)
        async for _ in invite(self.database, wave, lambda: START):
            pass
        if sends:
            await self.send()

    async def send(self):
        outbox = SqlOutbox(self.database)
        for one in await outbox.claim(now=START, lease_seconds=60, limit=99):
            await outbox.sent(one.id, provider="p", provider_id=one.id, at=START)

    async def answer(self, n=1, *, key="y", at=None, store=None, **more):
        request = AnswerInvitation(
            intent_id=key,
            message_id=key,
            address=phone(n),
            provider="twilio",
            language="id",
            campaign=CAMPAIGN.id,
            takes=True,
            at=int((at or START + timedelta(hours=1)).timestamp()),
            consents=CONSENT,
        )
        return await (store or self.store).do(replace(request, **more))

    def records(self):
        return self.run("SELECT nik, status, standing, phone FROM records ORDER BY id")

    def booked(self):
        return self.run("SELECT slot_id FROM appointments WHERE status = 'booked'")


@pytest.fixture
async def clinics(database_url):
    opened = Invited(database_url)
    yield opened
    await opened.close()


async def prompts(clinics):
    rows = clinics.run("SELECT reply FROM outbox WHERE key LIKE 'invite/%' ORDER BY id")
    return [json.decode(reply, type=Reply).prompts[0] for (reply,) in rows]


# The wave.


async def test_an_invitation_proposes_the_nearest_free_seat(clinics):
    await clinics.seat(JAYAPURA)
    slot = await clinics.seat(SOREANG)
    await clinics.invite(member(1), sends=False)
    [said] = await prompts(clinics)
    assert (said.key, said.args["slot"]) == (SEAT, str(slot))
    assert said.args["place"] == "Puskesmas Soreang"  # its town does not fit
    assert said.args["date"] == f"@date:{MORNING.date().isoformat()}"
    assert (said.args["nik_end"], said.args["profession"]) == ("0001", "perawat")


async def test_near_is_near_the_workplace_that_the_roster_names(clinics):
    await clinics.seat(SOREANG)
    slot = await clinics.seat(JAYAPURA)
    await enrol(clinics.database, member(1))
    clinics.run("UPDATE roster SET facility_code = 'JAYAPURA'")
    await clinics.invite(sends=False)
    [said] = await prompts(clinics)
    assert said.args["slot"] == str(slot)


async def test_as_many_are_asked_as_there_are_seats_and_the_rest_may_wish(clinics):
    first, second = await clinics.seat(capacity=2), await clinics.seat(BANDUNG)
    await clinics.invite(*map(member, range(1, 5)), sends=False)
    said = await prompts(clinics)
    assert [one.key for one in said] == [SEAT, SEAT, SEAT, WISH]
    assert [int(one.args.get("slot", 0)) for one in said] == [first, first, second, 0]


async def test_what_is_far_or_soon_or_for_another_dose_is_not_proposed(clinics):
    await clinics.seat(JAYAPURA)
    await clinics.seat(SOREANG, START + LEAD)
    await clinics.seat(SOREANG, dose=2)
    await clinics.invite(member(1), sends=False)
    assert [one.key for one in await prompts(clinics)] == [WISH]


async def test_a_shared_phone_is_asked_for_no_yes(clinics):
    await clinics.seat(capacity=9)
    shared = phone(7).value
    await clinics.invite(member(1, phone=shared), member(2, phone=shared), member(3), sends=False)
    assert [one.key for one in await prompts(clinics)] == [PLAIN, PLAIN, SEAT]


async def test_where_another_system_has_the_verdict_nobody_is_asked(clinics):
    await clinics.seat()
    await enrol(clinics.database, member(1))
    async for _ in invite(clinics.database, proposing(DRAFT, asks_registry=True), lambda: START):
        pass
    assert [one.key for one in await prompts(clinics)] == [PLAIN]


# The answer.


async def test_yes_registers_verifies_and_books(clinics):
    slot = await clinics.seat()
    await clinics.invite(member(1))
    done = await clinics.answer()
    assert isinstance(done.seat, Booked)
    assert (done.outcome.kind, done.outcome.status) == ("registered", "verified")
    assert clinics.records() == [(member(1)["nik"], "verified", "held", phone(1).value)]
    assert clinics.booked() == [(slot,)]
    assert await clinics.seats(slot) == (1, 1)
    assert done.intent.consent.model_dump() == CONSENT[SEAT]


@pytest.mark.parametrize("again", ["redelivered", "another message"])
async def test_yes_twice_registers_and_books_once(clinics, again):
    slot = await clinics.seat(capacity=5)
    await clinics.invite(member(1))
    first = await clinics.answer()
    second = await clinics.answer(key="y" if again == "redelivered" else "y2")
    if again == "redelivered":
        assert second == first
    else:
        assert second.seat == NotBookable(why="other_appointment")
    assert (len(clinics.records()), clinics.booked()) == (1, [(slot,)])
    assert await clinics.seats(slot) == (1, 5)


async def test_a_redelivery_after_stop_gets_the_first_answer(clinics):
    await clinics.seat()
    await clinics.invite(member(1))
    first = await clinics.answer()
    await clinics.database.write(partial(opt, address=phone(1), out=True, at=START))
    again = await clinics.answer()
    assert (again.outcome.number, again.seat) == (first.outcome.number, first.seat)


async def test_yes_from_another_phone_is_nothing(clinics):
    await clinics.seat()
    await clinics.invite(member(1))
    assert await clinics.answer(2) is None
    assert clinics.records() == []


async def test_yes_after_the_seat_is_gone_registers_and_offers_the_next(clinics):
    slot, other = await clinics.seat(), await clinics.seat(BANDUNG)
    await clinics.invite(member(1))
    clinics.run("UPDATE slots SET booked = capacity WHERE id = :slot", slot=slot)
    done = await clinics.answer()
    assert isinstance(done.seat, Taken)
    assert [one.id for _, one in done.seat.others] == [other]
    assert [status for _, status, *_ in clinics.records()] == ["verified"]
    clinics.run("UPDATE slots SET booked = 0 WHERE id = :slot", slot=slot)
    assert isinstance((await clinics.answer()).seat, Taken)  # told so, it stays so
    assert clinics.booked() == []


async def test_two_who_say_yes_to_the_last_seat(clinics, database_url):
    slot = await clinics.seat(capacity=2)
    await clinics.invite(member(1), member(2))
    clinics.run("UPDATE slots SET booked = 1 WHERE id = :slot", slot=slot)
    other = open_database(database_url)
    try:
        done = await asyncio.gather(
            clinics.answer(1, key="a"), clinics.answer(2, key="b", store=clinics.another(other))
        )
    finally:
        await other.close()
    assert sorted(type(one.seat).__name__ for one in done) == ["Booked", "Taken"]
    assert await clinics.seats(slot) == (2, 2)


@pytest.mark.parametrize("then", ["stop", "start"])
async def test_yes_after_stop_is_nothing_until_they_come_back(clinics, then):
    await clinics.seat()
    await clinics.invite(member(1))
    await clinics.database.write(partial(opt, address=phone(1), out=True, at=START))
    if then == "start":
        later = START + timedelta(minutes=5)
        await clinics.database.write(partial(opt, address=phone(1), out=False, at=later))
    assert (await clinics.answer() is None) == (then == "stop")
    assert len(clinics.records()) == (then == "start")


async def test_yes_from_a_phone_that_somebody_else_has_meanwhile_begins_the_form(clinics):
    await clinics.seat()
    await clinics.invite(member(1))
    await enrol(clinics.database, member(2, phone=phone(1).value))
    assert await clinics.answer() == BEGINS
    assert clinics.records() == []


async def test_yes_to_a_plain_invitation_begins_the_form(clinics):
    shared = phone(7).value
    await clinics.seat()
    await clinics.invite(member(1, phone=shared), member(2, phone=shared))
    assert await clinics.answer(7) == BEGINS


async def test_yes_before_the_invitation_was_sent_is_nothing(clinics):
    await clinics.seat()
    await clinics.invite(member(1), sends=False)
    assert await clinics.answer() is None
    clinics.run("UPDATE outbox SET tried_at = :at", at=iso_utc(START))  # it may have arrived
    assert (await clinics.answer()).outcome is not None


@pytest.mark.parametrize(("late", "open_"), [(0, False), (1, True)])
async def test_an_invitation_is_open_for_its_days(clinics, late, open_):
    await clinics.seat(start=START + timedelta(days=30))
    await clinics.invite(member(1))
    at = START + timedelta(days=OPEN_DAYS, seconds=-late)
    assert (await clinics.answer(at=at) is not None) == open_


async def test_yes_to_an_invitation_whose_words_are_forgotten_begins_the_form(clinics):
    await clinics.seat()
    await clinics.invite(member(1))
    clinics.run("""UPDATE outbox SET reply = '[[],""]'""")
    assert await clinics.answer() == BEGINS


async def test_who_was_taken_off_the_roster_is_not_invited_any_more(clinics):
    await clinics.seat()
    await clinics.invite(member(1))
    clinics.run("DELETE FROM roster")
    assert await clinics.answer() is None


@pytest.mark.parametrize("change", ["full_name = 'BUDI SANTOSO'", "nik = '3204115706960002'"])
async def test_yes_says_nothing_of_another_person_whom_the_roster_names_since(clinics, change):
    await clinics.seat()
    await clinics.invite(member(1))
    clinics.run(f"UPDATE roster SET {change}")  # noqa: S608 (our own words)
    assert await clinics.answer() == BEGINS
    assert clinics.records() == []


async def test_a_seat_that_was_given_up_is_not_taken_again_by_a_second_yes(clinics):
    slot = await clinics.seat()
    await clinics.invite(member(1))
    number = (await clinics.answer()).outcome.number
    at = int((START + timedelta(hours=2)).timestamp())
    await clinics.store.cancel(cancel(number, at=at, address=phone(1)))
    done = await clinics.answer(key="y2")
    assert (done.outcome.kind, done.seat) == ("already_registered", None)
    assert (clinics.booked(), await clinics.seats(slot)) == ([], (0, 1))


@pytest.mark.parametrize("key", ["x/notice", "standby/7/2021-01-15"])
async def test_a_later_notice_or_offer_is_what_a_yes_answers(clinics, key):
    await clinics.seat()
    await clinics.invite(member(1))
    clinics.run(
        """
        INSERT INTO outbox (key, channel, kind, value, reply, headers, answers_request, status,
            attempts, due_at, created_at)
        VALUES (:key, 'sms', 'phone', :value, '[[],""]', '{}', 0, 'sent', 1, :at, :at)
        """,
        key=key,
        value=phone(1).value,
        at=iso_utc(START + timedelta(minutes=1)),
    )
    assert await clinics.answer() is None


async def test_no_records_nothing(clinics):
    slot = await clinics.seat()
    await clinics.invite(member(1))
    assert await clinics.answer(takes=False) == InvitationAnswered()
    assert (clinics.records(), await clinics.seats(slot)) == ([], (0, 1))


async def test_yes_where_no_seat_is_near_keeps_a_wish(clinics):
    await clinics.invite(member(1))
    done = await clinics.answer()
    assert isinstance(done.seat, Waiting)
    assert done.intent.consent.model_dump() == CONSENT[WISH]
    assert await clinics.answer() == done
    assert clinics.run("SELECT low, high, status FROM standby") == [("3204", "3204", "waiting")]


async def test_who_is_registered_from_another_phone_gets_no_seat_by_this_one(clinics):
    await clinics.seat()
    await clinics.invite(member(1))
    hers = intent("r1", nik=member(1)["nik"], campaign=CAMPAIGN.id, address=phone(5))
    await clinics.record(hers)
    clinics.run("UPDATE records SET status = 'verified', full_name = 'SITI AMINAH'")
    done = await clinics.answer()
    assert (done.outcome.kind, done.outcome.proven, done.seat) == (
        "already_registered",
        False,
        None,
    )
    assert clinics.booked() == []


async def test_a_nik_that_is_registered_under_another_name_is_not_booked(clinics):
    await clinics.seat()
    await clinics.invite(member(1))
    hers = intent(
        "r1",
        nik=member(1)["nik"],
        full_name="Bambang Sugeng",
        campaign=CAMPAIGN.id,
        address=phone(5),
    )
    await clinics.record(hers)
    done = await clinics.answer()
    assert done.outcome.kind != "registered" or done.outcome.status == "verified"
    assert len(clinics.booked()) == (done.seat is not None)


async def test_a_bound_on_registrations_holds_for_a_yes(clinics):
    await clinics.seat()
    await clinics.invite(member(1))
    other = {"nik": "3171036203930005", "full_name": "Wati", "phone": phone(1).value}
    await clinics.record(intent("r1", campaign=CAMPAIGN.id, address=phone(1), **other))
    done = await clinics.answer()
    assert (done.outcome.kind, done.seat) == ("refused", None)


async def test_a_booked_person_is_booked_once(clinics):
    slot = await clinics.seat(capacity=3)
    await clinics.invite(member(1))
    done = await clinics.answer()
    again = await clinics.store.book(book(done.outcome.number, slot, "b2", address=phone(1)))
    assert again == NotBookable(why="other_appointment")


def test_the_prompts_that_ask_are_kept_as_consent():
    assert {CONSENT[SEAT]["digest"], CONSENT[WISH]["digest"]} != {""}
    assert CONSENT[SEAT]["digest"] != CONSENT[WISH]["digest"]
