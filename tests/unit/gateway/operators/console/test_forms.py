import pytest

from gateway.http.problems import ProblemError
from gateway.operators.console.forms import (
    FIELDS_MAX,
    Field,
    body_of,
    fields_of,
    lacks,
    parse_form,
)

SCHEMA = {
    "type": "object",
    "properties": {
        "full_name": {"type": "string", "maxLength": 80},
        "dose": {"type": "integer"},
        "offer": {"type": "string", "enum": ["next_free", "choose"]},
        "date": {"type": "string", "format": "date"},
        "numbers": {"type": "array"},
        "take": {"type": "array", "items": {"type": "string", "enum": ["phone", "language"]}},
        "came": {"type": ["boolean", "null"]},
    },
    "required": ["offer"],
}


def test_a_form_is_read_and_trimmed_and_one_name_may_come_twice():
    assert parse_form(b"a=+1+&b=&a=%C3%A9+") == {"a": "1\né", "b": ""}


@pytest.mark.parametrize("body", [b"\xff=1", b"a=%00", b"a=%ff"])
def test_what_cannot_be_text_is_refused(body):
    with pytest.raises(ProblemError) as caught:
        parse_form(body)
    assert caught.value.status == 422


def test_the_number_of_fields_is_bounded():
    most = "&".join(f"f{place}=1" for place in range(FIELDS_MAX))
    assert len(parse_form(most.encode())) == FIELDS_MAX
    with pytest.raises(ProblemError):
        parse_form(f"{most}&more=1".encode())


def test_a_schema_gives_the_fields():
    assert list(fields_of(SCHEMA)) == [
        Field("full_name", "text", required=False, characters_max=80),
        Field("dose", "number", required=False),
        Field("offer", "choice", required=True, choices=("next_free", "choose")),
        Field("date", "date", required=False),
        Field("numbers", "lines", required=False),
        Field("take", "several", required=False, choices=("phone", "language")),
        Field("came", "flag", required=False),
    ]
    assert list(fields_of(None)) == []
    titled = {"properties": {"code": {"title": "read_back"}}}
    assert [one.title for one in fields_of(titled)] == ["read_back"]


def test_a_form_becomes_the_body_of_an_act():
    form = {
        "full_name": "",
        "dose": "2",
        "numbers": "a\r\n\r\nb ",
        "take": "phone",
        "came": "true",
        "csrf": "x",
    }
    assert body_of(SCHEMA, form) == {
        "dose": 2,
        "numbers": ["a", "b"],
        "take": ["phone"],
        "came": True,
    }
    assert body_of(SCHEMA, {"dose": "٣"}) == {"dose": "٣"}
    assert body_of(None, form) == {}


def test_a_body_may_lack_something():
    assert lacks(SCHEMA, {})
    assert not lacks(SCHEMA, {"offer": "choose"})
    either = {"oneOf": [{"required": ["nik"]}, {"required": ["number"]}]}
    assert lacks(either, {})
    assert not lacks(either, {"number": "1"})
