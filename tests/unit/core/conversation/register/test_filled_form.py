"""A form that was filled in a chat: it registers once, and is never lost."""

import pytest

from core.conversation.consent import known_consents
from core.messages import Address, AddressKind, Channel
from core.registration.requests import Register
from tests.scripts import CAMPAIGN, NAME, NIK, PHONE, WORDING, Person

OTHER_NIK = "3204114107900002"
HIDDEN = Address(AddressKind.WHATSAPP, "ID.13491208655302741918")
FILLED = {"consent": "agree", "nik": NIK, "full_name": NAME, "profession": "perawat"}


def fill(person, form="f1", **changes):
    answers = {name: said for name, said in {**FILLED, **changes}.items() if said}
    return person.say("", Channel.WHATSAPP, form=form, answers=answers)


@pytest.fixture
def person():
    one = Person()
    one.say("DAFTAR", Channel.WHATSAPP)
    return one


def registered(person):
    return [one.intent.nik for one in person.done if isinstance(one, Register)]


def test_registering_by_a_form_takes_two_messages_of_ours():
    one = Person()
    assert one.say("DAFTAR", Channel.WHATSAPP) == ["ask_consent"]
    assert one.reply.prompts[-1].asks == "form"
    assert fill(one) == ["registered"]
    assert registered(one) == [NIK]


def test_the_consent_is_the_one_that_was_shown(person):
    fill(person)
    [intent] = [one.intent for one in person.done if isinstance(one, Register)]
    shown = known_consents(CAMPAIGN, WORDING).shown["ask_consent", Channel.WHATSAPP, "id"]
    assert (intent.consent, intent.consent_at) == (shown, person.now)
    assert (intent.address, intent.profession) == (PHONE, "perawat")


def test_the_same_form_registers_once_and_then_asks_first(person):
    fill(person)
    assert fill(person, nik=OTHER_NIK, full_name="BUDI") == ["confirm_consent"]
    assert registered(person) == [NIK]
    person.say("1", Channel.WHATSAPP)
    assert registered(person) == [NIK, OTHER_NIK]


def test_another_form_registers_again(person):
    fill(person)
    person.say("DAFTAR", Channel.WHATSAPP)
    assert fill(person, form="f2", nik=OTHER_NIK)[:1] != ["confirm_consent"]
    assert registered(person) == [NIK, OTHER_NIK]


def test_a_form_that_is_not_this_persons_registers_nobody_without_a_yes(person):
    assert fill(person, form="") == ["confirm_consent"]
    assert registered(person) == []
    assert person.say("1", Channel.WHATSAPP) == ["registered"]


def test_what_is_wrong_is_said_and_asked_for_and_the_form_may_come_again(person):
    assert fill(person, nik="320411570696") == ["nik_length", "ask_nik"]
    assert fill(person) == ["registered"]


def test_what_was_wrong_may_be_typed_instead(person):
    fill(person, nik="320411570696")
    assert person.say(NIK, Channel.WHATSAPP) == ["confirm"]
    assert person.say("ya", Channel.WHATSAPP) == ["registered"]


def test_without_consent_it_is_asked_for(person):
    assert fill(person, consent="") == ["ask_consent"]
    assert person.say("1", Channel.WHATSAPP) == ["confirm"]


def test_a_hidden_number_is_still_asked_for():
    one = Person(address=HIDDEN)
    one.say("DAFTAR", Channel.WHATSAPP)
    assert fill(one) == ["ask_phone"]
    assert one.say("081211110001", Channel.WHATSAPP) == ["confirm_phone"]


def test_a_form_that_comes_twice_at_once_is_one_message(person):
    answers = {"message_id": "wamid.7", "form": "f1", "answers": FILLED}
    first = person.say("", Channel.WHATSAPP, **answers)
    assert person.say("", Channel.WHATSAPP, **answers) == first
    assert registered(person) == [NIK]


def test_a_form_may_come_at_any_time(person):
    person.say("JADWAL", Channel.WHATSAPP)
    assert fill(person) == ["registered"]


# -- a page of our form ----------------------------------------------------------------------


WEB = Address(AddressKind.WEB, "A" * 22)


def page(person, **answers):
    return person.say(channel=Channel.WEB, opens=False, answers=answers)


def visitor(**filled):
    person = Person(address=WEB)
    person.say("daftar", Channel.WEB, opens=False)
    for key, value in filled.items():
        page(person, **{key: value})
    return person


def test_a_page_answers_the_question_that_it_shows():
    person = visitor(consent="agree")
    assert page(person, nik=NIK) == ["ask_full_name"]
    assert page(person, full_name=NAME) == ["ask_profession"]


def test_a_page_of_an_earlier_question_puts_its_answer_right():
    person = visitor(consent="agree", nik=NIK, full_name=NAME)
    assert page(person, nik="3204115706960002") == ["ask_profession"]
    assert person.session.answers["nik"] == "3204115706960002"
    assert person.session.answers["full_name"] == NAME


def test_a_page_before_the_confirmation_leads_back_to_it():
    person = visitor(
        consent="agree", nik=NIK, full_name=NAME, profession="perawat", phone="081211110001"
    )
    assert page(person, profession="bidan") == ["confirm_phone"]
    assert person.session.answers["profession"] == "bidan"


def test_a_wrong_answer_is_asked_again_where_it_was_given_and_the_old_one_stays():
    person = visitor(consent="agree", nik=NIK, full_name=NAME)
    assert page(person, nik="3204") == ["nik_length", "ask_nik"]
    assert person.session.answers["nik"] == NIK
    assert page(person, nik=NIK) == ["ask_profession"]


def test_a_page_whose_form_was_forgotten_begins_it_with_the_answer():
    person = Person(address=WEB)
    assert page(person, nik=NIK) == ["ask_consent"]
    assert page(person, consent="agree") == ["ask_full_name"]


def test_a_page_of_a_form_that_is_over_changes_nothing():
    person = visitor(
        consent="agree", nik=NIK, full_name=NAME, profession="perawat", phone="081211110001"
    )
    person.say("1", Channel.WEB, opens=False, tapped="Ya", asked="confirm_phone")
    assert page(person, nik="3204115706960002")[0] == "tapped_earlier"
    assert person.session.answers == {}


def test_what_is_not_asked_is_not_taken():
    person = visitor(consent="agree")
    assert page(person, address="Jl. Dago") == ["ask_nik"]
    assert set(person.session.answers) == {"consent", "c"}


@pytest.mark.parametrize("asked", ["confirm_withdraw", "confirm", "ask_nik"])
def test_a_tap_on_the_page_of_another_question_is_refused(asked):
    person = visitor(
        consent="agree", nik=NIK, full_name=NAME, profession="perawat", phone="081211110001"
    )
    said = person.say("1", Channel.WEB, opens=False, tapped="Ya", asked=asked)
    assert said == ["tapped_earlier", "confirm_phone"]
