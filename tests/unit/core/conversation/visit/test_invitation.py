"""The yes to an invitation: what is asked of the database, and what is said of the result."""

from dataclasses import replace

import pytest

from core.appointments.requests import Booked, NotBookable, StatusReport, Taken
from core.appointments.standby_requests import (
    AnswerInvitation,
    AnswerOffer,
    InvitationAnswered,
    Waiting,
)
from core.messages import Address, AddressKind, Channel
from core.registration.intent import Outcome, OutcomeKind
from core.registration.requests import AnswerNotice, NoticeAnswered
from core.roster.invitation_words import SEAT, WISH
from tests.scripts import (
    APPOINTMENT,
    CAMPAIGN,
    COBLONG,
    CONSENTS,
    NIK,
    NOON,
    NUMBER,
    PHONE,
    REGISTERED,
    Person,
    inbound,
    play,
)
from tests.scripts import VERIFIED as VERIFIED_ENTRY
from tests.unit.core.registration.test_identity import intent

HERS = intent(nik=NIK, address=PHONE)
VERIFIED = Outcome(kind=OutcomeKind.REGISTERED, number=NUMBER, status="verified")


def answered(seat, outcome=VERIFIED):
    return InvitationAnswered(intent=HERS, outcome=outcome, seat=seat)


def invited(result, **more):
    one = Person(**more)
    one.found[AnswerInvitation] = result
    return one


def done(one, kind=AnswerInvitation):
    return [effect for effect in one.done if isinstance(effect, kind)]


def test_yes_says_that_she_is_registered_and_where_and_when():
    one = invited(answered(Booked(appointment=APPOINTMENT)))
    assert one.say("ya kak") == ["invitation_booked"]
    [request] = done(one)
    assert (request.address, request.takes, request.campaign) == (PHONE, True, CAMPAIGN.id)
    assert one.reply.prompts[0].args["number"] == NUMBER
    assert one.reply.ends
    assert one.say("halo") == ["menu"]


def test_the_words_that_asked_are_kept():
    one = invited(answered(Waiting()))
    assert one.say("YA") == ["invitation_waits"]
    consents = done(one)[0].consents
    assert set(consents) == {SEAT, WISH}
    said = CONSENTS.shown[SEAT, Channel.SMS, CAMPAIGN.language]
    assert consents[SEAT] == said.model_dump()


def test_a_seat_that_is_gone_is_answered_with_the_next():
    one = invited(answered(Taken(others=((COBLONG, NOON),))))
    assert one.say("YA") == ["invitation_taken", "ask_seat"]
    assert one.say("YA") == ["booked"]
    assert len(done(one)) == 1


def test_where_no_other_is_left_she_may_wait():
    one = invited(answered(Taken(others=())))
    assert one.say("YA") == ["invitation_taken", "ask_standby"]
    assert one.say("1") == ["standby_joined"]


@pytest.mark.parametrize("seat", [None, NotBookable(why="not_verified")])
def test_where_she_may_not_book_the_answer_is_that_of_the_form(seat):
    waits = Outcome(kind=OutcomeKind.REGISTERED, number=NUMBER, status="received")
    assert invited(answered(seat, waits)).say("YA") == ["registered"]
    elsewhere = Outcome(kind=OutcomeKind.ALREADY_REGISTERED, number=NUMBER, proven=False)
    assert "ask_road" in invited(answered(seat, elsewhere)).say("YA")
    refused = Outcome(kind=OutcomeKind.REFUSED)
    assert invited(answered(seat, refused)).say("YA") == ["refused"]


@pytest.mark.parametrize("kind", ["booked", "registered"])
def test_what_a_yes_came_to_is_said_first_by_the_next_message_where_nobody_heard_it(kind):
    result = answered(Booked(appointment=APPOINTMENT) if kind == "booked" else None)
    one = invited(None)
    one.found[AnswerInvitation] = lambda _: result
    said = inbound("YA", n=99, at=one.now)
    session = one.conversation.advance(one.session, said).session
    while session.pending is not None:
        found = one.found[type(session.pending)]
        done_ = found(session.pending) if callable(found) else found
        session = one.conversation.settle(session, done_, heard=False)
    one.session = session
    first = "invitation_booked" if kind == "booked" else "registered_verified"
    assert one.say("MENU") == [first, "menu"]
    assert one.say("MENU") == ["menu"]


def test_a_second_yes_is_told_her_appointment():
    again = Outcome(kind=OutcomeKind.ALREADY_REGISTERED, number=NUMBER, proven=True)
    one = invited(answered(NotBookable(why="other_appointment"), again))
    one.report = StatusReport(registrations=(replace(VERIFIED_ENTRY, appointment=APPOINTMENT),))
    assert one.say("YA") == ["status_one", "status_appointment"]
    assert one.say("halo") == ["menu"]


@pytest.mark.parametrize(
    "yes",
    ["Sehat dan setuju", "sehat setuju", "YA, SEHAT DAN SETUJU", "ya sehat", "setuju didata"],
)
def test_a_yes_may_repeat_the_words_that_asked(yes):
    one = invited(answered(Booked(appointment=APPOINTMENT)))
    assert one.say(yes) == ["invitation_booked"]


@pytest.mark.parametrize("other", ["sehat", "tidak sehat", "ya tapi saya hamil", "sehat ya?"])
def test_being_well_is_no_yes(other):
    one = invited(answered(Booked(appointment=APPOINTMENT)))
    one.say(other)
    assert not done(one)


def test_no_is_told_that_nothing_was_recorded():
    one = invited(InvitationAnswered())
    assert one.say("tidak") == ["invitation_no"]
    assert not done(one)[0].takes


def test_with_no_invitation_open_the_word_answers_a_notice_or_nothing():
    one = invited(None)
    assert one.say("YA") == ["not_understood", "menu"]
    assert [len(done(one, kind)) for kind in (AnswerOffer, AnswerInvitation, AnswerNotice)] == [
        *(1, 1, 1)
    ]
    one.found[AnswerNotice] = NoticeAnswered(number=NUMBER)
    assert one.say("YA") == ["notice_mine"]


@pytest.mark.parametrize(
    "said",
    [
        {"channel": Channel.WHATSAPP},
        {"channel": Channel.WHATSAPP, "address": Address(AddressKind.WHATSAPP, "ID.1")},
    ],
)
def test_only_an_sms_answers_an_sms(said):
    one = invited(answered(Waiting()), address=said.get("address", PHONE))
    one.say("YA", said["channel"])
    assert not done(one)


@pytest.mark.parametrize(
    ("result", "said"), [(answered(Waiting()), ["invitation_waits"]), (None, ["resume"])]
)
def test_a_yes_that_answers_no_question_of_a_form_left_long_ago_answers_an_invitation(
    result, said
):
    one = invited(result)
    play(one, "DAFTAR", "1")
    one.wait(days=1)
    assert one.say("YA") == said
    assert len(done(one)) == 1
    one.wait(minutes=40)
    assert one.say("halo") == ["resume"]


def test_a_yes_in_the_middle_of_a_form_answers_the_form():
    one = invited(answered(Waiting()))
    one.outcome = REGISTERED
    play(one, f"DAFTAR {NIK}#SITI AMINAH#PERAWAT", "YA")
    assert not done(one)


@pytest.mark.parametrize("word", ["ya", "Iya kak", "setuju", "mau", "boleh", "ya siap", "inggih"])
def test_a_yes_in_other_words_answers_an_invitation(word):
    one = invited(answered(Waiting()))
    assert one.say(word) == ["invitation_waits"]


@pytest.mark.parametrize(
    "word", ["ok", "Oke", "siap", "oke siap", "sip kak", "\N{THUMBS UP SIGN}"]
)
def test_what_may_have_read_another_sms_is_no_consent(word):
    one = invited(answered(Waiting()))
    one.found[AnswerNotice] = NoticeAnswered(number=NUMBER)
    one.say(word)
    assert not done(one)
    assert not done(one, AnswerNotice)
    assert done(one, AnswerOffer)  # whose seat the person waits for


@pytest.mark.parametrize("word", ["mau", "boleh", "setuju", "bersedia"])
def test_who_is_willing_does_not_say_that_a_notice_is_right(word):
    one = invited(None)
    one.found[AnswerNotice] = NoticeAnswered(number=NUMBER)
    one.say(word)
    assert not done(one, AnswerNotice)


@pytest.mark.parametrize("word", ["1", "DAFTAR", "STOP", "mau tanya dulu ya", "siapa ini"])
def test_what_is_no_plain_yes_answers_no_invitation(word):
    one = invited(answered(Waiting()))
    one.say(word)
    assert not done(one)
