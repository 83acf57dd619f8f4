"""Rows of a list: what people's spreadsheets make of a NIK, and what is told of it."""

import pytest
from msgspec.structs import replace

from core.conversation.consent import known_consents
from core.conversation.register.list_answer import RowResult, answer_list
from core.conversation.register.listed import ListReader
from core.messages import MISFIT, PERSONS, Channel, ListedPerson, Voucher
from core.registration.intent import Outcome, OutcomeKind
from core.wording.catalog import load_wording
from tests.fixtures.lists import READER, letter, person
from tests.fixtures.people import name, nik
from tests.scripts import CAMPAIGN, KEYWORDS, LANGUAGES, NIK

LETTER = letter()


def read(**changed):
    return READER.read(LETTER, person(1, **changed))


@pytest.mark.parametrize(
    "text",
    [
        NIK, f"'{NIK}", f'="{NIK}"', f'"{NIK}"', f"NIK {NIK}", f"NIK: {NIK}", f"No. KTP {NIK}",
        f"NIK/KTP : {NIK}", f" {NIK} ", "3204.1157.0696.0001", "3204 1157 0696 0001",
        "32.04.11.570696.0001", f"\u2018{NIK}", f"KTP-{NIK}",
    ],
)  # fmt: skip
def test_a_nik_is_read_through_what_spreadsheets_need_around_it(text):
    found = read(nik=text)
    assert found.intent is not None, found.faults
    assert found.intent.nik == NIK
    assert found.nik == "3204********0001"


@pytest.mark.parametrize("around", ["{}", "'{}", '="{}"', "\u2018{}", " '{} "])
def test_a_phone_is_read_through_what_spreadsheets_need_around_it(around):
    found = read(phone=around.format("0812-0000-0001"))
    assert found.intent is not None, found.faults
    assert found.intent.phone == "+6281200000001"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("3.20411E+15", "nik_rounded"),
        ("3,20411570696E+15", "nik_rounded"),
        ("3.20411570696000E+15", "nik_rounded"),
        ("3E15", "nik_rounded"),
        ("320411570696001", "nik_length"),
        ("32041157069600011", "nik_length"),
        ("", "nik_missing"),
        ("belum punya", "nik_missing"),
        ("3204O15706960001", "nik_digits"),
        ("3204119906960001", "nik_date"),
        ("3204115706960000", "nik_serial"),
        ("0004115706960001", "nik_region"),
    ],
)
def test_each_fault_of_a_nik_is_told_apart(text, fault):
    found = read(nik=text)
    assert found.intent is None
    assert found.faults == (f"list_fault_{fault}",)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"full_name": ""}, "full_name_missing"),
        ({"full_name": "SITI 2"}, "name_digits"),
        ({"profession": ""}, "profession_missing"),
        ({"profession": "perawat/bidan"}, "profession"),
        ({"phone": ""}, "phone_missing"),
        ({"phone": "12"}, "phone_unclear"),
        ({"phone": "0221234567"}, "phone_not_mobile"),
    ],
)
def test_each_other_fault_is_told(changed, fault):
    assert read(**changed).faults == (f"list_fault_{fault}",)


def test_one_nik_under_two_names_is_nobodys():
    """Which row is right, its writer knows: neither is recorded, and nothing blends."""
    names = ("SITI AMINAH", "Siti Aminah, S.Kep.", "RINA MARLINA")
    rows = [person(n, nik=NIK, full_name=one) for n, one in enumerate(names, 1)]
    other = person(4)
    rows, other = [READER.read(LETTER, one) for one in rows], READER.read(LETTER, other)
    found = READER.doubt([*rows, other])
    assert [one.faults for one in found] == [("list_fault_nik_of_another",)] * 3 + [()]
    assert [bool(one.intent) for one in found] == [False, False, False, True]
    assert all(one.intent for one in READER.doubt([*rows[:2], other]))


def test_all_faults_of_a_row_are_told():
    faults = read(nik="1", full_name="", profession="", phone="").faults
    assert len(faults) == 4


def test_a_row_is_an_intent_of_its_own_and_always_the_same():
    one, again = READER.read(LETTER, person(1)), READER.read(LETTER, person(1))
    assert one == again
    others = [READER.read(LETTER, person(2)), READER.read(LETTER, person(1, part=1))]
    others.append(READER.read(replace(LETTER, message_id="m2"), person(1)))
    ids = {found.intent.intent_id for found in (one, *others)}
    assert len(ids) == 4
    intent = one.intent
    assert (intent.nik, intent.full_name, intent.phone) == (nik(1), name(1), "+6281200000001")
    assert (intent.voucher, intent.address) == (Voucher.MAILBOX, LETTER.address)


@pytest.mark.parametrize("authentic", [True, False])
def test_the_letter_vouches_for_its_rows(authentic):
    found = READER.read(letter(authentic=authentic), person(1))
    assert found.intent.voucher is (Voucher.MAILBOX if authentic else Voucher.NOBODY)


def test_a_name_that_would_be_a_link_is_none_in_the_answer():
    assert "." not in read(full_name="EVIL.EXAMPLE/X").full_name


def test_what_is_written_instead_of_a_name_is_not_repeated():
    assert read(full_name="http://evil.example?1").full_name == ""


def results(*kinds, part=0):
    rows = []
    for n, kind in enumerate(kinds, 1):
        outcome = Outcome(kind=kind, number="7K3M-9QXC") if kind else None
        given = person(n, part=part) if kind else person(n, part=part, nik="1")
        rows.append(RowResult(part, n, READER.read(LETTER, given), outcome))
    return rows


def keys(reply):
    return [prompt.key for prompt in reply.prompts]


def test_the_answer_tells_of_each_row_those_to_mend_first():
    rows = results(OutcomeKind.REGISTERED, None, OutcomeKind.IN_REVIEW)
    reply = answer_list(LETTER, "id", rows, ())
    assert keys(reply) == [
        *("letter_greeting", "list_summary"),
        *("list_wrong_head", "list_row_wrong", "list_how_to_mend"),
        *("list_head", "list_row", "list_row", "letter_signature"),
    ]
    assert reply.prompts[1].args == {"count": "3", "recorded": "1", "checked": "1", "wrong": "1"}
    assert nik(1) not in repr(reply.prompts)


def test_a_list_of_nobody_is_answered_too():
    assert "list_nobody" in keys(answer_list(LETTER, "id", (), ()))


def test_rows_of_several_files_are_told_apart():
    rows = [*results(OutcomeKind.REGISTERED), *results(OutcomeKind.REGISTERED, part=2)]
    reply = answer_list(LETTER, "id", rows, ())
    assert [one.args["row"] for one in reply.prompts if one.key == "list_row"] == ["0/1", "2/1"]
    assert "list_parts" in keys(reply)


def test_a_row_that_we_could_not_record_is_told_so():
    rows = [RowResult(0, 1, READER.read(LETTER, person(1)), None)]
    assert rows[0].result == "failed"
    [prompt] = [one for one in answer_list(LETTER, "id", rows, ()).prompts if one.choices]
    assert prompt.choices == ("list_fault_failed",)


def test_several_people_in_the_text_are_told_as_ever():
    reply = answer_list(replace(LETTER, unread=frozenset({PERSONS})), "id", (), ())
    assert "letter_several" in keys(reply)


def test_of_a_row_in_doubt_nothing_is_said_to_be_missing():
    found = READER.read(LETTER, ListedPerson(1, {"nik": NIK, MISFIT: MISFIT}))
    assert (found.intent, found.faults) == (None, ("list_fault_row_unclear",))
    assert found.nik == "3204********0001"


@pytest.mark.parametrize(
    ("channel", "policy"), [(Channel.EMAIL, "letter_policy"), (Channel.WEB, "list_policy")]
)
def test_the_words_of_consent_are_those_that_its_door_shows(channel, policy):
    wording = load_wording(None, CAMPAIGN)
    consents = known_consents(CAMPAIGN, wording)
    reader = ListReader(CAMPAIGN, LANGUAGES, KEYWORDS, consents)
    row = reader.read(replace(letter(person(1)), channel=channel), person(1))
    assert row.intent.consent == consents.shown[policy, channel, "id"]
    assert row.intent.consent.digest
