"""HAPUS: withdraw now, or be erased after a cooling time; and BATAL, which stops it."""

from dataclasses import replace
from datetime import date

import pytest

from core.appointments.requests import LookUp, StatusReport
from core.cases.requests import ErasureStopped, Leave, Left, StopErasure
from core.registration.number import make_number
from tests import scripts
from tests.scripts import APPOINTMENT, CASE, MAILBOX, PHONE, Person, play

NUMBER = make_number(12345678901)
VERIFIED = replace(scripts.VERIFIED, number=NUMBER)
ERASED = replace(VERIFIED, erased_on=date(2021, 1, 18))


def registered(*people):
    one = Person()
    one.report = StatusReport(registrations=people or (VERIFIED,))
    return one


@pytest.mark.parametrize(
    ("words", "erases", "said"),
    [(("HAPUS", "1", "ya"), False, "withdrawn"), (("hapus data saya", "2", "1"), True, "erasing")],
)
def test_a_registration_ends_after_a_question(words, erases, said):
    one = registered()
    assert one.say(words[0]) == ["ask_end"]
    assert one.say(words[1]) == ["confirm_erase" if erases else "confirm_withdraw"]
    assert not [effect for effect in one.done if isinstance(effect, Leave)]
    assert one.say(words[2]) == [said]
    request = one.done[-1]
    assert (request.number, request.erases, request.address) == (NUMBER, erases, PHONE)


def test_the_receipt_tells_its_number_and_when_it_will_be_done():
    one = registered()
    play(one, "HAPUS", "2", "1")
    args = one.reply.prompts[0].args
    assert args["receipt"] == CASE
    assert (args["date"], args["time"]) == ("@date:2021-01-18", "@time:2021-01-18T15:00+07:00")


def test_who_says_no_stays_registered():
    one = registered()
    assert play(one, "HAPUS", "2", "0") == ["ask_end"]
    assert play(one, "1", "tidak") == ["still_registered"]
    assert not [effect for effect in one.done if isinstance(effect, Leave)]


def test_what_has_ended_can_only_be_erased():
    one = registered(replace(VERIFIED, status="withdrawn"))
    assert play(one, "HAPUS") == ["confirm_erase"]


def test_who_has_asked_already_hears_when():
    assert registered(ERASED).say("HAPUS") == ["next_erased"]


def test_what_is_another_persons_by_now_does_not_end():
    one = registered()
    one.found[Leave] = Left(verdict="gone")
    assert play(one, "HAPUS", "1", "1") == ["own_gone"]


@pytest.mark.parametrize("begun", [(), ("DAFTAR", "1")])
def test_batal_stops_an_erasure(begun):
    one = registered(ERASED)
    assert play(one, *begun, "BATAL") == ["erasure_stopped"]
    assert one.done[-1].numbers == (NUMBER,)
    assert not one.session.answers


def test_batal_stops_all_that_are_to_be_erased_and_no_other():
    one = registered(ERASED, VERIFIED, replace(ERASED, number="7K3M-0000"))
    assert one.say("BATAL") == ["erasures_stopped"]
    assert one.done[-1].numbers == (NUMBER, "7K3M-0000")
    one.found[StopErasure] = ErasureStopped(numbers=())
    assert one.say("BATAL") == ["own_gone"]


def test_a_letter_erases_nothing_without_a_code():
    one = Person(address=MAILBOX)
    proven = StatusReport(registrations=(VERIFIED,))
    one.found[LookUp] = lambda request: proven if request.proven else StatusReport()
    assert one.write("Mohon hapus data saya")[1:-1] == ["letter_change", "letter_ask_number"]
    assert one.write(NUMBER)[1:-1] == ["ask_code"]
    assert one.write("123456")[1:-1] == ["ask_end"]
    assert one.write("2")[1:-1] == ["confirm_erase"]
    assert one.write("ya")[1:-1] == ["erasing"]
    assert one.done[-1].proven


@pytest.mark.parametrize(
    ("word", "said"), [("hapus", ["confirm_cancel"]), ("ubah", ["ask_health"])]
)
def test_where_an_appointment_is_shown_the_words_are_about_it_as_ever(word, said):
    one = registered(replace(VERIFIED, appointment=APPOINTMENT))
    assert play(one, "JADWAL", word) == said
