"""Every word of the console stands in both catalogs, with the same places for values."""

import re
from itertools import product
from typing import get_args

import pytest
from babel.messages.pofile import read_po

from core.appointments.screening import Outcome
from core.cases.kinds import CaseKind, CaseStatus, Decision
from core.cases.plans import StepKind
from core.conversation.funnel import STEPS
from core.messages import Channel, Voucher
from core.operators.dead_letters import STATUSES
from core.operators.roles import Role
from core.outbox.answers import UNALIGNED
from core.registration.intent import OutcomeKind
from core.registration.standing import RecordStanding
from core.roster.invitations import KINDS
from core.wording.catalog import LOCALE
from gateway.operators.console.acting import SHOWN
from gateway.operators.console.forms import fields_of
from gateway.operators.console.pages import PAGES
from gateway.operators.runner import Runner
from gateway.sending.sender import TOO_LATE
from gateway.wiring.operator_parts import desk_acts
from tests.fixtures.desk import make_desk
from tests.scripts import ROOT

ACTS = desk_acts(make_desk(None), Runner(None))
SIDES = ("on_file", "incoming", "roster")
UNSHOWN = {"after", "before", "limit"}  # fields of acts that no form of the console has
FIELDS = {one.title or one.name for act in ACTS for one in fields_of(act.body)} - UNSHOWN
TEMPLATES = sorted((ROOT / "gateway/operators/console/templates").glob("*.html"))
LANGUAGES = ("en", "id")
_SAID = re.compile(r"""\bt\(\s*(["'])([\w:.-]+)\1\s*[,)]""")
_FAMILY = re.compile(r"""\bt\(\s*(["'])([\w-]+:)\1\s*~""")
PLACE = re.compile(r"\{([a-z_]+)\}")
# Phrases whose key ends in a value: what the values are.
FAMILIES = {
    "enrol:": ("password_length", "code_wrong"),
    "page:": [page.name for page in PAGES],
    "role:": list(Role),
    "language:": LANGUAGES,
    "kind:": list(CaseKind),
    "case:": list(CaseStatus),
    "decision:": list(Decision),
    "stock:": list(Decision),
    "letter_list:": ("staged", "answered", "failed"),
    "side:": SIDES,
    "side_empty:": SIDES,
    "change:": list(StepKind),
    "channel:": list(Channel),
    "voucher:": list(Voucher),
    "outcome:": list(OutcomeKind),
    "standing:": list(RecordStanding),
    "message:": STATUSES,
    "status:": ("received", "verified", "not_listed", "in_review", "superseded", "withdrawn"),
    "appointment:": ("booked", "attended", "missed", "cancelled", "changed"),
    "step:": STEPS,
    "invited:": KINDS,
    "import:": (
        *("new", "changed", "same", "gone", "bad", "noted", "repeated", "added", "removed"),
    ),
    "happened:": (*("intent", "change", "note", "appointment", "screening", "message", "look"),),
    "screening:": get_args(Outcome),
    "why:": (TOO_LATE, UNALIGNED),
    "came:": ("yes", "no", "put_off"),
    "closing:": ("booked", "moved", "choosing", "cancelled", "unreachable", "sms", "segments"),
    "sex:": ("female", "male"),
    "act:": [act.name for act in ACTS if act.writes],
    "field:": sorted(FIELDS | set(SHOWN)),
    "choice:": ("none",),
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


def test_every_family_of_phrases_is_known():
    named = {match[2] for one in TEMPLATES for match in _FAMILY.finditer(one.read_text())}
    assert named - FAMILIES.keys() == set()


def test_both_languages_say_the_same_things():
    assert WORDS["en"].keys() == WORDS["id"].keys()
    for key in WORDS["en"]:
        assert set(PLACE.findall(WORDS["en"][key])) == set(PLACE.findall(WORDS["id"][key])), key


def test_a_template_holds_no_words_script_or_style_of_its_own():
    forbidden = re.compile(
        r"<script(?![^>]*src=)|<style|\sstyle=|\son(?!e=)[a-z]+=|javascript:|\|\s*safe"
    )
    for template, pattern in product(TEMPLATES, [forbidden]):
        assert not pattern.search(template.read_text()), template.name
