"""Our form reader beside the library's: whatever is posted, the same fields or the same error."""

from random import Random
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.contract import RejectedError
from channels.shared.forms import FIELDS_MAX, read_octets, read_pairs

FORMS = 40_000
PIECES = (
    *(b"a", b"Z", b"7", b"=", b"==", b"&", b"&&", b";", b"+", b"%", b"%2", b"%2B", b"%2b", b"%26"),
    *(b"%3D", b"%zz", b"%%", b"%00", b"\0", b"%ff", b"%C3%A9", b"%c3", b"%A9", b"\xc3\xa9"),
    *(b"\xc3", b"\xff", b"\xf0\x9f\x91", b"%8D", b"%F0%9F%91%8D", b"%ED%A0%80", b" ", b"\n", b"#"),
)
QUOTED = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)


def of_the_library(form, encoding, fields_max=FIELDS_MAX):
    text = form.decode(encoding, errors="replace")
    try:
        return parse_qsl(
            text, keep_blank_values=True, encoding=encoding, max_num_fields=fields_max
        )
    except ValueError:
        return 400


def ours(read, form, fields_max=FIELDS_MAX):
    try:
        return read(form, fields_max=fields_max)
    except RejectedError as error:
        return error.status


def as_octets(pairs):
    return pairs if pairs == 400 else {name: value.encode("latin-1") for name, value in pairs}


def compare(form, fields_max=FIELDS_MAX):
    assert ours(read_pairs, form, fields_max) == of_the_library(form, "utf-8", fields_max)
    octets = as_octets(of_the_library(form, "latin-1", fields_max))
    assert ours(read_octets, form, fields_max) == octets


@settings(max_examples=2_000)
@given(st.binary(max_size=200) | QUOTED, st.integers(1, 12))
def test_any_bytes_are_read_as_the_library_does(form, fields_max):
    compare(form, fields_max)


def test_many_hostile_forms_are_read_as_the_library_does():
    random = Random(20210113)
    for _ in range(FORMS):
        compare(b"".join(random.choices(PIECES, k=random.randrange(30))), random.randrange(1, 20))


@pytest.mark.parametrize("fields", [FIELDS_MAX - 1, FIELDS_MAX, FIELDS_MAX + 1])
@pytest.mark.parametrize("field", [b"", b"a", b"a=%31"])
def test_fields_are_counted_as_the_library_does(fields, field):
    compare(b"&".join([field] * fields))
