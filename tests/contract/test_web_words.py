"""The words of the public form's pages stand in every catalog, and every reply makes a page."""

import ast
import re

import pytest
from babel.messages.pofile import read_po

from channels.web.controls import INPUTS, MISTAKES, OUTCOMES, TICKS
from channels.web.pages import Pages, Sheet
from channels.web.templates import NAMES
from core.conversation.keywords import COMMANDS
from core.messages import Prompt, Reply
from core.wording.catalog import LOCALE
from tests.contract.test_catalogs import ALL, CATALOGS, KEYS, WORDING, worst
from tests.scripts import ROOT

LANGUAGES = WORDING.languages
PLACE = re.compile(r"\{([a-z_]+)\}")
SAID = re.compile(r"""\bt\(["']([\w:]+)["']\)""")
STATUSES = (400, 403, 413, 429, 503)
TOOLS = ("try", "console", "api")
FOLDER = ROOT / "channels/web/templates"
PAGES = Pages(WORDING, ALL, {})
SHEET = Sheet("t" * 22, "s" * 22, "id")

every_language = pytest.mark.parametrize("language", LANGUAGES)


def entries(language):
    with (LOCALE / f"{language}.po").open("rb") as lines:
        return {one.id: one.string for one in read_po(lines) if one.context == "web" and one.id}


WEB = {language: entries(language) for language in LANGUAGES}


def said_by_templates():
    text = "".join((FOLDER / f"{name}.html").read_text("utf-8") for name in NAMES)
    return set(SAID.findall(text)) | {
        *(f"{kind}:{status}" for kind in ("title", "problem") for status in STATUSES),
        *(f"tool:{name}" for name in TOOLS),
    }


@every_language
def test_every_page_has_its_words(language):
    assert said_by_templates() - WEB[language].keys() == set()
    assert [key for key, words in WEB[language].items() if not words] == []
    assert WEB[language].keys() == WEB[ALL.language].keys()


@every_language
def test_every_language_has_the_same_places(language):
    for key, words in WEB[language].items():
        assert set(PLACE.findall(words)) == set(PLACE.findall(WEB[ALL.language][key])), key


def test_no_words_are_left_over():
    """A key stands whole in a page or its code, or begins as one does there: `"title:" ~ key`."""
    files = (*FOLDER.glob("*.html"), *FOLDER.parent.glob("*.py"))
    text = "".join(file.read_text("utf-8") for file in files)
    prompts = {key for _, key in CATALOGS[ALL.language]}
    left = [
        key
        for key in WEB[ALL.language]
        if f'"{key}"' not in text
        and f"'{key}'" not in text
        and f'"{key.partition(":")[0]}:' not in text
        and key.partition(":")[0] not in prompts
    ]
    assert left == []


def strings(call):
    for path in sorted((ROOT / "core").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = isinstance(node, ast.Call) and getattr(node.func, "id", "") == call
            if named and node.args and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value


def test_every_mistake_stands_in_the_summary():
    assert set(strings("InvalidError")) - MISTAKES == set()


def test_every_key_of_a_control_is_that_of_a_prompt():
    assert (MISTAKES | OUTCOMES | INPUTS.keys() | TICKS.keys()) - set(KEYS) == set()


@every_language
def test_every_prompt_makes_a_page(language):
    for key in KEYS:
        choices = ("yes", "change") if key.startswith(("ask_", "confirm", "menu")) else ()
        prompt = worst(key, language, choices)
        args = {**prompt.args, **({"code": "12345678"} if key == "show_code" else {})}
        page = PAGES.of(Reply((Prompt(key, args, prompt.choices),), language), SHEET)
        assert page.count("<h1>") == 1, key
        assert f'<html lang="{language}">' in page
        ids = re.findall(r'\bid="([^"]*)"', page)
        assert len(ids) == len(set(ids)), key


@every_language
def test_a_mistake_stands_above_the_question_and_at_its_answer(language):
    for key in (*INPUTS, *TICKS, "ask_profession", "ask_booking"):
        choices = ("yes", "no") if key not in INPUTS else ()
        reply = Reply((Prompt("choice_unclear"), Prompt(key, choices=choices)), language)
        page = PAGES.unsaved(reply, SHEET, {})
        assert page.count('role="alert"') == 1
        assert page.count('href="#answer"') == 1
        assert page.count('id="answer"') == 1, key
        assert 'id="mistake"' in page


@every_language
def test_the_words_of_buttons_are_heard(language):
    assert {"register", "status", "appointment", "menu", "code"} <= set(COMMANDS)
    for name in ("register", "status", "appointment", "menu", "code"):
        assert PAGES._command(language, name) in WORDING.typed.words(f"command_{name}")
