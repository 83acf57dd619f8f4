"""Data in words: days, times, and what other people wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.messages import Prompt, Reply
from core.wording.catalog import load_wording
from core.wording.data import TEXT_LONG_CHARACTERS_MAX, TEXT_SHORT_SEPTETS_MAX, render
from core.wording.gsm7 import cut, septets, to_gsm7
from tests.scripts import CAMPAIGN, WORDING


@pytest.mark.parametrize(
    ("key", "language", "short", "long"),
    [
        ("date:2021-01-20", "id", "Rab 20 Jan 2021", "Rabu, 20 Januari 2021"),
        ("date:2021-01-20", "en", "Wed 20 Jan 2021", "Wednesday, 20 January 2021"),
        ("date:2021-01-20", "xx", "2021-01-20", "2021-01-20"),
        ("time:2021-01-20T08:00:00+07:00", "id", "08:00 WIB", "08:00 WIB"),
        ("time:2021-01-20T08:00+08:00", "en", "08:00 WITA", "08:00 WITA"),
        ("time:2021-01-20T16:30+09:00", "id", "16:30 WIT", "16:30 WIT"),
        ("time:2021-01-20T16:30+05:30", "id", "16:30", "16:30"),
        (
            "slot:2021-01-20T08:00+07:00 RSUD Garut",
            "id",
            "RSUD Garut, Rab 20 Jan 2021 08:00 WIB",
            "RSUD Garut, Rabu, 20 Januari 2021 08:00 WIB",
        ),
        ("date:kemarin", "id", "kemarin", "kemarin"),
        ("time:nanti", "id", "nanti", "nanti"),
        ("text:a\n1 b\r\x00\x1b\u202ec ", "id", "a 1 b c", "a 1 b c"),
        ("text:@date:2021-01-20", "id", "@date:2021-01-20", "@date:2021-01-20"),
    ],
)
def test_data_as_the_language_writes_it(key, language, short, long):
    assert (render(key, language, "short"), render(key, language, "long")) == (short, long)


def test_a_name_is_cut_on_a_phone_and_whole_elsewhere():
    fits = "X" * TEXT_SHORT_SEPTETS_MAX
    assert render(f"text:{fits}", "id", "short") == fits
    assert render(f"text:{fits}X", "id", "short") == "X" * (TEXT_SHORT_SEPTETS_MAX - 2) + ".."
    assert render(f"text:{fits}X", "id", "long") == fits + "X"
    longest = "X" * TEXT_LONG_CHARACTERS_MAX
    assert render(f"text:{longest}X", "id", "long") == longest


def test_a_cut_is_between_words_and_fits():
    assert cut("Puskesmas Garut Kota", 18) == "Puskesmas Garut.."
    assert cut("Puskesmas", 9) == "Puskesmas"
    assert cut("[[[[[", 6) == "[[.."


@pytest.mark.parametrize(
    "name", ["{hotline}", "{date} %s", "@menu", "@text:x", "menu", "text:menu", "%d", "\\1"]
)
def test_a_name_is_never_read_as_anything_but_a_name(name):
    reply = Reply((Prompt("ask_facility", {}, (f"text:{name}",)),), "id")
    assert f"1. {name}" in WORDING.text(reply, "long").split("\n")
    reply = Reply((Prompt("status_one", {"full_name": f"@text:{name}"}),), "id")
    assert name in WORDING.text(reply, "long")


def test_names_are_not_kept_among_the_pages_without_values():
    wording = load_wording(None, CAMPAIGN)
    wording.page(Reply((Prompt("menu", {}, ("text:RSUD",)),), "id"), septets_max=160)
    assert wording._static.cache_info().currsize == 0


@given(
    st.sampled_from(["text", "date", "time", "slot"]),
    st.text(max_size=300),
    st.sampled_from(["id", "en", "xx", "", "\x00"]),
)
def test_anything_is_said_on_one_short_line(kind, value, language):
    short = render(f"{kind}:{value}", language, "short")
    assert "\n" not in short
    assert to_gsm7(short) == short
    assert septets(short) <= 2 * TEXT_SHORT_SEPTETS_MAX + TEXT_SHORT_SEPTETS_MAX + 4
    assert "\n" not in render(f"{kind}:{value}", language, "long")
