"""SIAPA: who looked at my data."""

from dataclasses import replace
from datetime import date

from core.appointments.requests import LookUp, StatusReport
from core.cases.requests import Look, Looks, ReadLooks
from core.registration.number import make_number
from tests import scripts
from tests.scripts import MAILBOX, Person, play

NUMBER = make_number(12345678901)
VERIFIED = replace(scripts.VERIFIED, number=NUMBER)
LOOK = Look(on=date(2021, 1, 14), role="officer", facility="", why="telepon 119")


def registered():
    one = Person()
    one.report = StatusReport(registrations=(VERIFIED,))
    return one


def test_nobody_looked():
    assert registered().say("SIAPA") == ["looks_none"]


def test_each_look_is_told_with_its_day_its_office_and_its_reason():
    one = registered()
    at_place = replace(LOOK, facility="Puskesmas Soreang", why="")
    one.found[ReadLooks] = Looks(looks=(LOOK, at_place), more=True)
    assert one.say("siapa") == ["look", "look", "looks_more"]
    assert one.reply.prompts[0].args == {
        "date": "@date:2021-01-14",
        "office": "@office_officer",
        "why": "@text:telepon 119",
    }
    assert one.reply.prompts[1].args["office"] == "@text:Puskesmas Soreang"
    assert one.reply.prompts[1].args["why"] == "@text:-"
    assert one.done[-1].number == NUMBER


def test_a_mailbox_is_told_none_even_with_a_code():
    one = Person(address=MAILBOX)
    proven = StatusReport(registrations=(VERIFIED,))
    one.found[LookUp] = lambda request: proven if request.proven else StatusReport()
    play_letter = [one.write(word)[1:-1] for word in ("SIAPA", NUMBER, "123456")]
    assert play_letter == [["letter_ask_number"], ["ask_code"], ["looks_by_phone"]]
    assert not [effect for effect in one.done if isinstance(effect, ReadLooks)]


def test_who_is_not_registered_here_is_asked_for_the_number():
    assert play(Person(), "WHO") == ["ask_number"]
