"""The check of a JSON body against the schema of its act.

Known are: `type`, `enum`, `properties`, `required`, `oneOf` (of `required`), `items`, `maxItems`,
`minItems`, `minLength`, `maxLength`, `pattern`, `minimum`, `maximum`, and the `format` `date`. An
object takes no other properties than its own. Sentences name the field, never its value.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from gateway.http.problems import ProblemError
from gateway.operators.acts import Act

Schema = Mapping[str, Any]

REASON_CHARACTERS_MAX: Final = 500
TEXT_CHARACTERS_MAX: Final = 2_000  # of a text whose schema has no `maxLength`
ITEMS_MAX: Final = 1_000  # of a list whose schema has no `maxItems`
REASON: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": REASON_CHARACTERS_MAX,
    "pattern": r"\S",
    "description": "why; the audit keeps it",
}
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_NAMES: Final = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def body_schema(act: Act) -> Schema | None:
    """Return the schema of the act's whole body, with `reason`; None for an act without a body."""
    if act.body is None and not act.writes:
        return None
    own = act.body or {"type": "object"}
    required = [*own.get("required", ()), *(["reason"] if act.writes and not act.plain else [])]
    properties = {**own.get("properties", {}), "reason": REASON}
    return {**own, "properties": properties, "required": required, "additionalProperties": False}


def check(schema: Schema, value: object, name: str = "the body") -> None:
    """Raise `ProblemError` (422) unless the value is what the schema says."""
    kinds = schema.get("type", ())
    kinds = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    if kinds and not any(_is(kind, value) for kind in kinds):
        raise _wrong(name, f"should be {' or '.join(_NAMES[kind] for kind in kinds)}")
    if "enum" in schema and value not in schema["enum"]:
        raise _wrong(name, f"should be one of: {', '.join(map(str, schema['enum']))}")
    for kind, look in _LOOKS.items():
        if _is(kind, value):
            look(schema, value, name)


def _is(kind: str, value: object) -> bool:
    if isinstance(value, bool):  # which Python takes for an integer
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])


def _wrong(name: str, what: str) -> ProblemError:
    return ProblemError(422, f"{name} {what}")


def _check_text(schema: Schema, value: str, name: str) -> None:
    least, most = schema.get("minLength", 0), schema.get("maxLength", TEXT_CHARACTERS_MAX)
    if not least <= len(value) <= most:
        raise _wrong(name, f"should be a text of {least} to {most} letters")
    if not value.replace("\n", "").replace("\r", "").isprintable():
        raise _wrong(name, "has characters that cannot be written")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        raise _wrong(name, "is not written as it should be")
    if schema.get("format") == "date":
        _check_date(value, name)


def _check_date(value: str, name: str) -> None:
    try:
        read = date.fromisoformat(value)
    except ValueError:
        read = None
    if read is None or read.isoformat() != value:
        raise _wrong(name, "should be a date, as 2021-01-15")


def _check_number(schema: Schema, value: float, name: str) -> None:
    least, most = schema.get("minimum"), schema.get("maximum")
    if (least is not None and value < least) or (most is not None and value > most):
        raise _wrong(name, f"should be from {least} to {most}")


def _check_list(schema: Schema, value: Sequence[object], name: str) -> None:
    least, most = schema.get("minItems", 0), schema.get("maxItems", ITEMS_MAX)
    if not least <= len(value) <= most:
        raise _wrong(name, f"should have {least} to {most} items")
    for place, each in enumerate(value, 1):
        check(schema.get("items", {}), each, f"item {place} of {name}")


def _check_object(schema: Schema, value: Mapping[str, object], name: str) -> None:
    known: Mapping[str, Schema] = schema.get("properties", {})
    if value.keys() - known.keys():
        raise _wrong(name, f"takes only: {', '.join(known) or 'nothing'}")
    if "oneOf" in schema:
        _check_one_of(schema, value, name)
    for missing in (each for each in schema.get("required", ()) if each not in value):
        raise _wrong(name, f"lacks: {missing}")
    for each, inner in value.items():
        check(known[each], inner, each)


def _check_one_of(schema: Schema, value: Mapping[str, object], name: str) -> None:
    ways = [tuple(way["required"]) for way in schema["oneOf"]]
    if sum(all(each in value for each in way) for way in ways) != 1:
        listed = ", ".join(" with ".join(way) for way in ways)
        raise _wrong(name, f"should have exactly one of: {listed}")


_LOOKS: Final[dict[str, Callable[[Schema, Any, str], None]]] = {
    "object": _check_object,
    "array": _check_list,
    "string": _check_text,
    "number": _check_number,
}
