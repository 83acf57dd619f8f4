"""Every word of the console stands in both catalogs, with the same places for values."""

import re
from itertools import product

import pytest
from babel.messages.pofile import read_po

from core.operators.roles import Role
from core.wording.catalog import LOCALE
from gateway.operators.console.pages import PAGES
from tests.scripts import ROOT

TEMPLATES = sorted((ROOT / "gateway/operators/console/templates").glob("*.html"))
LANGUAGES = ("en", "id")
_SAID = re.compile(r"""\bt\(\s*(["'])([\w:.-]+)\1\s*[,)]""")
_FAMILY = re.compile(r"""\bt\(\s*(["'])([\w-]+:)\1\s*~""")
PLACE = re.compile(r"\{([a-z_]+)\}")
# Phrases whose key ends in a value: what the values are.
FAMILIES = {
    "page:": [page.name for page in PAGES],
    "role:": list(Role),
    "language:": LANGUAGES,
    "problem:": (400, 401, 403, 404, 405, 409, 413, 422, 428, 429, 500, 503),
}


def words(language):
    with (LOCALE / f"{language}.po").open("rb") as lines:
        return {one.id: one.string for one in read_po(lines) if one.context == "console"}


WORDS = {language: words(language) for language in LANGUAGES}


def said():
    for template in TEMPLATES:
        for match in _SAID.finditer(template.read_text()):
            yield match[2]
    for family, values in FAMILIES.items():
        yield from (f"{family}{value}" for value in values)


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_a_template_says_has_words(language):
    assert set(said()) - WORDS[language].keys() == set()


def test_both_languages_say_the_same_things():
    assert WORDS["en"].keys() == WORDS["id"].keys()
    for key in WORDS["en"]:
        assert set(PLACE.findall(WORDS["en"][key])) == set(PLACE.findall(WORDS["id"][key])), key


def test_a_template_holds_no_words_script_or_style_of_its_own():
    forbidden = re.compile(
        r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe"
    )
    for template, pattern in product(TEMPLATES, [forbidden]):
        assert not pattern.search(template.read_text()), template.name
