"""Every catalog has words for everything that is said, and short ones fit their screen."""

import ast
import re
from collections.abc import Iterator
from itertools import combinations, product

import pytest
from babel.messages.pofile import read_po

from channels.email import labels
from core.cases.plans import Words
from core.cases.suggestions import RULES
from core.conversation import keywords
from core.conversation.form_questions import create_form
from core.conversation.keywords import Keywords
from core.conversation.register.letter import IN_LETTERS
from core.conversation.visit.booking import TOWN_CHARACTERS_MAX
from core.messages import Prompt, Reply
from core.registration.intent import OutcomeKind
from core.registration.notices import PERSON_SEPTETS_MAX, SENDER_SEPTETS_MAX
from core.roster.invitation_words import NAME_SEPTETS_MIN, PLACE_SEPTETS_MIN, SEAT
from core.wording.catalog import LOCALE, load_wording
from core.wording.data import DATA
from core.wording.gsm7 import septets, to_gsm7
from gateway.imports.headings import HEADINGS_CHARACTERS_MAX
from tests.fixtures.segments import segments
from tests.scripts import CAMPAIGN, ROOT

SCREEN = 160
ERROR_SEPTETS_MAX, QUESTION_SEPTETS_MAX = 60, 80
FARTHEST_KM = 5_300  # from Sabang to Merauke
PLACE = re.compile(r"\{([^}]*)\}")
FACTS = {"campaign", "hotline", "service_code", "sms_number", "whatsapp_number", "mailbox"}
STATUSES = (
    *("received", "verified", "not_listed", "in_review", "superseded"),
    *("booked", "attended", "withdrawn", "merged"),
)
PROFESSIONS = tuple(f"profession:{one.code}" for one in CAMPAIGN.professions)
ERRORS = {
    "consent": ("choice_unclear", "text_too_long"),
    "nik": ("nik_digits", "nik_length", "nik_region", "nik_date", "nik_serial", "text_too_long"),
    "full_name": (
        *("name_empty", "name_too_long", "name_digits", "name_link", "name_courtesy"),
        "text_too_long",
    ),
    "profession": ("choice_unclear", "text_too_long"),
    "phone": ("phone_unclear", "phone_not_mobile", "text_too_long"),
}
LISTED_ERRORS = (
    *(error for key in ("nik", "full_name", "phone") for error in ERRORS[key][:-1]),
    *("nik_rounded", "nik_of_another", "row_unclear", "profession", "failed"),
)
WORST = {
    "nik": "3204115706960001",
    "full_name": "W" * 60,
    "phone": "+123456789012345",
    "nik_end": "0001",
    "number": "7K3M-9QXC",
    "gone": "7K3M-9QXC",
    "case": "7K3M-9QXC",
    "receipt": "7K3M-9QXC",
    "percent": "100",
    "tries": "1600",
    "office": "@text:" + "W" * 200,
    "why": "@text:" + "W" * 200,
    "count": "1600",
    "dose": "9",
    "km": "5100",
    "code": "88888888",
    "link": f"https://{'w' * 60}.example/l/{'w' * 22}",
    "person": "@text:" + "W" * PERSON_SEPTETS_MAX,
    "sender": "@text:" + "W" * SENDER_SEPTETS_MAX,
    "headings": "@text:" + "W" * HEADINGS_CHARACTERS_MAX,
    "place": "@text:" + "W" * 200,
    "facility": "@text:" + "W" * 200,
    "near": f", {'W' * TOWN_CHARACTERS_MAX}, {FARTHEST_KM} km",
    "address": "@text:" + "W" * 200,
    "closed": "@date:2021-12-30",
    "date": "@date:2021-11-24",
    "time": "@time:2021-11-24T08:00+08:00",
}
PROPOSED = "W" * (NAME_SEPTETS_MIN + PLACE_SEPTETS_MIN)  # an invitation cuts name and place
REFERS = {
    "profession": PROFESSIONS,
    "step": tuple(f"step_{key}" for key in (*ERRORS, "confirm")),
    "label": tuple(f"step_{key}" for key in ERRORS),
    "question": tuple(f"screening:{one.code}" for one in CAMPAIGN.screening.questions),
    "status": tuple(f"status_{status}" for status in STATUSES),
}

THERE = tuple(sorted(file.stem for file in LOCALE.glob("*.po")))
ALL = CAMPAIGN.model_copy(update={"languages": THERE})
WORDING = load_wording(None, ALL)
KEYWORDS = Keywords(WORDING.typed, ALL)
FORM = create_form(ALL, KEYWORDS, asks_phone=True)
OF_A_CAMPAIGN = ("profession:", "screening:")  # which a catalog may say, or leave to campaign.toml
OF_A_FACILITY = (
    *("facility_code", "facility_name", "regency_code"),
    *("address", "latitude", "longitude"),
)
TYPED_KEYS = {
    *(*keywords.KEYS, *labels.COURTESIES, *labels.ROLES, labels.INTRODUCTION),
    *(labels.OTHER_NUMBER, labels.TOTAL),
    *(f"{kind}:{key}" for kind in ("label", "heading") for key in labels.KEYS),
    *(f"heading:{key}" for key in OF_A_FACILITY),
}


def read(language):
    with (LOCALE / f"{language}.po").open("rb") as lines:
        messages = [message for message in read_po(lines, abort_invalid=True) if message.id]
    return {
        (m.context, m.id if isinstance(m.id, str) else m.id[0]): (m.string,)
        if isinstance(m.string, str)
        else tuple(m.string)
        for m in messages
    }


ENTRIES = {language: read(language) for language in WORDING.languages}
CATALOGS = {
    language: {
        (style, key): forms
        for (style, key), forms in entries.items()
        if style not in ("typed", "console", "web") and not key.startswith(OF_A_CAMPAIGN)
    }
    for language, entries in ENTRIES.items()
}
KEYS = sorted({key for catalog in CATALOGS.values() for _, key in catalog})
each_language = pytest.mark.parametrize("language", WORDING.languages)


def places(forms):
    return {name for form in forms for name in PLACE.findall(form)} - FACTS


def words(key, language):
    return WORDING.text(Reply((Prompt(key),), language), "short").partition("\n")[0]


def worst(key, language, choices=()):
    """Return the prompt with the longest values that its words can be given."""
    names = places(CATALOGS[language]["short", key])
    longest = {
        name: "@" + max(keys, key=lambda one: septets(words(one, language)))
        for name, keys in REFERS.items()
    }
    cut = {"place": PROPOSED} if key == SEAT else {}
    args = {name: value for name, value in (WORST | longest | cut).items() if name in names}
    return Prompt(key, args, PROFESSIONS if "choices" in names else choices)


def screens(language, *prompts):
    return WORDING.pages(Reply(prompts, language), septets_max=SCREEN)


SAYING = ("Prompt", "InvalidError")


def keys_said() -> Iterator[str]:
    """Yield every key in the code, as a pattern: of prompts, choices, values and errors."""
    for folder in ("core", "channels", "gateway"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            text = file.read_text("utf-8")
            if not any(f"{name}(" in text for name in SAYING):
                continue  # quicker than to parse it
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    yield from keys_in(node.func.id, node)


def keys_in(name: str, call: ast.Call) -> Iterator[str]:
    if name not in SAYING or not call.args:
        return
    match call.args[0]:
        case ast.Constant(value=str(key)):
            yield re.escape(key)
        case ast.JoinedStr(values=values):
            yield "".join(pattern(part) for part in values)
    if name == "Prompt":
        rest = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
        for node in (node for one in rest for node in ast.walk(one)):
            match node:
                case ast.Dict(values=values):
                    texts = [text for value in values for text in constants(value)]
                    yield from (re.escape(t[1:]) + ".*" for t in texts if t.startswith("@"))
                case ast.Tuple():
                    yield from map(re.escape, constants(node))


def pattern(part: ast.expr) -> str:
    return re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+"


def constants(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


SAID = sorted(key for key in set(keys_said()) if not key.startswith(DATA))
COMPOSED = sorted(
    {
        *(kind.value for kind in OutcomeKind),
        *(f"status_{status}" for status in STATUSES),
        *(f"{part}_{q.key}" for q in FORM.questions for part in ("ask", "step")),
        *(f"letter_missing_{q.key}" for q in FORM.questions if q.key != "consent"),
        *(key for q in FORM.questions for key in q.prompt.choices if ":" not in key),
        *(
            f"confirm{consents}{phone}"
            for consents, phone in product(("", "_consent"), ("", "_phone"))
        ),
        *(f"menu_{choice}" for choice in ("register", "status", "appointment", "languages")),
        *("nav_back", "nav_menu", "nav_next", "language_name", "registered_sms", "ended"),
        *(key for keys in ERRORS.values() for key in keys),
        *(f"list_result_{kind.value}" for kind in OutcomeKind),
        *("list_result_asked", "list_result_confirmed"),
        *(f"list_result_registered_{status}" for status in STATUSES[1:4]),
        *(f"list_fault_{q.key}_missing" for q in FORM.questions if q.key != "consent"),
        *(f"list_fault_{key}" for key in LISTED_ERRORS),
        *(words.value for words in Words),
        *(rule.reason for rule in RULES),
    }
)


@each_language
def test_every_composed_key_has_words(language):
    assert [key for key in COMPOSED if not CATALOGS[language].get(("short", key))] == []


def test_every_key_in_the_code_is_in_a_catalog():
    assert len(SAID) > 20
    ours = [key for key in SAID if not key.startswith("profession:")]
    assert [key for key in ours if not any(re.fullmatch(key, one) for one in KEYS)] == []


@each_language
def test_every_key_in_the_code_has_words(language):
    found = [one for one in KEYS if any(re.fullmatch(key, one) for key in SAID)]
    assert [one for one in found if not CATALOGS[language].get(("short", one), True)] == []


@each_language
def test_every_key_has_every_language_and_long_words_where_one_has_them(language):
    ours = CATALOGS[CAMPAIGN.language].keys() | {("short", key) for key in KEYS}
    lacking = sorted(ours - CATALOGS[language].keys())
    assert not lacking, f"{language}.po lacks {lacking}"
    more = sorted(CATALOGS[language].keys() - ours)
    assert not more, f"{language}.po has {more}, which {CAMPAIGN.language}.po has not"
    empty = [entry for entry, forms in ENTRIES[language].items() if not all(forms)]
    assert not empty, f"{language}.po has no words for {empty}"


def test_english_says_one_word_for_an_appointment():
    said = [" ".join(forms) for (style, _), forms in ENTRIES["en"].items() if style != "typed"]
    assert [words for words in said if "JADWAL" in words] == []
    assert any("SCHEDULE" in words for words in said)


@each_language
def test_each_language_lists_what_people_type(language):
    typed = {key for style, key in ENTRIES[language] if style == "typed"}
    lacking = sorted(TYPED_KEYS - typed)
    assert not lacking, f"{language}.po lacks typed words for {lacking}"
    unknown = sorted(key for key in typed - TYPED_KEYS if not key.startswith(OF_A_CAMPAIGN))
    assert not unknown, f"nothing reads the typed words for {unknown} in {language}.po"


OPTIONS = [
    [f"command_{name}" for name in keywords.COMMANDS],
    ["yes agree", "no disagree"],
    ["yes", "no change"],
    ["yes continue", "no start_again"],
    ["change_appointment", "cancel_appointment"],
    ["yes attended", "no not_attended"],
    [f"profession:{one.code}" for one in CAMPAIGN.professions],
    [*(f"label:{key} heading:{key}" for key in labels.KEYS), "heading:facility_code"],
    [f"heading:{key}" for key in OF_A_FACILITY],
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: options[-1])
def test_no_word_means_two_things(options):
    found = [
        {word for key in keys.split() for word in WORDING.typed.words(key)} for keys in options
    ]
    twice = sorted(word for one, other in combinations(found, 2) for word in one & other)
    assert not twice, f"these mean different things in different languages: {twice}"


def test_no_language_is_called_as_another_or_as_a_command():
    named = [*WORDING.typed.by_language("language").values()]
    named += [WORDING.typed.words(f"command_{name}") for name in keywords.COMMANDS]
    twice = sorted(word for one, other in combinations(named, 2) for word in {*one} & {*other})
    assert not twice, f"these mean different things: {twice}"


def test_no_answer_is_a_command():
    answers = {word for key in keywords.ANSWERS for word in WORDING.typed.words(key)}
    both = answers & keywords.command_words(WORDING.typed)
    yields = {word for one in keywords.YIELDING for word in WORDING.typed.words(f"command_{one}")}
    assert both - yields == {"cancel"}  # where an appointment is shown it drops the visit, as ever


@each_language
def test_every_style_and_language_has_the_same_places(language):
    expected = {key: places(CATALOGS[CAMPAIGN.language]["short", key]) for key in KEYS}
    entries = CATALOGS[language].items()
    assert [
        entry for entry, forms in entries if forms and places(forms) != expected[entry[1]]
    ] == []


@each_language
def test_every_short_phrase_is_gsm7_and_fits_one_screen_and_one_segment(language):
    for key in KEYS:
        prompt = worst(key, language)
        text = WORDING.text(Reply((prompt,), language), "short")
        assert to_gsm7(text) == text, key
        assert not PLACE.search(text), key
        assert segments(text) == 1, key
        assert len(screens(language, prompt)) == 1, key


@each_language
def test_an_error_is_short(language):
    errors = {error for errors in ERRORS.values() for error in errors}
    lengths = {error: septets(words(error, language)) for error in errors}
    assert [key for key, length in lengths.items() if length > ERROR_SEPTETS_MAX] == []


@each_language
@pytest.mark.parametrize("question", FORM.questions, ids=lambda question: question.key)
def test_a_question_its_error_and_the_hotline_fit_one_screen(question, language):
    ask = worst(f"ask_{question.key}", language, question.prompt.choices)
    assert septets(words(ask.key, language)) <= QUESTION_SEPTETS_MAX
    assert screens(language, ask)[0].endswith(words("nav_back", language))
    for error in ERRORS[question.key]:
        complaint = worst(error, language)
        assert len(screens(language, complaint, ask)) == 1
        assert len(screens(language, complaint, Prompt("help_hotline"), ask)) == 1


@each_language
def test_a_confirmation_with_the_longest_name_fits_one_screen(language):
    for key in COMPOSED:
        if key.startswith("confirm"):
            assert len(screens(language, worst(key, language, ("yes", "change")))) == 1, key


@each_language
def test_the_menus_fit_one_screen_with_an_error_and_the_hotline(language):
    menu = Prompt("menu", {}, ("menu_register", "menu_status", "menu_appointment", "language:id"))
    languages = Prompt("choose_language", {}, tuple(f"language:{code}" for code in THERE))
    resume = worst("resume", language, ("continue", "start_again"))
    for prompt in (menu, languages, resume):
        said = (Prompt("choice_unclear"), Prompt("help_hotline"), prompt)
        assert len(screens(language, *said)) == 1


@each_language
def test_help_and_the_menu_fit_one_screen(language):
    other = next(f"language:{code}" for code in WORDING.languages if code != language)
    menu = Prompt("menu", {}, ("menu_register", "menu_status", "menu_appointment", other))
    assert len(screens(language, Prompt("help"), menu)) == 1


@each_language
@pytest.mark.parametrize("style", ["short", "long"])
def test_every_word_that_help_names_is_a_command(language, style):
    named = re.findall(r"[A-Z]{3,}", CATALOGS[language][style, "help"][0])
    commands = {KEYWORDS.command(word) for word in named}
    assert {"status", "appointment", "correct", "leave", "looks", "cancel", "stop"} <= commands
    assert None not in commands


@each_language
def test_each_language_says_its_own_name(language):
    others = {CATALOGS[other]["short", "language_name"] for other in CATALOGS if other != language}
    assert CATALOGS[language]["short", "language_name"] not in others


# `ended` closes a USSD session, `said_before` repeats what is queued, `nav_…` are of screens.
OF_A_MENU = re.compile(r"\b(?:pilih|choose|press|ketik|type)\w* [0-9]{1,2}\b|\bmenu\b|\b00\b")
NOT_IN_LETTERS = IN_LETTERS | {"ended", "said_before"}


@each_language
def test_no_letter_speaks_of_a_menu(language):
    said = CATALOGS[language]
    for key in KEYS:
        words_ = said.get(("long", key)) or said.get(("short", key), ())
        if key not in NOT_IN_LETTERS and not key.startswith("nav_"):
            assert not any(OF_A_MENU.search(one.lower()) for one in words_), key


@pytest.mark.parametrize("language", ["id", "en", "jv"])
@pytest.mark.parametrize("key", ["case_unlinked", "phone_moved_away"])
def test_a_phone_that_may_be_anothers_by_now_is_not_told_the_number(key, language):
    said = Reply((Prompt(key, {"number": "7K3M-9QXC"}),), language)
    for style in ("short", "long"):
        assert "7K3M" not in WORDING.text(said, style)
