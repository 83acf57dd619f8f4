"""Forms with a file, as browsers write them and as strangers might."""

import pytest

from gateway.http.problems import ProblemError
from gateway.operators.console.forms import FIELDS_MAX
from gateway.operators.console.parts import parse_parts

TYPE = "multipart/form-data; boundary=b0"


def part(head, content):
    return b"--b0\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (head, content)


def body(*parts):
    return b"".join(parts) + b"--b0--\r\n"


def test_fields_and_the_file_are_told_apart():
    file = part(b'name="file"; filename="a.csv"', b"nik\r\n1\r\n\r\n2")
    form = body(part(b'name="csrf"', b" x "), file, part(b'name="next"', b"/console"))
    assert parse_parts(form, TYPE) == ({"csrf": "x", "next": "/console"}, b"nik\r\n1\r\n\r\n2")
    assert parse_parts(form, 'multipart/form-data; boundary="b0"') == parse_parts(form, TYPE)


@pytest.mark.parametrize("form", [
    b"",
    b"--b0",
    body(part(b'name="a"', b"1"))[:-6],
    body(part(b"", b"1")),
    body(part(b'name="a"', b"\xff")),
    body(part(b'name="a"', b"\0")),
    body(*[part(b'name="a"', b"1")] * FIELDS_MAX),
    b"x" + body(part(b'name="a"', b"1")),
])  # fmt: skip
def test_what_is_no_form_is_refused(form):
    with pytest.raises(ProblemError) as refused:
        parse_parts(form, TYPE)
    assert refused.value.status == 422


def test_a_form_without_a_boundary_is_refused():
    with pytest.raises(ProblemError):
        parse_parts(body(), "multipart/form-data")


def test_as_many_fields_as_a_form_may_have_are_read():
    fields = [part(b'name="a%d"' % n, b"1") for n in range(FIELDS_MAX - 1)]
    assert len(parse_parts(body(*fields), TYPE)[0]) == FIELDS_MAX - 1
