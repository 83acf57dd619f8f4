"""BATAL drops a form or a visit; it never says that a registration or an appointment is gone."""

from dataclasses import replace

import pytest

from core.appointments.requests import LookUp, StatusReport
from core.messages import Channel
from tests.scripts import (
    LANGUAGES,
    MAILBOX,
    NIK,
    NUMBER,
    VERIFIED,
    WORDING,
    Person,
    play,
)

BEGUN = ("DAFTAR", "1", NIK)


def registered(*standings, **more):
    one = Person()
    one.report = StatusReport(registrations=standings or (VERIFIED,), **more)
    return one


def words(one, style="short"):
    return WORDING.text(one.reply, style)


def test_who_is_registered_hears_that_they_stay_so_and_their_number():
    one = registered()
    assert one.say("BATAL") == ["nothing_dropped", "still_registered"]
    assert one.reply.ends
    assert one.reply.prompts[-1].args == {"number": NUMBER}
    assert one.report.registrations == (VERIFIED,)


def test_a_form_is_dropped_and_the_registration_is_not():
    one = registered()
    assert play(one, *BEGUN, "BATAL") == ["cancelled", "still_registered"]
    assert one.session.answers == {}
    assert one.say("halo") == ["menu"]


def test_of_several_registrations_it_is_said_that_all_stay():
    one = registered(*(replace(VERIFIED, number=f"N{n}") for n in range(3)))
    assert one.say("BATAL") == ["nothing_dropped", "all_still_registered"]


def test_what_an_officer_is_checking_is_not_called_off_either():
    one = registered()
    one.report = StatusReport(in_review=True)
    assert one.say("BATAL") == ["nothing_dropped", "status_review"]


@pytest.mark.parametrize("dropped", [(), BEGUN])
def test_who_is_not_registered_hears_only_of_the_form(dropped):
    one = Person()
    assert play(one, *dropped, "BATAL") == ["cancelled" if dropped else "nothing_dropped"]


@pytest.mark.parametrize("style", ["short", "long"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_reads_that_a_registration_was_cancelled(language, style):
    for said in ((), BEGUN):
        one = registered()
        play(one, {"id": "INDONESIA", "en": "ENGLISH"}[language], *said, "BATAL")
        text = words(one, style)
        assert NUMBER in text
        assert not any(lie in text.lower() for lie in ("dibatalkan", "cancelled"))


def test_a_question_about_a_status_is_dropped_as_itself():
    one = Person()
    assert play(one, "STATUS", "BATAL") == ["nothing_dropped"]
    assert one.session.visit is None


def test_a_mailbox_that_proves_nothing_is_told_no_number():
    one = Person(address=MAILBOX)
    assert "nothing_dropped" in one.write("BATAL")
    (request,) = [effect for effect in one.done if isinstance(effect, LookUp)]
    assert (request.address, request.proven) == (MAILBOX, "")


def test_the_same_word_delivered_again_gets_the_same_answer():
    one = registered()
    play(one, *BEGUN, "BATAL")
    session, reply = one.session, one.reply
    one.say("BATAL", message_id=f"m{one.messages - 1}")
    assert (one.session, one.reply) == (session, reply)


def test_it_works_on_every_chat():
    assert registered().say("batal", Channel.WHATSAPP) == ["nothing_dropped", "still_registered"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("several", [False, True])
def test_what_was_dropped_and_what_stays_is_one_screen(several, language):
    one = registered(*(VERIFIED,) * (1 + several))
    play(one, {"id": "INDONESIA", "en": "ENGLISH"}[language], *BEGUN, "BATAL")
    assert len(WORDING.pages(one.reply, septets_max=160)) == 1
