"""UBAH: which field, its new value, a question to be sure; and a NIK that was mistyped."""

import pytest

from core.appointments.requests import LookUp, StatusReport
from core.appointments.views import StatusEntry
from core.cases.requests import Correct, Corrected
from core.messages import Address, AddressKind, Channel
from core.registration.intent import Outcome, OutcomeKind
from core.registration.number import make_number
from core.registration.requests import SendCode
from tests.scripts import CASE, MAILBOX, NAME, NIK, PHONE, VERIFIED, Person, play

NUMBER = make_number(12345678901)
OTHER_NIK = "3204115706960010"
OTHER_PHONE = Address(AddressKind.PHONE, "+6281211110009")
MINE = StatusEntry(number=NUMBER, full_name=NAME, status="verified", phone=PHONE.value)
REGISTER = (f"DAFTAR {OTHER_NIK}#{NAME}#PERAWAT", "YA")


def registered(*people, **more):
    one = Person(**more)
    one.report = StatusReport(registrations=people or (MINE,))
    return one


def elsewhere(address=OTHER_PHONE):
    """Somebody whose registration shows only once a code has proven it."""
    one = Person(address=address)
    found = StatusReport(registrations=(MINE,))
    one.found[LookUp] = lambda request: found if request.proven else StatusReport()
    return one


@pytest.mark.parametrize(
    ("which", "question", "answer", "field", "value"),
    [
        ("1", "ask_full_name", "Siti Aminah Sari", "full_name", "Siti Aminah Sari"),
        ("nama", "ask_full_name", "Ya Siti", "full_name", "Ya Siti"),
        ("2", "ask_profession", "bidan", "profession", "bidan"),
        ("nik kak", "ask_nik", OTHER_NIK, "nik", OTHER_NIK),
        ("4", "ask_nik", "3204 1157 0696 0010", "nik", OTHER_NIK),
    ],
)
def test_one_field_is_changed_after_a_question(which, question, answer, field, value):
    one = registered()
    assert one.say("UBAH") == ["ask_change"]
    assert one.say(which) == [question]
    assert one.say(answer) == [f"confirm_new_{field}"]
    assert not [effect for effect in one.done if isinstance(effect, Correct)]
    assert one.say("ya kak") == ["nik_corrected" if field == "nik" else "corrected"]
    request = one.done[-1]
    assert (request.number, request.field, request.value) == (NUMBER, field, value)
    assert (request.address, request.proven) == (PHONE, False)
    assert one.reply.ends


def test_a_wrong_value_is_asked_for_again_and_no_changes_nothing():
    one = registered()
    assert play(one, "UBAH", "4", "123") == ["nik_length", "ask_nik"]
    assert play(one, OTHER_NIK, "2") == ["ask_change"]
    assert play(one, "1", "0") == ["ask_change"]
    assert play(one, "1", "BUDI", "0") == ["ask_full_name"]
    assert one.say("00") == ["menu"]
    assert not [effect for effect in one.done if isinstance(effect, Correct)]


def test_a_profession_is_asked_for_with_its_choices_and_again():
    one = registered()
    play(one, "UBAH", "2")
    asked = one.reply.prompts[-1]
    assert asked.choices[1] == "profession:perawat"
    assert one.say("xyz") == ["choice_unclear", "ask_profession"]
    assert one.reply.prompts[-1] == asked


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("review", "correction_review"),
        ("booked", "correction_booked"),
        ("too_many", "correction_too_many"),
        ("gone", "own_gone"),
    ],
)
def test_what_cannot_be_changed_is_said(verdict, said):
    one = registered()
    one.found[Correct] = Corrected(verdict=verdict, case=CASE)
    assert play(one, "UBAH", "1", "BUDI", "1") == [said]
    assert one.session.stage == "start"


def test_of_several_one_is_chosen_first():
    one = registered(MINE, StatusEntry(number="7K3M-0000", full_name="BUDI", status="received"))
    assert one.say("UBAH") == ["ask_person"]
    assert one.say("2") == ["ask_change"]
    assert one.reply.prompts[0].args == {"number": "7K3M-0000"}


def test_where_a_word_is_an_answer_it_is_no_command():
    one = Person()
    assert play(one, "halo", "1", "1", NIK, NAME, "2", "ubah") == ["ask_which"]


def test_the_phone_that_is_on_file_tells_how_another_takes_its_place():
    one = registered()
    assert play(one, "UBAH", "3") == ["phone_road"]
    assert one.reply.prompts[0].args == {"number": NUMBER}


def test_another_phone_takes_its_place_by_a_code_to_the_old_one():
    one = elsewhere()
    assert one.say(f"UBAH {NUMBER}") == ["ask_code"]
    assert isinstance(one.done[-1], SendCode)
    assert one.say("123456") == ["ask_change"]
    assert one.say("3") == ["confirm_new_phone"]
    assert one.reply.prompts[0].args == {"phone": OTHER_PHONE.value}
    assert one.say("1") == ["phone_moved"]
    request = one.done[-1]
    assert (request.field, request.value, request.proven) == ("phone", OTHER_PHONE.value, True)


def test_a_mailbox_changes_something_only_by_a_code():
    one = elsewhere(MAILBOX)
    assert one.write("Mohon dikoreksi")[1:-1] == ["letter_change", "letter_ask_number"]
    assert one.write(NUMBER)[1:-1] == ["ask_code"]
    assert one.write("123456")[1:-1] == ["ask_change"]
    assert one.write("3")[1:-1] == ["phone_road"]
    assert one.write("UBAH")[1:-1] == ["ask_change"]
    assert one.write("2")[1:-1] == ["ask_profession"]
    assert one.write("bidan")[1:-1] == ["confirm_new_profession"]
    assert one.write("ya")[1:-1] == ["corrected"]
    assert one.done[-1].proven


def test_a_proof_that_has_expired_meanwhile_changes_nothing():
    one = elsewhere()
    play(one, f"UBAH {NUMBER}", "123456", "1", "BUDI")
    one.wait(seconds=1_801)
    one.call = None
    one.say("1")
    assert not [effect for effect in one.done if isinstance(effect, Correct)]


def own_nik_mistyped():
    one = Person()
    one.outcome = Outcome(kind=OutcomeKind.IN_REVIEW, number=NUMBER)
    assert play(one, *REGISTER) == ["confirm_own_nik"]
    return one


def test_her_own_nik_that_was_mistyped_takes_one_question():
    one = own_nik_mistyped()
    assert one.reply.prompts[0].args == {"number": NUMBER, "nik": OTHER_NIK}
    assert one.say("ya") == ["nik_corrected"]
    request = one.done[-1]
    assert (request.number, request.field, request.value) == (NUMBER, "nik", OTHER_NIK)


@pytest.mark.parametrize(("word", "said"), [("tidak", ["in_review"]), ("0", ["menu"])])
def test_if_it_is_another_persons_an_official_looks_at_it(word, said):
    one = own_nik_mistyped()
    assert one.say(word) == said
    assert not [effect for effect in one.done if isinstance(effect, Correct)]


def test_the_screens_of_a_call_ask_the_same():
    one = registered()
    one.dial()
    assert one.key("UBAH") == ["ask_change"]
    assert one.key("1") == ["ask_full_name"]
    assert one.key("BUDI") == ["confirm_new_full_name"]
    assert one.key("1") == ["corrected"]
    assert one.reply.ends


def test_on_a_chat_it_is_the_same():
    one = registered()
    assert one.say("ubah data saya", Channel.WHATSAPP) == ["ask_change"]


def test_who_is_not_registered_is_asked_for_the_number():
    assert Person().say("UBAH") == ["ask_number"]
    assert VERIFIED.phone is None
