from dataclasses import replace

import pytest

from core.appointments.requests import LookUp, StatusReport
from core.conversation.letter_threads import THREADS_MAX
from core.conversation.session import Session
from core.messages import Channel
from core.registration.number import make_number
from core.registration.requests import CheckCode, SendCode
from tests.scripts import CAMPAIGN, MAILBOX, NAME, NIK, VERIFIED, Person

NUMBER, OTHER = make_number(12345678901), make_number(2)
REST = {"profession": "perawat", "phone": "0812-1111-0001"}


def missing(heard):
    return [key.removeprefix("letter_missing_") for key in heard if "missing" in key]


def new_mail(person, text="", **answers):
    """Send an authentic letter that answers none of ours."""
    return person.say(text, Channel.EMAIL, confirms=True, authentic=True, answers=answers)


def test_two_conversations_go_on_side_by_side():
    person = Person(address=MAILBOX)
    person.write(nik=NIK, full_name=NAME)
    first = person.reply
    person.forge(f"STATUS {NUMBER}")
    second = person.reply
    assert first.proof != second.proof
    person.reply = first
    assert "registered" in person.write(**REST)
    person.reply = second
    person.write("123456")
    assert isinstance(person.done[-2], CheckCode)


def test_strangers_displace_no_conversation_that_was_answered():
    person = Person(address=MAILBOX)
    person.write(nik=NIK)
    person.write(full_name=NAME)
    ours = person.reply
    for n in range(3 * THREADS_MAX):
        person.forge(nik=NIK, full_name=f"BUDI {'ABCDEFGHIJKLMNOPQRSTUVWX'[n]}")
    assert len(person.session.threads) <= 2 * THREADS_MAX
    person.reply = ours
    assert "registered" in person.write(**REST)
    assert person.done[-1].intent.full_name == NAME


@pytest.mark.parametrize(("many", "kept"), [(THREADS_MAX - 1, True), (THREADS_MAX, False)])
def test_so_many_conversations_of_authentic_letters_are_kept(many, kept):
    person = Person(address=MAILBOX)
    new_mail(person, nik=NIK, full_name=NAME)
    ours = person.reply
    for n in range(many):
        new_mail(person, nik=NIK, full_name=f"BUDI {'ABCDEFGHIJKLMNOPQRSTUVWX'[n]}")
    person.reply = ours
    assert ("registered" in person.write(**REST)) is kept


def test_a_conversation_that_is_over_is_not_kept():
    person = Person(address=MAILBOX)
    person.write(nik=NIK, full_name=NAME, **REST)
    person.forge("halo")
    person.forge("halo")
    assert person.session.threads == {}


def test_a_stranger_changes_no_language():
    person = Person(address=MAILBOX)
    person.write(nik=NIK)
    assert person.write("ENGLISH")
    assert person.reply.language == "en"
    ours = person.reply
    person.forge("INDONESIA")
    assert person.reply.language == "id"
    person.forge("halo")
    assert person.reply.language == "en"
    person.reply = ours
    person.write(full_name=NAME)
    assert person.reply.language == "en"


def test_the_page_asked_for_is_of_the_answer_that_was_answered():
    person = Person(address=MAILBOX)
    person.write(nik=NIK, full_name=NAME)
    ours = person.reply
    person.forge(nik="3273014107900015")
    person.reply = ours
    person.write("98")
    assert person.reply.prompts == ours.prompts


def test_an_authentic_letter_answers_the_question_that_waits():
    person = Person(address=MAILBOX)
    new_mail(person, f"STATUS {NUMBER}")
    person.forge(f"STATUS {OTHER}")
    person.forge("123456")
    assert not [one for one in person.done if isinstance(one, CheckCode)]
    new_mail(person, "123456")
    assert person.done[-2].number == NUMBER
    assert isinstance(person.done[-2], CheckCode)


def test_an_authentic_letter_alone_opens_nothing_that_a_code_has_opened():
    person = Person(address=MAILBOX)
    new_mail(person, f"JADWAL {NUMBER}")
    person.found[LookUp] = lambda one: StatusReport(
        registrations=(replace(VERIFIED, number=NUMBER),) if one.proven else ()
    )
    person.write("123456")
    ours = person.reply
    new_mail(person, "JADWAL")
    assert not person.done[-1].proven
    person.reply = ours
    person.write("JADWAL")
    assert isinstance(person.done[-1], LookUp)
    assert person.done[-1].proven == NUMBER


def test_who_vouches_for_a_question_is_said():
    for ask, vouched in ((Person.forge, False), (new_mail, True)):
        person = Person(address=MAILBOX)
        ask(person, f"STATUS {NUMBER}")
        (request,) = [one for one in person.done if isinstance(one, SendCode)]
        assert request.vouched is vouched
    person = Person()
    person.say(f"STATUS {NUMBER}")
    assert person.done[-1].vouched


def test_strangers_use_up_no_turns_of_the_mailbox():
    person = Person(address=MAILBOX)
    person.write(nik=NIK)
    ours, most = person.reply, CAMPAIGN.limits.max_per_mailbox
    person.session = Session(**{**as_fields(person.session), "strangers": most - 1})
    assert "too_many_turns" not in person.forge("halo")
    assert person.forge("halo") == ["too_many_turns"]
    person.reply = ours
    assert missing(person.write(full_name=NAME)) == ["profession", "phone"]
    person.session = Session(**{**as_fields(person.session), "turns": most})
    assert person.write("halo") == ["too_many_turns"]


def as_fields(session):
    return {name: getattr(session, name) for name in session.__struct_fields__}


def test_forms_that_the_last_release_kept_go_on():
    person = Person(address=MAILBOX)
    person.session = Session(
        token="t0", answers={"nik": NIK}, letters={"t1": {"nik": NIK, "full_name": NAME}}
    )
    heard = person.say(
        "", Channel.EMAIL, confirms=True, proof="t1", answers={"profession": "perawat"}
    )
    assert missing(heard) == ["phone"]
    assert list(person.session.threads) == ["t0"]
