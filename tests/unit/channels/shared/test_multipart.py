"""Forms with a file, as browsers write them and as strangers might."""

from contextlib import suppress
from time import process_time

import pytest

from channels.contract import RejectedError
from channels.shared.multipart import (
    BOUNDARY_CHARACTERS_MAX,
    HEAD_BYTES_MAX,
    NAME_BYTES_MAX,
    PARTS_MAX,
    is_multipart,
    read_multipart,
)

TYPE = "multipart/form-data; boundary=b0"
FILE = b'name="file"; filename="a.csv"'


def part(head, content):
    return b"--b0\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (head, content)


def body(*parts):
    return b"".join(parts) + b"--b0--\r\n"


def test_fields_and_the_file_are_told_apart():
    file = part(FILE, b"nik\r\n1\r\n\r\n2")
    form = body(part(b'name="csrf"', b" x "), file, part(b'name="next"', b"/console"))
    assert read_multipart(form, TYPE) == (
        {"csrf": "x", "next": "/console"},
        b"nik\r\n1\r\n\r\n2",
    )
    assert read_multipart(form, 'multipart/form-data; boundary="b0"') == read_multipart(form, TYPE)


def test_a_field_of_files_that_was_left_empty_is_no_file():
    none = part(b'name="file"; filename=""\r\nContent-Type: application/octet-stream', b"")
    assert read_multipart(body(none, part(b'name="a"', b"1")), TYPE) == ({"a": "1"}, b"")


def test_a_file_may_hold_what_looks_like_a_boundary():
    content = b"%PDF-\r\n\r\n--b1\r\n--\r\n--b\r\n\r\n--B0"
    assert read_multipart(body(part(FILE, content)), TYPE).file == content


def test_a_file_keeps_every_byte():
    content = bytes(range(256)) * 40
    assert read_multipart(body(part(FILE, content)), TYPE).file == content


@pytest.mark.parametrize("form", [
    b"",
    b"--b0",
    body(part(b'name="a"', b"1"))[:-6],
    body(part(b"", b"1")),
    body(part(b'name="a"', b"\xff")),
    body(part(b'name="a"', b"\0")),
    body(part(FILE, b"1"), part(FILE, b"2")),
    b"x" + body(part(b'name="a"', b"1")),
    body(part(b'name="a"', b"1")).replace(b"--b0\r\n", b"--b0x\r\n"),
    b'--b0\r\nContent-Disposition: form-data; name="a"\r\n--b0--\r\n',
])  # fmt: skip
def test_what_is_no_form_is_refused(form):
    with pytest.raises(RejectedError) as refused:
        read_multipart(form, TYPE)
    assert refused.value.status == 400


@pytest.mark.parametrize("kind", [
    "multipart/form-data",
    "multipart/form-data; boundary=",
    f"multipart/form-data; boundary={'b' * (BOUNDARY_CHARACTERS_MAX + 1)}",
])  # fmt: skip
def test_a_form_without_a_boundary_is_refused(kind):
    with pytest.raises(RejectedError):
        read_multipart(body(), kind)


def test_the_longest_boundary_is_read():
    mark = "b" * BOUNDARY_CHARACTERS_MAX
    form = body(part(b'name="a"', b"1")).replace(b"b0", mark.encode())
    assert read_multipart(form, f"multipart/form-data; boundary={mark}").fields == {"a": "1"}


def test_as_many_parts_as_a_form_may_have_are_read():
    fields = [part(b'name="a%d"' % n, b"1") for n in range(PARTS_MAX)]
    assert len(read_multipart(body(*fields), TYPE).fields) == PARTS_MAX
    with pytest.raises(RejectedError):
        read_multipart(body(*fields, fields[0]), TYPE)


def test_a_name_may_be_so_long():
    longest = b"a" * NAME_BYTES_MAX
    form = body(part(b'name="%s"' % longest, b"1"))
    assert read_multipart(form, TYPE).fields == {longest.decode(): "1"}
    with pytest.raises(RejectedError):
        read_multipart(form.replace(longest, longest + b"a"), TYPE)


def test_the_head_of_a_part_may_be_so_long():
    given = b'Content-Disposition: form-data; name="a"\r\nx: '
    head = given + b"y" * (HEAD_BYTES_MAX - len(given) - len(b"\r\n"))
    form = b"--b0\r\n" + head + b"\r\n\r\n1\r\n--b0--\r\n"
    assert read_multipart(form, TYPE).fields == {"a": "1"}
    with pytest.raises(RejectedError):
        read_multipart(form.replace(b"x: ", b"x: y"), TYPE)


def test_only_such_a_form_is_one():
    assert is_multipart(TYPE)
    assert is_multipart("Multipart/Form-Data ;boundary=x")
    assert not is_multipart("application/x-www-form-urlencoded")
    assert not is_multipart("")


HOSTILE = {
    "boundaries": lambda size: b"--b0\r\n" * (size // 6),
    "half boundaries": lambda size: body(part(FILE, b"\r\n--b" * (size // 5))),
    "semicolons": lambda size: body(part(b"; " * (size // 2), b"1")),
    "quotes": lambda size: body(part(b'name="' * (size // 6), b"1")),
    "no end of a head": lambda size: b"--b0\r\n" + b"\r\n " * (size // 3) + b"\r\n--b0--",
}


def cpu(form):
    began = process_time()
    with suppress(RejectedError):
        read_multipart(form, TYPE)
    return process_time() - began


@pytest.mark.parametrize("kind", HOSTILE)
def test_the_time_grows_with_the_size_and_no_faster(kind):
    small, large = HOSTILE[kind](500_000), HOSTILE[kind](5_000_000)
    least = min(cpu(small) for _ in range(3))
    assert min(cpu(large) for _ in range(3)) < 40 * least + 0.05
