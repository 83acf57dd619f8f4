"""What a response may bear besides its body: what a server takes, and nothing of its own."""

import pytest

from channels.contract import (
    FRAMING,
    RESPONSE_HEADERS_BYTES_MAX,
    RESPONSE_HEADERS_MAX,
    Response,
)


def refused(*headers):
    with pytest.raises(ValueError, match="header") as caught:
        Response(headers=headers)
    return str(caught.value)


def test_so_many_headers_and_no_more():
    assert Response(headers=(("x-a", "1"),) * RESPONSE_HEADERS_MAX)
    refused(*(("x-a", "1"),) * (RESPONSE_HEADERS_MAX + 1))


def test_headers_of_such_a_size_and_no_more():
    room = RESPONSE_HEADERS_BYTES_MAX - len("x-a")
    assert Response(headers=(("x-a", "1" * room),))
    refused(("x-a", "1" * (room + 1)))


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b", "a\n", "a\0", "\x7f", "é", "\t"])
def test_no_value_ends_its_line(value):
    assert value not in refused(("x-a", value))


@pytest.mark.parametrize("name", ["", "X-A", "x a", "x:", "x\n", "é", *sorted(FRAMING)])
def test_no_name_is_of_the_framing_or_none_at_all(name):
    refused((name, "1"))


def test_a_repr_tells_no_cookie():
    assert "geheim" not in repr(Response(headers=(("set-cookie", "geheim"),)))
