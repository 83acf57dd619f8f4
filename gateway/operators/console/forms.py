"""Forms: what a browser posts, and the JSON that an act makes of it by its schema. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from gateway.http.problems import ProblemError

FORM_BYTES_MAX: Final = 65_536
FIELDS_MAX: Final = 100


class Field(NamedTuple):
    """One field of a form.

    `kind` is `text`, `date`, `number`, `choice`, `several` (of the choices), `flag` or `lines`.
    `title` is the key of its label, where that is another than its name.
    """

    name: str
    kind: str
    required: bool
    choices: tuple[str, ...] = ()
    characters_max: int | None = None
    title: str = ""


def parse_form(body: bytes) -> dict[str, str]:
    """Return the fields of a form, those of one name on lines; or raise `ProblemError` (422)."""
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict"
        )
    except ValueError:
        raise ProblemError(422, "the form cannot be read") from None
    if any("\x00" in text for pair in pairs for text in pair):
        raise ProblemError(422, "the form has characters that cannot be written")
    form: dict[str, str] = {}
    for name, value in pairs:
        form[name] = f"{form[name]}\n{value.strip()}" if name in form else value.strip()
    return form


def fields_of(schema: Mapping[str, Any] | None) -> Iterator[Field]:
    """Yield the fields of an act's body, in order."""
    required = (schema or {}).get("required", ())
    for name, one in (schema or {}).get("properties", {}).items():
        listed = one.get("items", one).get("enum", ())
        choices = tuple(str(choice) for choice in listed if choice is not None)
        title = one.get("title", "")
        yield Field(name, _kind(one), name in required, choices, one.get("maxLength"), title)


def body_of(schema: Mapping[str, Any] | None, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the JSON object of a form; fields that are left empty are left out."""
    given = ((one, form.get(one.name, "")) for one in fields_of(schema))
    return {
        one.name: _value(one.kind, text)
        for one, text in given
        if text or (one.kind == "flag" and one.required)  # a box that is not ticked is not sent
    }


def lacks(schema: Mapping[str, Any] | None, body: Mapping[str, Any]) -> bool:
    """Return True if a required field is missing, or each of several that would do."""
    wanted = schema or {}
    if any(name not in body for name in wanted.get("required", ())):
        return True
    ways = wanted.get("oneOf", ())
    return bool(ways) and all(lacks(way, body) for way in ways)


def _kind(one: Mapping[str, Any]) -> str:
    types = one.get("type", "string")
    named = types if isinstance(types, str) else next(iter(types), "string")
    if "enum" in one and named == "string":
        return "choice"
    if "enum" in one.get("items", {}):
        return "several"
    kinds = {"boolean": "flag", "integer": "number", "array": "lines"}
    return kinds.get(named, "date" if one.get("format") == "date" else "text")


def _value(kind: str, text: str) -> Any:
    match kind:
        case "flag":
            return text in {"1", "true", "on"}
        case "number":
            return int(text) if text.isascii() and text.isdecimal() else text  # the act refuses it
        case "lines" | "several":
            return [line.strip() for line in text.splitlines() if line.strip()]
        case _:
            return text
