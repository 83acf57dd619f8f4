import json

import pytest
from pydantic import ValidationError

from channels.ussd.gateway_table import (
    SCREEN_SEPTETS_MAX,
    SCREEN_SEPTETS_MIN,
    AnswerTable,
    GatewayTable,
)
from channels.ussd.plain_xml import read_xml
from tests.fixtures.ussd_gateways import TABLES

WORDS = 'Nama "A" & <B>\\ {phone}\nlanjut: {words} 100%'
VALUES = {"words": WORDS, "session": 'a"<&', "phone": "+62", "callback": "https://x/?key=a&b"}


def answered(form, template, *, ends=False):
    answer = AnswerTable(format=form, goes_on=template, ends=template)
    return answer.render(VALUES, ends=ends).body.decode()


def test_what_was_typed_or_said_cannot_leave_its_place():
    template = "<a><b>{words}</b><c at='1' to=\"{callback}\">{session}</c></a>"
    found = read_xml(answered("xml", template).encode())
    assert found["/a/b"] == WORDS
    assert found["/a/c/@to"] == VALUES["callback"]
    assert found["/a/c"] == VALUES["session"]
    read = json.loads(answered("json", '{"a": {"b": "{words}"}, "c": "{session}"}'))
    assert read == {"a": {"b": WORDS}, "c": VALUES["session"]}
    assert answered("text", "CON {words}") == f"CON {WORDS}"


def test_where_the_call_goes_on_or_ends_body_and_headers_differ():
    answer = AnswerTable(
        format="text",
        goes_on="{words}",
        ends="{words}.",
        goes_on_headers={"freeflow": "FC"},
        ends_headers={"freeflow": "FB"},
    )
    on, over = answer.render(VALUES, ends=False), answer.render(VALUES, ends=True)
    assert (on.headers, over.headers) == ((("freeflow", "FC"),), (("freeflow", "FB"),))
    assert over.body == on.body + b"."


@pytest.mark.parametrize(
    ("form", "kind"), [("text", "text/plain"), ("json", "application/json"), ("xml", "text/xml")]
)
def test_the_format_names_the_content_type_unless_the_table_does(form, kind):
    template = {"text": "{words}", "json": '"{words}"', "xml": "<a>{words}</a>"}[form]
    answer = AnswerTable(format=form, goes_on=template, ends=template)
    assert answer.render(VALUES, ends=True).content_type.startswith(kind)
    named = answer.model_copy(update={"content_type": "text/html"})
    assert named.render(VALUES, ends=True).content_type == "text/html"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"format": "html"}, "Input should be"),
        ({"ends": "END"}, "have no place"),
        ({"ends": "{words} {nik}"}, "is no value"),
        ({"format": "json", "ends": '{"a": {words}}', "goes_on": '"{words}"'}, "ends is not JSON"),
        ({"format": "xml", "goes_on": "<a>{words}", "ends": "<a>{words}</a>"}, "goes_on is not"),
        ({"format": "xml", "goes_on": "<!DOCTYPE a><a>{words}</a>"}, "goes_on is not XML"),
        ({"ends": "{words}" + "x" * 2_000}, "at most 2000"),
        ({"ends_headers": {"content-length": "1"}}, "no header"),
        ({"ends_headers": {"X": "1"}}, "no header"),
        ({"ends_headers": {"x": "1\r\nset-cookie: a"}}, "no header"),
        ({"colour": "red"}, "not permitted"),
    ],
)
def test_a_fault_of_an_answer_is_a_sentence(change, fault):
    sound = {"format": "text", "goes_on": "CON {words}", "ends": "END {words}"}
    with pytest.raises(ValidationError, match=fault):
        AnswerTable.model_validate(sound | change)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"phone": "msisdn"}, "is no place"),
        ({"methods": []}, "at least 1"),
        ({"methods": ["PUT"]}, "should be"),
        ({"begin": []}, "kind and begin are missing"),
        ({"kind": None}, "belong together"),
        ({"kind": None, "begin": [], "continues": [], "end": []}, "kind and begin are missing"),
        ({"end": ["1"]}, "stands twice"),
        ({"history": True, "session": None}, "session is missing"),
        ({"service_code": "119"}, "pattern"),
        ({"country": "id"}, "pattern"),
        ({"screen_septets": SCREEN_SEPTETS_MIN - 1}, "greater"),
        ({"screen_septets": SCREEN_SEPTETS_MAX + 1}, "less"),
        ({"timeout": ["4"]}, "not permitted"),
    ],
)
def test_a_fault_of_a_table_is_a_sentence(change, fault):
    with pytest.raises(ValidationError, match=fault):
        GatewayTable.model_validate(TABLES["truroute"] | change)


def test_screens_have_a_size_at_both_ends():
    for size in (SCREEN_SEPTETS_MIN, SCREEN_SEPTETS_MAX):
        table = GatewayTable.model_validate(TABLES["truroute"] | {"screen_septets": size})
        assert table.screen_septets == size
