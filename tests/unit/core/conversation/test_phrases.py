"""What people write, in their own words: `phrases.toml`, on SMS and on WhatsApp."""

import tomllib
from pathlib import Path

import pytest

from core.messages import Channel
from tests.scripts import NAME, NIK, Person

PHRASES = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text("utf-8"))
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
}
LATE_MINUTES = 40


def at(place, channel):
    """Return a person at a place of the conversation; at one that is late, 40 minutes after."""
    person = Person()
    late, _, where = place.rpartition("late_")
    asked = "nik" if place == "resuming" else where
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
