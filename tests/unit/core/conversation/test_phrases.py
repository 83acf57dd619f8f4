"""What people write, in their own words: `phrases.toml`, on SMS and on WhatsApp."""

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.appointments.requests import Attend, StatusReport
from core.messages import Channel
from tests.scripts import APPOINTMENT, BOOKABLE, NAME, NIK, START, TO_SEAT, VERIFIED, Person, play

PHRASES = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text("utf-8"))
CAME = PHRASES.pop("came")
CASES = [(at, *entry) for at, table in PHRASES.items() for entry in table.items()]
FORM = ("DAFTAR", "1", NIK, NAME, "2", "1")
SAID = {  # what was said before, by the place in the conversation
    "first": (),
    "menu": ("menu",),
    "consent": FORM[:1],
    "nik": FORM[:2],
    "name": FORM[:3],
    "profession": FORM[:4],
    "confirming": FORM[:5],
    "which": (*FORM[:5], "2"),
    "told": FORM,
    "booking": FORM,
    "health": TO_SEAT[:1],
    "seat": TO_SEAT,
}
LATE_MINUTES = 40


def at(place, channel):
    """Return a person at a place of the conversation; at one that is late, 40 minutes after."""
    person = Person()
    late, _, where = place.rpartition("late_")
    asked = "nik" if place == "resuming" else where
    if place == "booking":
        person.outcome, person.report = BOOKABLE, StatusReport(registrations=(VERIFIED,))
    if SAID[asked][:1] == TO_SEAT[:1]:
        person.report = StatusReport(registrations=(VERIFIED,))
    for word in SAID[asked]:
        person.say(word, channel)
    if place != asked or late:
        person.wait(minutes=LATE_MINUTES)
    if place == "resuming":
        person.say("halo", channel)
    return person


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP])
@pytest.mark.parametrize(("place", "phrase", "expected"), CASES)
def test_what_people_write_is_understood(place, phrase, expected, channel):
    heard, _, noted = expected.partition(" | ")
    person = at(place, channel)
    assert person.say(phrase, channel) == heard.split()
    facts = dict(fact.split("=") for fact in noted.split("; ") if fact)
    assert facts.items() <= person.session.answers.items()


@pytest.mark.parametrize(("phrase", "came"), CAME.items())
def test_whoever_was_expected_says_whether_they_came(phrase, came):
    past = replace(APPOINTMENT, start=START - timedelta(days=1))
    person = Person()
    person.report = StatusReport(registrations=(replace(VERIFIED, appointment=past),))
    play(person, "JADWAL", phrase)
    (attend,) = (effect for effect in person.done if isinstance(effect, Attend))
    assert attend.kept is (came == "yes")
