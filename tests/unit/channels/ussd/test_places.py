import json

import pytest

from channels.contract import RejectedError, Request
from channels.ussd.places import DEPTH_MAX, VALUES_MAX, Fields, check_place, read_json
from tests.contract.channels import NOW


def fields(query="", body=b""):
    return Fields(Request(method="POST", path="/", query=query, body=body, received_at=NOW))


def test_each_part_of_a_request_is_read_where_the_place_says():
    assert fields("a=1").get("query:a") == "1"
    assert fields("a=1", b"a=2").get("form:a") == "2"
    assert fields("a=1", b'{"a": 3}').get("json:/a") == "3"
    assert fields("a=1", b"<a>4</a>").get("xml:/a") == "4"


def test_what_is_not_there_is_empty():
    assert fields("a=1", b"<a/>").get("xml:/b") == fields("a=1").get("query:b") == ""


def test_a_part_that_no_place_names_is_not_read():
    assert fields("a=1", b"<not xml").get("query:a") == "1"
    with pytest.raises(RejectedError):
        fields("a=1", b"<not xml").get("xml:/a")


def test_json_is_read_by_pointer():
    body = {"a": {"b/c": ["x", {"d~": "y"}]}, "n": 62811, "t": True, "f": False, "none": None}
    found = read_json(json.dumps(body).encode())
    assert found["/a/b~1c/0"] == "x"
    assert found["/a/b~1c/1/d~0"] == "y"
    assert (found["/n"], found["/t"], found["/f"]) == ("62811", "true", "false")
    assert "/none" not in found


def test_numbers_that_are_no_ids_and_nuls_are_not_passed_on():
    found = read_json(b'{"big": 1000000000000000000, "half": 0.5, "nul": "a\\u0000"}')
    assert found == {"/nul": "a\ufffd"}


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 10_000, b"9" * 9_000, b"\xff", b'"\\ud800"'])
def test_what_is_no_json_is_refused(body):
    with pytest.raises(RejectedError, match="is not JSON"):
        read_json(body)


def test_values_are_bounded():
    assert len(read_json(json.dumps(["x"] * VALUES_MAX).encode())) == VALUES_MAX
    with pytest.raises(RejectedError, match="too many"):
        read_json(json.dumps(["x"] * (VALUES_MAX + 1)).encode())


def test_what_lies_deeper_than_the_bound_is_not_looked_for():
    assert read_json(b"[" * DEPTH_MAX + b'"x"' + b"]" * DEPTH_MAX)
    assert read_json(b"[" * (DEPTH_MAX + 1) + b'"x"' + b"]" * (DEPTH_MAX + 1)) == {}


@pytest.mark.parametrize(
    "place", ["query:a", "form:session_id", "json:/a", "json:/a/0/b~1c", "xml:/a/b", "xml:/a/@b"]
)
def test_a_place_is_a_part_and_a_name(place):
    assert check_place(place) == place


@pytest.mark.parametrize(
    "place",
    [
        *("", "a", "query:", "query:a b", "json:a", "json:/", "xml:/", "xml:a", "xml:/a//b"),
        *("xml:/@a", "header:a", "xml:/a/@b/c", "query:" + "a" * 65),
        *("json:" + "/a" * 9, "xml:" + "/a" * 9),
    ],
)
def test_anything_else_is_none(place):
    with pytest.raises(ValueError, match="is no place"):
        check_place(place)
