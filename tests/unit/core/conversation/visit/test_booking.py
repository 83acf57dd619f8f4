"""What a booking tells of its ticket, for doors that can show it."""

from dataclasses import replace

import pytest

from core.appointments.requests import Book, Booked, StatusReport
from tests.scripts import APPOINTMENT, NUMBER, TO_SEAT, VERIFIED, Person, play

CODE = "K7Q2M9XR"
BOOKED = replace(APPOINTMENT, code=CODE)
TICKET = f"{NUMBER}-{CODE}"


def said(one, key):
    [prompt] = [prompt for prompt in one.reply.prompts if prompt.key == key]
    return prompt.args


def test_what_is_booked_names_its_ticket():
    one = Person()
    one.report = StatusReport(registrations=(VERIFIED,))
    one.found[Book] = Booked(appointment=BOOKED)
    assert play(one, *TO_SEAT, "1") == ["booked"]
    assert said(one, "booked")["ticket"] == TICKET


@pytest.mark.parametrize(
    ("word", "key"), [("STATUS", "status_appointment"), ("JADWAL", "appointed")]
)
def test_an_appointment_names_its_ticket(word, key):
    one = Person()
    one.report = StatusReport(registrations=(replace(VERIFIED, appointment=BOOKED),))
    assert key in one.say(word)
    assert said(one, key)["ticket"] == TICKET


def test_an_appointment_without_a_code_names_none():
    one = Person()
    one.report = StatusReport(registrations=(replace(VERIFIED, appointment=APPOINTMENT),))
    one.say("JADWAL")
    assert "ticket" not in said(one, "appointed")
