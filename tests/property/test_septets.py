"""What must hold of any text at all."""

from hypothesis import given
from hypothesis import strategies as st

from core.wording.gsm7 import fits, pages, septets, to_gsm7
from tests.fixtures.segments import DEFAULT, ESCAPED

FOOTER = "98 lanjut"

gsm7 = st.text(st.sampled_from(DEFAULT + ESCAPED))
lines = st.lists(st.text(st.sampled_from("ab €[\u201c"), max_size=90), max_size=20)
anything = st.one_of(st.text(), gsm7, lines.map("\n".join))
sizes = st.integers(min_value=12, max_value=182)


@given(anything)
def test_the_result_is_gsm7_and_stays_as_it_is(text):
    plain = to_gsm7(text)
    assert all(letter in DEFAULT + ESCAPED and letter != "\r" for letter in plain)
    assert to_gsm7(plain) == plain
    assert len(plain) <= 4 * len(text)


@given(gsm7)
def test_a_text_of_the_alphabet_is_kept(text):
    assert to_gsm7(text) == text.replace("\r\n", "\n").replace("\r", "\n")
    assert septets(text) == len(text) + sum(letter in ESCAPED for letter in text)


def bodies(cut):
    return [page.removesuffix(f"\n{FOOTER}") for page in cut[:-1]] + [cut[-1]]


@given(anything, sizes)
def test_no_page_is_too_long_and_all_but_the_last_say_how_to_go_on(text, size):
    cut = pages(text, septets_max=size, footer=FOOTER)
    assert cut
    assert all(fits(page, size) for page in cut)
    assert all(page.endswith(f"\n{FOOTER}") for page in cut[:-1])
    assert not any(body == "" for body in bodies(cut)[:-1])


@given(anything, sizes)
def test_pages_join_to_the_same_text(text, size):
    cut = pages(text, septets_max=size, footer=FOOTER)
    assert "".join("".join(bodies(cut)).split()) == "".join(to_gsm7(text).split())


@given(lines, sizes)
def test_a_line_that_fits_a_page_is_never_cut(options, size):
    room = size - septets(f"\n{FOOTER}")
    whole = [line.strip() for line in map(to_gsm7, options)]
    whole = [line for line in whole if line and septets(line) <= room]
    cut = pages("\n".join(options), septets_max=size, footer=FOOTER)
    shown = iter([line for body in bodies(cut) for line in body.split("\n")])
    assert all(line in shown for line in whole)


@given(st.lists(st.text("abc", min_size=1, max_size=12), min_size=1, max_size=80))
def test_a_word_that_fits_a_page_is_never_cut(words):
    cut = pages(" ".join(words), septets_max=24, footer=FOOTER)
    assert [word for body in bodies(cut) for word in body.split()] == words
