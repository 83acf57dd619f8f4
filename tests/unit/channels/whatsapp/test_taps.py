"""What people may tap on WhatsApp; whatever does not fit is said in words, with numbers."""

import pytest

from channels.whatsapp.taps import (
    BODY_CHARACTERS_MAX,
    BUTTON_CHARACTERS_MAX,
    BUTTONS_MAX,
    DETAIL_CHARACTERS_MAX,
    ROW_CHARACTERS_MAX,
    ROWS_MAX,
    Control,
    Row,
    Tap,
    choose_tap,
)
from core.messages import AddressKind, Prompt, Reply
from core.wording.parts import Option, Parts
from tests.scripts import WORDING

PHONE, HIDDEN = AddressKind.PHONE, AddressKind.WHATSAPP


def options(*titles, brief=""):
    return tuple(Option(str(n), title, brief) for n, title in enumerate(titles, 1))


def tap(*titles, body="Pilih?", asks="", choose="Pilih", words="semua", kind=PHONE):
    return choose_tap(Parts(body, options(*titles), asks, choose), words, kind)


def letters(count):
    return [chr(ord("A") + n) for n in range(count)]


def test_few_options_are_buttons_more_are_a_list_and_many_are_words():
    assert tap("Ya", "Tidak") == Tap(
        Control.BUTTONS, "Pilih?", (Row("1", "Ya"), Row("2", "Tidak"))
    )
    assert tap(*letters(BUTTONS_MAX)).control is Control.BUTTONS
    assert tap(*letters(BUTTONS_MAX + 1)).control is Control.LIST
    assert tap(*letters(ROWS_MAX)).control is Control.LIST
    assert tap(*letters(ROWS_MAX + 1)) is None
    assert tap() is None


def test_a_long_title_is_no_button_but_a_row():
    assert tap("x" * BUTTON_CHARACTERS_MAX).control is Control.BUTTONS
    assert tap("x" * (BUTTON_CHARACTERS_MAX + 1)).control is Control.LIST


def test_a_longer_one_is_cut_and_stands_whole_below():
    (whole,) = tap("x" * ROW_CHARACTERS_MAX).rows
    assert whole == Row("1", "x" * ROW_CHARACTERS_MAX)
    (cut,) = tap("x" * (ROW_CHARACTERS_MAX + 1)).rows
    assert cut == Row("1", "x" * (ROW_CHARACTERS_MAX - 1) + "…", "x" * (ROW_CHARACTERS_MAX + 1))
    assert tap("x" * DETAIL_CHARACTERS_MAX).rows[0].detail == "x" * DETAIL_CHARACTERS_MAX
    assert tap("x" * (DETAIL_CHARACTERS_MAX + 1)) is None


def test_titles_that_are_the_same_once_cut_are_said_in_words():
    same = "Rumah Sakit Umum Daerah "
    assert tap(same + "Cibabat", same + "Soreang") is None
    assert tap("Puskesmas Padasuka Kota Cimahi", same + "Soreang").control is Control.LIST
    assert tap("Ya", "ya") is None


def test_days_are_told_apart_by_their_short_words():
    days = Prompt("ask_date", choices=("date:2021-09-21", "date:2021-09-22"))
    slots = (
        "slot:2021-09-21T08:00+07:00 RSUD Cibabat",
        "slot:2021-09-21T09:00+07:00 RSUD Cibabat",
    )
    for prompt in (days, Prompt("ask_slot", choices=slots)):
        chosen = choose_tap(WORDING.parts(Reply((prompt,), "id")), "", PHONE)
        assert chosen.control is Control.LIST
        assert len({row.title for row in chosen.rows}) == 2
        assert all(len(row.title) <= ROW_CHARACTERS_MAX for row in chosen.rows)
    assert chosen.rows[0] == Row(
        "1", "Sel 21 Sep 2021, 08:00", "RSUD Cibabat, Selasa, 21 September 2021 08:00 WIB"
    )


def test_a_body_of_1024_characters_fits():
    fits = "x" * BODY_CHARACTERS_MAX
    for titles in (["Ya"], letters(4)):
        assert tap(*titles, body=fits).body == fits
        assert tap(*titles, body=fits + "x") is None
        assert tap(*titles, body=" ") is None
    for asks in ("location", "contact"):
        assert tap(asks=asks, words=fits, kind=HIDDEN).body == fits
        assert tap(asks=asks, words=fits + "x", kind=HIDDEN) is None


def test_what_opens_a_list_fits_its_button():
    fits = "x" * BUTTON_CHARACTERS_MAX
    assert tap(*letters(4), choose=fits).choose == fits
    for choose in ("", fits + "x"):
        assert tap(*letters(4), choose=choose) is None


def test_a_place_is_asked_for_unless_few_options_are_offered():
    assert tap(*letters(4), asks="location") == Tap(Control.LOCATION, "semua")
    assert tap(asks="location") == Tap(Control.LOCATION, "semua")
    assert tap("Ambil", "Waktu lain", "Tempat lain", asks="location").control is Control.BUTTONS


def test_a_phone_is_asked_of_a_hidden_number_only():
    assert tap(asks="contact", kind=HIDDEN) == Tap(Control.CONTACT, "semua")
    assert tap(asks="contact", kind=PHONE) is None


def test_where_several_may_be_answered_only_none_of_them_is_a_button():
    asked = tap("Tidak ada", *letters(3), asks="several")
    assert asked == Tap(Control.BUTTONS, "semua", (Row("1", "Tidak ada"),))
    assert tap("x" * (BUTTON_CHARACTERS_MAX + 1), "A", asks="several") is None


@pytest.mark.parametrize("asks", ["form", "anything"])
def test_what_is_asked_by_other_means_is_said_in_words(asks):
    assert tap(asks=asks, kind=HIDDEN) is None
