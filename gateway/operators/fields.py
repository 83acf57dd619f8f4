"""What an official writes into fields of a registration, read as everywhere else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from core.conversation.form_questions import (
    FULL_NAME,
    NIK,
    PHONE,
    PROFESSION,
    PROFESSION_TEXT,
    Form,
    create_form,
    parse_written,
)
from core.conversation.keywords import Keywords
from core.fields.invalid import InvalidError
from core.fields.timezones import local, zone_of
from core.messages import Prompt, Reply
from gateway.http.problems import ProblemError
from gateway.operators.desk import Desk
from gateway.operators.schema import Schema

FIELD_CHARACTERS_MAX: Final = 200
TEXT: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": FIELD_CHARACTERS_MAX,
    "pattern": r"\S",
}
LANGUAGE: Final = "language"
_ENGLISH: Final = "en"


def read_fields(desk: Desk, body: Mapping[str, Any], at: datetime) -> dict[str, str]:
    """Return the fields of the form and the language that the body has, each as it is stored.

    `PROFESSION_TEXT` is among them where no choice names the profession. Raises `ProblemError`
    (422), which names the field and says in words what is wrong with it.
    """
    form = _form(desk)
    given = [(one, body[one.key]) for one in form.questions if body.get(one.key)]
    today = local(at, zone_of(body.get(NIK, ""))).date()
    fields, errors = parse_written(form, given, today)
    for name, error in errors.items():
        raise ProblemError(422, f"{name}: {_in_words(desk, error)}")
    return fields | read_language(desk, body)


def read_language(desk: Desk, body: Mapping[str, Any]) -> dict[str, str]:
    """Return the language, if the body has one; raise `ProblemError` (422) for an unknown one."""
    if LANGUAGE not in body:
        return {}
    if body[LANGUAGE] not in desk.wording.languages:
        known = ", ".join(sorted(desk.wording.languages))
        raise ProblemError(422, f"language: should be one of: {known}")
    return {LANGUAGE: body[LANGUAGE]}


def _form(desk: Desk) -> Form:
    keywords = Keywords(desk.wording.typed, desk.campaign)
    return create_form(desk.campaign, keywords, asks_phone=True)


def _in_words(desk: Desk, error: InvalidError) -> str:
    return desk.wording.text(Reply((Prompt(error.code, error.facts),), _ENGLISH), "short")


__all__ = [
    "FULL_NAME",
    "LANGUAGE",
    "NIK",
    "PHONE",
    "PROFESSION",
    "PROFESSION_TEXT",
    "TEXT",
    "read_fields",
    "read_language",
]
