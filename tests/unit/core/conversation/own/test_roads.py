"""Back to a registration whose phone is not here: a code to it, or the report that it is lost."""

from dataclasses import replace
from datetime import date

import pytest

from core.appointments.requests import StatusReport
from core.cases.number import case_number
from core.cases.requests import CaseOpened, ReportLostPhone
from core.messages import Channel
from core.registration.intent import Outcome, OutcomeKind
from core.registration.number import make_number
from core.registration.requests import SendCode
from tests import scripts
from tests.scripts import CASE, MAILBOX, NAME, NIK, PHONE, Person, play

NUMBER = make_number(12345678901)
VERIFIED = replace(scripts.VERIFIED, number=NUMBER)
REGISTER = (f"DAFTAR {NIK}#{NAME}#PERAWAT", "YA")


def registered_elsewhere(**more):
    one = Person(**more)
    one.outcome = Outcome(kind=OutcomeKind.ALREADY_REGISTERED, number=NUMBER, proven=False)
    return one


def test_who_is_registered_by_another_phone_is_told_both_roads():
    one = registered_elsewhere()
    assert play(one, *REGISTER) == ["ask_road"]
    assert one.reply.prompts[0].choices == ("road_code", "road_later", "phone_lost")
    assert one.say("1") == ["ask_code"]
    assert (one.done[-1].number, type(one.done[-1])) == (NUMBER, SendCode)
    one.report = StatusReport(registrations=(VERIFIED,))
    assert one.say("123456") == ["status_one"]


@pytest.mark.parametrize("word", ["3", "hp lama saya hilang", "HP hilang kak", "lost"])
def test_a_lost_phone_is_a_case_with_a_number(word):
    one = registered_elsewhere()
    play(one, *REGISTER)
    assert one.say(word) == ["lost_phone_case"]
    request = one.done[-1]
    assert (request.number, request.address) == (NUMBER, PHONE)
    assert one.reply.prompts[0].args == {"case": CASE, "date": "@date:2021-01-18"}
    assert one.reply.ends


def test_later_says_the_number():
    one = registered_elsewhere()
    assert play(one, *REGISTER, "2") == ["already_registered"]
    assert one.reply.prompts[0].args == {"number": NUMBER}


@pytest.mark.parametrize("word", ["3", "hp lama saya hilang"])
def test_the_code_that_cannot_come_is_another_way_there(word):
    one = Person()
    assert play(one, "STATUS", NUMBER) == ["ask_code"]
    assert one.say(word) == ["lost_phone_case"]
    assert one.done[-1].number == NUMBER


def test_another_code_or_another_number():
    one = Person()
    play(one, "STATUS", NUMBER)
    assert one.say("1") == ["ask_code"]
    first, second = [effect for effect in one.done if isinstance(effect, SendCode)]
    assert (first.number, second.number) == (NUMBER, NUMBER)
    assert first.key != second.key
    assert one.say("2") == ["ask_number"]
    assert one.say("abc") == ["number_mistyped", "ask_number"]


def test_too_many_reports_lead_to_the_hotline():
    one = registered_elsewhere()
    one.found[ReportLostPhone] = CaseOpened()
    assert play(one, *REGISTER, "3") == ["case_too_many"]


def test_a_letter_is_told_the_number_alone():
    one = registered_elsewhere(address=MAILBOX)
    answers = {"nik": NIK, "full_name": NAME, "profession": "2", "phone": PHONE.value}
    heard = one.say("", Channel.EMAIL, confirms=True, answers=answers)
    assert "already_registered" in heard


def test_the_case_is_told_with_the_status():
    one = Person()
    one.report = StatusReport(in_review=True, case=5)
    assert one.say("STATUS") == ["review_case"]
    assert one.reply.prompts[0].args == {"case": case_number(5)}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "in_review", "case": 5, "decided_by": date(2021, 1, 18)}, "next_case"),
        ({"status": "not_listed"}, "next_not_listed"),
        ({"status": "not_listed", "case": 5, "decided_by": date(2021, 1, 18)}, "next_case"),
        ({"status": "withdrawn"}, "next_withdrawn"),
        ({"status": "merged", "kept": "7K3M-0000"}, "next_merged"),
        ({"erased_on": date(2021, 1, 18)}, "next_erased"),
    ],
)
def test_the_status_says_what_happens_next(changes, said):
    one = Person()
    entry = {"number": NUMBER, "full_name": NAME, "status": "verified"} | changes
    one.report = StatusReport(registrations=(type(VERIFIED)(**entry),))
    assert one.say("STATUS")[:2] == ["status_one", said]
