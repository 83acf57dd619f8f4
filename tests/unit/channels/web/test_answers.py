"""What a person sends with a form becomes one message."""

from urllib.parse import urlencode

import pytest

from channels.contract import RejectedError
from channels.web.answers import VALUE_CHARACTERS_MAX, read_fields, to_inbound
from channels.web.tokens import web_value
from core.messages import AddressKind, Channel
from tests.scripts import NIK, START

TOKEN, TURN = "T" * 22, "P" * 22


def message(token=TOKEN, turn=TURN, **fields):
    return to_inbound({"turn": turn, **fields}, token, START)


def test_a_question_of_the_form_is_answered_with_its_label():
    said = message(asked="ask_nik", nik=NIK)
    assert (said.answers, said.text) == ({"nik": NIK}, "")
    assert said.opens is False
    assert (said.channel, said.address.kind) == (Channel.WEB, AddressKind.WEB)
    assert said.address.value == web_value(TOKEN)


def test_a_box_that_is_not_ticked_is_an_empty_answer():
    assert message(asked="ask_consent").answers == {"consent": ""}


def test_a_tap_has_its_number_words_and_question():
    said = message(asked="confirm_phone", tap="1 Ya, benar")
    assert (said.text, said.tapped, said.asked) == ("1", "Ya, benar", "confirm_phone")


def test_a_word_wins_over_what_is_filled_in_beside_it():
    said = message(asked="ask_nik", nik=NIK, word="english")
    assert (said.text, dict(said.answers), said.asked) == ("english", {}, "")


@pytest.mark.parametrize("tap", ["", "x", "1", "Ya", "1234 Ya", "1 ", f"1 {'x' * 401}"])
def test_what_is_no_tap_is_a_text(tap):
    assert message(asked="confirm", tap=tap, text="ya").text == "ya"


@pytest.mark.parametrize("asked", ["Ask", "ask nik", "ask_" + "x" * 40, "<b>", "\u00e9"])
def test_a_question_that_cannot_be_one_of_ours_is_none(asked):
    assert message(asked=asked, text="ya").asked == ""


def test_several_boxes_are_one_answer():
    assert read_fields(b"several=2&several=4&text=x") == {"several": "2 4", "text": "x"}


def test_a_field_is_read_to_its_bound():
    assert len(read_fields(b"nik=" + b"1" * VALUE_CHARACTERS_MAX)["nik"]) == VALUE_CHARACTERS_MAX
    with pytest.raises(RejectedError) as caught:
        read_fields(b"nik=" + b"1" * (VALUE_CHARACTERS_MAX + 1))
    assert caught.value.status == 413


def test_a_nul_is_none():
    assert read_fields(urlencode({"text": "a\0b"}).encode()) == {"text": "a\ufffdb"}


def test_the_same_answer_to_the_same_page_is_the_same_message():
    said = {message(asked="ask_nik", nik=NIK).message_id for _ in range(2)}
    other = [
        message(asked="ask_nik", nik=NIK, turn="Q" * 22),
        message(asked="ask_nik", nik=NIK, token="U" * 22),
        message(asked="ask_nik", nik=NIK[::-1]),
        message(asked="ask_number", text=NIK),
    ]
    assert len(said | {one.message_id for one in other}) == 5
    assert all(NIK not in one.message_id for one in other)


def test_the_language_of_a_page_does_not_make_another_message():
    assert message(word="daftar").message_id == message(word="daftar", language="en").message_id


@pytest.mark.parametrize("turn", ["", "x", "P" * 23])
def test_a_page_that_is_none_of_ours_says_nothing(turn):
    with pytest.raises(RejectedError) as caught:
        message(turn=turn)
    assert caught.value.status == 403
