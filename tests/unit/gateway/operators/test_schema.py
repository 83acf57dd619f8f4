"""A body is checked by the schema of its act, at every bound."""

import pytest

from gateway.http.problems import ProblemError
from gateway.operators.schema import ITEMS_MAX, TEXT_CHARACTERS_MAX, check

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 3},
        "day": {"type": "string", "format": "date"},
        "note": {"type": ["string", "null"]},
        "dose": {"type": "integer", "minimum": 1, "maximum": 2},
        "came": {"type": "boolean"},
        "rate": {"type": "number"},
        "kind": {"enum": ["a", "b"]},
        "code": {"type": "string", "pattern": "^[0-9]+$"},
        "several": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2},
        "many": {"type": "array"},
    },
    "required": ["name"],
}
ONE_OF = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in "abc"},
    "oneOf": [{"required": ["a"]}, {"required": ["b", "c"]}],
}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"name": "abc"},
        {"day": "2021-01-15"},
        {"note": None},
        {"note": "two\nlines"},
        {"note": "x" * TEXT_CHARACTERS_MAX},
        {"dose": 1},
        {"dose": 2},
        {"came": True},
        {"rate": 0.5},
        {"rate": 1},
        {"kind": "b"},
        {"code": "12"},
        {"several": [1, 2]},
        {"many": [0] * ITEMS_MAX},
    ],
)
def test_what_is_as_it_should_be_passes(more):
    check(PERSON, {"name": "a", **more})


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "abcd"}, "name"),
        ({"name": None}, "name"),
        ({"day": "2021-02-30"}, "day"),
        ({"day": "20210115"}, "day"),
        ({"note": "\x00"}, "note"),
        ({"note": "\ud800"}, "note"),
        ({"note": "x" * (TEXT_CHARACTERS_MAX + 1)}, "note"),
        ({"dose": 0}, "dose"),
        ({"dose": 3}, "dose"),
        ({"dose": True}, "dose"),
        ({"dose": 1.5}, "dose"),
        ({"came": 1}, "came"),
        ({"rate": True}, "rate"),
        ({"kind": "c"}, "kind"),
        ({"kind": ["a"]}, "kind"),
        ({"code": "1x"}, "code"),
        ({"several": []}, "several"),
        ({"several": [1, 2, 3]}, "several"),
        ({"several": [1, "x"]}, "item 2 of several"),
        ({"many": [0] * (ITEMS_MAX + 1)}, "many"),
        ({"other": 1}, "takes only"),
    ],
)
def test_what_is_not_is_told_by_its_field(more, field):
    with pytest.raises(ProblemError) as told:
        check(PERSON, {"name": "a", **more})
    assert told.value.status == 422
    assert field in told.value.detail


@pytest.mark.parametrize("value", [{}, [], "x", 1, None, {"day": "2021-01-15"}])
def test_what_lacks_a_field_or_is_no_object_is_refused(value):
    with pytest.raises(ProblemError):
        check(PERSON, value)


def test_exactly_one_way_is_taken():
    check(ONE_OF, {"a": "x"})
    check(ONE_OF, {"b": "x", "c": "x"})
    for wrong in ({}, {"b": "x"}, {"a": "x", "b": "x", "c": "x"}):
        with pytest.raises(ProblemError, match="exactly one of: a, b with c"):
            check(ONE_OF, wrong)
