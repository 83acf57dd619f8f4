"""The registry's OpenAPI file says what we really send, and what we really understand."""

import json
import re
from datetime import date, datetime

import pytest
import yaml

from core.database.unavailable import UnavailableError
from core.registration.feed import AppointmentPayload, RecordPayload, SqlFeed
from gateway.registry import client as asking
from gateway.registry import feed as feeding
from gateway.registry.client import Answer, Caller, HttpRegistry
from gateway.registry.feed import Feed, to_registry
from gateway.runtime.metrics import Metrics
from gateway.sending.delivery import create_client
from tests.docs.pages import ROOT
from tests.fixtures.registry import TOKEN
from tests.integration.test_feed import NOW, lines, put_in, visited
from tests.integration.test_registry import NO_WORDS, SITI, WORDS

API = yaml.safe_load((ROOT / "docs" / "registry-openapi.yaml").read_text())
SCHEMAS = API["components"]["schemas"]
PAGE = (ROOT / "docs" / "registry.md").read_text()
TYPES = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}
FORMATS = {"date": date.fromisoformat, "date-time": datetime.fromisoformat}


def faults(value, schema, at="$"):
    """Yield what of the value is not as the schema says: as much of JSON Schema as is used."""
    if "$ref" in schema:
        yield from faults(value, SCHEMAS[schema["$ref"].rsplit("/", 1)[1]], at)
    elif "oneOf" in schema:
        fits = [one for one in schema["oneOf"] if not list(faults(value, one, at))]
        yield from () if len(fits) == 1 else (f"{at}: fits {len(fits)} of them",)
    elif not isinstance(value, types(schema)) or (
        isinstance(value, bool) != (bool in types(schema))
    ):
        yield f"{at}: {type(value)}"
    else:
        yield from _CHECKS.get(type(value), lambda *_: ())(value, schema, at)


def types(schema):
    named = schema["type"]
    return tuple(TYPES[one] for one in ([named] if isinstance(named, str) else named))


def _list_faults(value, schema, at):
    for n, one in enumerate(value):
        yield from faults(one, schema["items"], f"{at}[{n}]")


def _number_faults(value, schema, at):
    if value < schema.get("minimum", value):
        yield f"{at}: too small"


def _object_faults(value, schema, at):
    known = schema["properties"]
    for name in schema["required"]:
        if name not in value:
            yield f"{at}.{name}: missing"
    for name, one in value.items():
        if name in known:
            yield from faults(one, known[name], f"{at}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{at}.{name}: unknown"


def _text_faults(value, schema, at):
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at}: not of the pattern"
    if value not in schema.get("enum", [value]):
        yield f"{at}: none of the words"
    if len(value) > schema.get("maxLength", len(value)):
        yield f"{at}: too long"
    if schema.get("format"):
        try:
            FORMATS[schema["format"]](value)
        except ValueError:
            yield f"{at}: not a {schema['format']}"


_CHECKS = {dict: _object_faults, list: _list_faults, str: _text_faults, int: _number_faults}


def operation(path):
    return API["paths"][path]["post"]


def schema_of(path, kind):
    return operation(path)["requestBody"]["content"][kind]["schema"]


def check_head(path, headers):
    """The request is to that path, of a described kind, and bears what every one must."""
    assert path in API["paths"]
    assert headers["content-type"] in operation(path)["requestBody"]["content"]
    assert headers["authorization"].startswith("Bearer ")
    rule = API["components"]["parameters"]["IdempotencyKey"]
    key = headers[rule["name"].lower()]
    assert rule["schema"]["minLength"] <= len(key) <= rule["schema"]["maxLength"]


@pytest.fixture
async def caller(registry):
    async with create_client() as client:
        yield Caller(client, registry.url, TOKEN)


async def test_the_question_is_as_described(registry, caller):
    await HttpRegistry(caller, metrics=Metrics()).look_up(SITI)
    ((path, headers, body),) = registry.requests
    check_head(path, headers)
    assert list(faults(json.loads(body), schema_of(path, headers["content-type"]))) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_lines_are_as_described(database, registry, caller):
    await database.write(lambda use: put_in(use, 3))
    await database.write(visited)
    clock = lambda: NOW  # noqa: E731
    await Feed(
        SqlFeed(database), to_registry(caller), "one", metrics=Metrics(), clock=clock
    ).turn()
    ((path, headers, body),) = registry.requests
    check_head(path, headers)
    schema = schema_of(path, headers["content-type"])
    told = lines(body)
    assert [list(faults(line, schema)) for line in told] == [[], [], []]
    assert sum(line["appointment"] is not None for line in told) == 1


def test_every_field_of_a_line_is_described_and_always_there():
    for struct, name in ((RecordPayload, "Record"), (AppointmentPayload, "Appointment")):
        fields = list(struct.__struct_fields__)
        assert list(SCHEMAS[name]["properties"]) == fields
        assert sorted(SCHEMAS[name]["required"]) == sorted(fields)


WORD = SCHEMAS["Word"]


@pytest.mark.parametrize(("answer", "listing"), WORDS)
def test_every_word_that_we_understand_is_as_described(answer, listing):
    assert list(faults(answer, WORD)) == []


def test_what_is_not_as_described_is_no_word():
    wrong = [answer for status, answer in NO_WORDS if status == 200 and is_object(answer)]
    wrong = [answer for answer in wrong if list(faults(json.loads(answer), WORD))]
    assert len(wrong) >= 6
    for answer in wrong:
        with pytest.raises(UnavailableError):
            asking._read_listing(Answer(200, answer))


def is_object(answer):
    try:
        return isinstance(json.loads(answer), dict)
    except (ValueError, RecursionError):
        return False


def test_every_status_described_is_taken_as_described():
    for path in API["paths"]:
        for code in map(int, operation(path)["responses"]):
            answer = Answer(code, b"{}")
            about_us = code in {401, 403}
            assert answer.refuses_content == (400 <= code < 500 and not about_us and code != 429)
            assert answer.is_transient == (code in {429, 503})


def test_the_examples_on_the_page_are_as_described():
    shown = [line.strip() for line in PAGE.splitlines() if line.startswith("    {")]
    question, word, *told = map(json.loads, shown)
    assert list(faults(question, SCHEMAS["Question"])) == []
    assert list(faults(word, WORD)) == []
    assert [list(faults(line, SCHEMAS["Record"])) for line in told] == [[], []]


def test_the_bounds_on_both_pages_are_those_of_the_code():
    text = (ROOT / "docs" / "registry-openapi.yaml").read_text()
    assert f"{feeding.BATCH_MAX} lines, at most {feeding.BATCH_BYTES_MAX:,} bytes" in text
    assert f"At most {asking.ANSWER_BYTES_MAX:,} bytes" in text
    assert f"silence of {asking.ANSWER_SECONDS:.0f} seconds" in text
    properties = WORD["properties"]
    assert properties["full_name"]["maxLength"] == asking.NAME_CHARACTERS_MAX
    assert properties["facility_code"]["maxLength"] == asking.CODE_CHARACTERS_MAX
    assert f"up to {feeding.BATCH_MAX} lines and {feeding.BATCH_BYTES_MAX:,} bytes" in PAGE
    assert f"After {feeding.REFUSED_MAX} such lines" in PAGE
    assert f"no answer in {asking.ANSWER_SECONDS:.0f} seconds" in PAGE


def test_a_fault_of_shape_is_seen():
    assert list(faults({"listed": "yes"}, WORD))
    assert list(faults({}, WORD))
    assert list(faults({"nik": "1"}, SCHEMAS["Question"]))
