"""The new part of a USSD session's typing."""

import pytest

from core.conversation.ussd_input import read_hop
from core.messages import UssdSession
from tests.scripts import NAME, NIK, Person, play

HISTORY = f"1*1*{NIK}*{NAME}*2"


def test_a_typed_star_stays_in_one_answer():
    person = Person()
    person.dial()
    person.key("1")
    person.key("1")
    assert person.key("3204*1157") == ["nik_digits", "ask_nik"]
    assert person.key(NIK) == ["ask_full_name"]


def test_a_deep_dial_answers_the_menu():
    person = Person()
    assert person.dial("1") == ["ask_consent"]
    assert person.key("1") == ["ask_nik"]


def test_a_lost_session_is_taken_in_from_its_start():
    person = Person()
    assert person.dial(HISTORY) == ["confirm"]
    assert person.key("1") == ["registered"]


def test_a_history_that_no_longer_fits_stops_where_it_does_not():
    person = Person()
    assert person.dial(f"1*{NAME}*2*1") == ["choice_unclear", "ask_consent"]
    assert not person.done
    assert person.key("1") == ["ask_nik"]


def test_a_redelivered_confirmation_after_the_session_was_lost_is_the_same_intent():
    first, second = Person(), Person()
    first.dial()
    for word in HISTORY.split("*"):
        first.key(word)
    first.key("1")
    second.call, second.typed = first.call, first.typed
    assert second.again() == ["registered"]
    assert first.done[0].intent.intent_id == second.done[0].intent.intent_id


def test_an_empty_answer_is_an_answer():
    person = Person()
    person.dial()
    assert person.key("") == ["menu"]  # the network says nothing new
    person.key("1")
    assert person.key("") == ["choice_unclear", "ask_consent"]


def test_an_earlier_hop_come_late_changes_nothing():
    person = Person()
    person.dial()
    for word in ("1", "1", NIK):
        person.key(word)
    before = person.session
    person.typed = "1"
    person.session = type(before)(**{f: getattr(before, f) for f in before.__struct_fields__})
    person.session = _forget(person.session)
    assert person.again() == ["ask_full_name"]
    assert person.session.answers == before.answers


def test_the_same_call_dialled_twice_is_heard_once():
    person = Person()
    assert person.dial() == ["menu"]
    session = person.session
    assert person.again() == ["menu"]
    assert person.session is session


def test_a_second_call_takes_over_and_the_first_may_still_end():
    person = Person()
    person.dial()
    person.key("1")
    first = person.call, person.typed
    assert person.dial() == ["menu"]
    person.call, person.typed = first
    assert person.key("1") == ["ask_nik"]


def test_a_chat_between_two_hops_does_not_confuse_them():
    person = Person()
    person.dial()
    for word in ("1", "1", NIK):
        person.key(word)
    assert play(person, "halo") == ["resume"]
    assert person.key("1") == ["ask_full_name"]


def _forget(session):
    from msgspec.structs import replace  # noqa: PLC0415

    return replace(session, replies=())


def newest(typed):
    return UssdSession("call", typed, accumulates=False)


def test_a_deep_dial_comes_in_parts_of_the_newest_answer_too():
    hearing = read_hop(None, newest("1*2"), opens=True)
    assert (hearing.texts, hearing.opens) == (("1", "2"), True)


def test_the_newest_answer_is_one_whatever_stars_it_has():
    heard = read_hop(None, newest(""), opens=True).heard
    assert read_hop(heard, newest("3204*1157"), opens=False).texts == ("3204*1157",)


@pytest.mark.parametrize("opens", [None, False])
def test_the_word_that_a_call_goes_on_counts_for_one_that_we_know(opens):
    hearing = read_hop(None, newest("1"), opens=opens)
    assert (hearing.texts, hearing.opens) == ((), True)
    assert read_hop(hearing.heard, newest("1"), opens=opens)[:2] == (("1",), False)


def test_a_call_that_opens_is_taken_in_from_its_start_though_its_id_is_known():
    heard = read_hop(None, UssdSession("call", "1*2")).heard
    again = UssdSession("call", "1*2*3")
    assert read_hop(heard, again).texts == ("3",)
    assert read_hop(heard, again, opens=True)[:2] == (("1", "2", "3"), True)
