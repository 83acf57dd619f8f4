"""The form: which questions a registration asks, in order, and how each answer is read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from core.campaign import Campaign
from core.conversation.keywords import Keywords
from core.fields.choice import fold, parse_choice
from core.fields.invalid import InvalidError
from core.fields.name import parse_name
from core.fields.nik import parse_nik
from core.fields.phone import parse_phone
from core.fields.profession import WrittenProfession, parse_profession
from core.messages import Prompt

CONSENT, NIK, FULL_NAME, PROFESSION, PHONE = "consent", "nik", "full_name", "profession", "phone"
PROFESSION_TEXT: Final = "profession_text"  # as written, where the choice does not tell it
SPOKEN_LENGTH_MAX: Final = 200  # of a profession with what specifies it
_CONSENT = ("agree", "disagree")
ASK_CONSENT: Final = Prompt("ask_consent", choices=_CONSENT)


@dataclass(frozen=True, slots=True)
class Question:
    """One field of the form. `parse` takes what was typed, and today; or raises InvalidError."""

    key: str
    parse: Callable[[str, date], str]
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Form:
    """The questions, in the order in which they are asked.

    `written_profession` reads a profession in a letter or a list, where nobody sees the choices.
    """

    questions: tuple[Question, ...]
    written_profession: Callable[[str], WrittenProfession]

    def find(self, key: str) -> Question | None:
        """Return the question with this key, if there is one."""
        return next((question for question in self.questions if question.key == key), None)

    def missing(self, answers: Mapping[str, str]) -> tuple[Question, ...]:
        """Return the questions without an answer, in order."""
        return tuple(question for question in self.questions if question.key not in answers)

    def before(self, key: str, answers: Mapping[str, str]) -> Question | None:
        """Return the last question with an answer before this one, or before the end."""
        keys = [question.key for question in self.questions]
        earlier = self.questions[: keys.index(key) if key in keys else len(keys)]
        return next(
            (question for question in reversed(earlier) if answers.get(question.key)), None
        )


def form_prompts(campaign: Campaign, *, asks_phone: bool) -> dict[str, Prompt]:
    """Return the question for each key, in order; a message from a phone gives its number."""
    codes = tuple(f"profession:{profession.code}" for profession in campaign.professions)
    listed = {CONSENT: _CONSENT, PROFESSION: codes}
    keys = (CONSENT, NIK, FULL_NAME, PROFESSION, *((PHONE,) if asks_phone else ()))
    return {key: Prompt(f"ask_{key}", choices=listed.get(key, ())) for key in keys}


def create_form(campaign: Campaign, keywords: Keywords, *, asks_phone: bool) -> Form:
    """Return the form of this campaign; a message from a phone already gives its number."""
    reads: dict[str, Callable[[str, date], str]] = {
        CONSENT: lambda text, _: parse_choice(text, keywords.consent),
        NIK: lambda text, today: parse_nik(text, today=today).value,
        FULL_NAME: lambda text, _: parse_name(
            keywords.courtesies.bare_name(text), keywords.not_names
        ),
        PROFESSION: lambda text, _: _spoken_profession(keywords, text),
        PHONE: lambda text, _: parse_phone(text, country=campaign.country),
    }
    prompts = form_prompts(campaign, asks_phone=asks_phone)
    questions = tuple(Question(key, reads[key], prompt) for key, prompt in prompts.items())
    other = next((one.code for one in campaign.professions if one.other), "")

    def written_profession(text: str) -> WrittenProfession:
        known = keywords.without_courtesies(text)
        return parse_profession(known, keywords.professions, other=other)

    return Form(questions, written_profession)


def parse_answers(
    given: Iterable[tuple[Question, str]], today: date
) -> tuple[dict[str, str], dict[str, InvalidError]]:
    """Return the answers that can be used, and the errors of the others, by question key."""
    answers, errors = {}, {}
    for question, text in given:
        try:
            answers[question.key] = question.parse(text, today)
        except InvalidError as error:
            errors[question.key] = error
    return answers, errors


def parse_written(
    form: Form, given: Iterable[tuple[Question, str]], today: date
) -> tuple[dict[str, str], dict[str, InvalidError]]:
    """Return the same of what was written in a letter or a list.

    The answers then hold `PROFESSION_TEXT`, too: the words of a profession that no choice names.
    """
    written = {question.key: (question, text) for question, text in given}
    profession = written.pop(PROFESSION, None)
    answers, errors = parse_answers(written.values(), today)
    if profession is not None:
        try:
            answers[PROFESSION], answers[PROFESSION_TEXT] = form.written_profession(profession[1])
        except InvalidError as error:
            errors[PROFESSION] = error
    return answers, errors


def changeable(form: Form) -> tuple[str, ...]:
    """Return the keys of the answers that a person may change, in the order of the form."""
    return tuple(question.key for question in form.questions if question.key != CONSENT)


def choose_field(text: str, offered: Sequence[str], words: Mapping[str, str]) -> str:
    """Return the field that `text` names, or numbers as offered; or raise InvalidError."""
    named = {word: key for word, key in words.items() if key in offered}
    return parse_choice(text, named | {str(n): key for n, key in enumerate(offered, 1)})


def listed_profession(campaign: Campaign, written: str) -> str:
    """Return the choice that the roster's words name; "" if that is not sure."""
    choices = {
        fold(word): one.code
        for one in campaign.professions
        if not one.other
        for word in (one.code, *one.label.values(), *one.words)
    }
    try:
        return parse_profession(written, choices, other="").code
    except InvalidError:
        return ""


def _spoken_profession(keywords: Keywords, text: str) -> str:
    """Return the choice; or the one that stands first, whatever specifies it: `bidan desa`."""
    known = keywords.without_courtesies(text[:SPOKEN_LENGTH_MAX])
    try:
        return parse_choice(known, keywords.professions)
    except InvalidError:
        if known[:1].isdecimal():
            raise
        return parse_profession(keywords.bare(known), keywords.professions, other="").code
