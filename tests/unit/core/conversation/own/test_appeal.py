"""The appeal, by letter and by a page with a file: a case with a number."""

import pytest

from core.cases.requests import Appeal, CaseOpened
from core.messages import ATTACHMENT, EVIDENCE, UNKEPT, Address, AddressKind, Channel
from core.registration.evidence import letter_key
from core.registration.intent import Outcome, OutcomeKind
from core.registration.number import make_number
from core.registration.requests import Register
from tests.scripts import CASE, MAILBOX, NAME, NIK, PHONE, Person

NUMBER = make_number(12345678901)
FILES = frozenset({EVIDENCE})
ANSWERS = {"nik": NIK, "full_name": NAME, "profession": "2", "phone": PHONE.value}
NOT_LISTED = Outcome(kind=OutcomeKind.REGISTERED, number=NUMBER, status="not_listed")


def clinic():
    return Person(address=MAILBOX)


def send(one, text="", **more):
    """Write a letter, which answers none of ours; return what its answer says."""
    return one.say(text, Channel.EMAIL, confirms=True, **more)[1:-1]


def appeals(one):
    return [effect for effect in one.done if isinstance(effect, Appeal)]


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (f"Banding untuk nomor {NUMBER}", {}),
        (f"Terlampir surat pimpinan faskes, nomor pendaftaran {NUMBER}.", {"unread": FILES}),
        (NUMBER, {"unread": FILES}),
        (f"Appeal: {NUMBER} is not on the list", {}),
    ],
)
def test_a_letter_that_appeals_for_a_number_is_a_case(text, more):
    one = clinic()
    heard = send(one, text, **more)
    assert heard[0] == "appeal_case"
    assert one.reply.prompts[1].args == {"case": CASE, "date": "@date:2021-01-18"}
    [request] = appeals(one)
    assert (request.number, request.nik, request.vouched) == (NUMBER, "", False)


def test_a_letter_with_files_and_a_nik_is_a_case():
    one = clinic()
    assert send(one, answers={"nik": NIK}, unread=FILES)[0] == "appeal_case"
    [request] = appeals(one)
    assert (request.number, request.nik) == ("", NIK)


def test_what_a_registration_lacks_is_asked_for_too():
    one = clinic()
    given = {key: ANSWERS[key] for key in ("nik", "full_name", "profession")}
    heard = send(one, answers=given, unread=FILES)
    assert heard[:3] == ["appeal_case", "letter_incomplete", "letter_missing_phone"]
    one.write(phone=PHONE.value)
    assert isinstance(one.done[-1], Register)


@pytest.mark.parametrize(
    ("text", "answers", "unread"),
    [
        ("", ANSWERS, FILES),
        (f"nomor {NUMBER}", {}, frozenset()),
        ("", {"nik": NIK}, frozenset()),
        ("", {"nik": "123"}, FILES),
        ("Terlampir surat pimpinan.", {}, FILES),
    ],
)
def test_what_names_nobody_or_registers_is_no_appeal(text, answers, unread):
    one = clinic()
    send(one, text, answers=answers, unread=unread)
    assert not appeals(one)


def test_the_answer_to_our_letter_that_she_is_not_listed_appeals_for_her():
    one = clinic()
    one.outcome = NOT_LISTED
    assert send(one, answers=ANSWERS, authentic=True)[0] == "registered_not_listed"
    assert one.write("Terlampir surat pimpinan kami.")[1] == "appeal_case"
    assert appeals(one)[0].number == NUMBER
    assert appeals(one)[0].vouched


@pytest.mark.parametrize("text", ["Terima kasih", "terima kasih banyak kak"])
def test_thanks_for_it_do_not(text):
    one = clinic()
    one.outcome = NOT_LISTED
    send(one, answers=ANSWERS, authentic=True)
    one.write(text)
    assert not appeals(one)


def test_nor_does_a_letter_that_is_no_answer():
    one = clinic()
    one.outcome = NOT_LISTED
    send(one, answers=ANSWERS)
    one.forge("Terlampir surat pimpinan kami.")
    assert not appeals(one)


def test_too_many_lead_to_the_hotline():
    one = clinic()
    one.found[Appeal] = CaseOpened()
    assert send(one, f"banding {NUMBER}") == ["case_too_many"]


def test_a_chat_appeals_for_nothing():
    one = Person()
    assert one.say(f"banding {NUMBER}") == ["not_understood", "menu"]


def test_a_letter_of_data_on_file_is_told_how_to_change_them():
    one = clinic()
    one.outcome = Outcome(kind=OutcomeKind.ALREADY_REGISTERED, number=NUMBER, proven=False)
    heard = send(one, answers=ANSWERS)
    assert heard == ["already_registered", "letter_person", "letter_unchanged"]


# By a page, which has kept the file before the turn.

WEB = Address(AddressKind.WEB, "n1Cq0bJ3vN7xQ2mK5tR8wA")


def upload(one, text=NUMBER, *, unread=FILES):
    return one.say(text, Channel.WEB, opens=False, unread=unread)


@pytest.mark.parametrize(("address", "vouched"), [(WEB, False), (PHONE, True)])
def test_a_file_by_a_page_is_a_case(address, vouched):
    one = Person(address=address)
    assert upload(one) == ["appeal_case"]
    [request] = appeals(one)
    assert (request.number, request.nik, request.vouched) == (NUMBER, "", vouched)
    assert request.letter == letter_key(address, "m0")


def test_a_file_leaves_a_form_where_it_was():
    one = Person(address=WEB)
    for word in ("DAFTAR", "1", NIK):
        one.say(word, Channel.WEB)
    upload(one)
    assert one.say("DAFTAR", Channel.WEB) == ["resume"]


@pytest.mark.parametrize(
    ("text", "unread", "why"),
    [
        ("", FILES, "number_mistyped"),
        (NIK, FILES, "number_mistyped"),
        (NUMBER, frozenset({ATTACHMENT}), "file_kind"),
        (NUMBER, frozenset({UNKEPT}), "file_unkept"),
    ],
)
def test_a_file_that_is_no_appeal_is_told_why(text, unread, why):
    one = Person(address=WEB)
    assert upload(one, text, unread=unread) == [why, "menu"]
    assert appeals(one) == []
