"""The funnel counts each person once at each step, and keeps what a database did not take."""

from collections import Counter
from datetime import date, timedelta

import pytest

from core.appointments.requests import Booked
from core.appointments.standby_requests import InvitationAnswered, OfferTaken
from core.conversation.engine import Conversation
from core.conversation.funnel import came_of
from core.database.in_memory import InMemoryDatabase
from core.operators.funnel import Passed, add_passed, median_seconds, read_funnel
from core.registration.intent import Outcome, OutcomeKind
from core.turns.memory_sessions import MemorySessions
from core.turns.pipeline import Pipeline
from gateway.operators.funnel import FunnelCounts
from tests.contract.test_record_stores import intent
from tests.fixtures.effects import recorder
from tests.fixtures.stores import Stores
from tests.scripts import (
    APPOINTMENT,
    CAMPAIGN,
    CONSENTS,
    KEYWORDS,
    LANGUAGES,
    NUMBER,
    START,
    inbound,
)

DAY = date(2021, 1, 15)
NIK = "3204115706960001"


@pytest.fixture
def talk():
    """Say something by SMS; return how many passed each step so far."""
    counts, said = Counter(), iter(range(1_000))
    conversation = Conversation(CAMPAIGN, LANGUAGES, KEYWORDS, CONSENTS)
    count = lambda channel, step: counts.update({(channel, step): 1})  # noqa: E731
    pipeline = Pipeline(MemorySessions(), Stores().effects, conversation, count=count)

    async def say(*texts):
        for text in texts:
            await pipeline.handle(inbound(text, n=next(said)))
        return dict(counts)

    return say


async def test_a_registration_passes_every_step_once(talk):
    counts = await talk("halo", "1", "1", NIK, "SITI AMINAH", "2", "1")
    steps = ("opened", "consented", "nik", "name", "profession", "confirmed", "recorded")
    assert counts == {("sms", step): 1 for step in steps}


async def test_who_goes_back_is_counted_once(talk):
    counts = await talk("halo", "1", "1", NIK, "0", NIK, "SITI AMINAH", "0", "SITI AMINAH")
    assert counts["sms", "nik"] == counts["sms", "name"] == 1


async def test_one_line_passes_the_steps_between(talk):
    counts = await talk(f"DAFTAR {NIK}#SITI AMINAH#PERAWAT")
    assert counts == {("sms", s): 1 for s in ("opened", "consented", "nik", "name", "profession")}


async def test_an_answer_of_no_use_is_counted_by_its_reason(talk):
    counts = await talk("halo", "1", "1", "SITI", "1234", NIK)
    assert counts["sms", "refused:nik_digits"] == counts["sms", "refused:nik_length"] == 1
    assert counts["sms", "nik"] == 1


def test_a_yes_to_an_invitation_or_an_offer_is_counted_by_what_it_came_to():
    verified = Outcome(kind=OutcomeKind.REGISTERED, number=NUMBER, status="verified")
    booked = Booked(appointment=APPOINTMENT)
    assert came_of(InvitationAnswered(outcome=verified)) == ("recorded", "verified")
    taken = InvitationAnswered(outcome=verified, seat=booked)
    assert came_of(taken) == ("recorded", "verified", "booked")
    assert came_of(InvitationAnswered()) == ()
    assert came_of(OfferTaken(number=NUMBER, booked=booked)) == ("booked",)


async def test_the_median_time_is_that_of_forms_that_took_some(database):
    record = recorder(database)
    for n, seconds in enumerate((0, 40, 60, 90)):
        at = START + timedelta(seconds=seconds)
        who = {"nik": f"320411570696{n + 1:04d}", "consent_at": START, "received_at": at}
        await record(intent(str(n), full_name=f"Siti {'abcd'[n]}", **who))
    assert await database.read(median_seconds) == {"sms": 60}


async def test_counts_of_two_workers_add_up(database):
    for _ in range(2):
        counts = FunnelCounts()
        counts.count("ussd", "nik")
        await counts.flush(database, START)
        await counts.flush(database, START)
    read = await database.read(lambda on: read_funnel(on, since=DAY, until=DAY))
    assert read == [Passed(DAY, "ussd", "nik", 2)]


async def test_what_the_database_did_not_take_is_kept():
    counts, database = FunnelCounts(), InMemoryDatabase()
    counts.count("ussd", "nik")
    await database.close()
    await counts.flush(database, START)
    other = InMemoryDatabase()
    await counts.flush(other, START)
    assert other.run(lambda on: read_funnel(on, since=DAY, until=DAY))[0].people == 1


async def test_only_the_days_asked_for_are_read(database):
    for days in range(3):
        counts = {("ussd", "nik"): days + 1}
        day = DAY + timedelta(days=days)
        await database.write(lambda on, day=day, counts=counts: add_passed(on, day, counts))
    until = DAY + timedelta(days=1)
    read = await database.read(lambda on: read_funnel(on, since=DAY, until=until))
    assert [one.people for one in read] == [2, 1]
