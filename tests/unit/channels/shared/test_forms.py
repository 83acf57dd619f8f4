from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from channels.contract import RejectedError, Request
from channels.shared.forms import (
    FIELDS_MAX,
    FORM_BYTES_MAX,
    ID_CHARS_MAX,
    check_key,
    digest,
    msisdn,
    read_form,
    read_pairs,
    require,
    require_id,
)
from tests.contract.channels import NOW

ASKED = Request(method="POST", path="/sms", received_at=NOW)


def test_blank_and_repeated_fields_are_kept():
    assert read_pairs(b"a=1&b=&a=2") == [("a", "1"), ("b", ""), ("a", "2")]
    assert read_form(b"a=1&b=&a=2") == {"a": "2", "b": ""}


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=FIELDS_MAX))
def test_what_was_posted_is_what_is_read(fields):
    whole = {name: value.replace("\0", "\ufffd") for name, value in fields.items()}
    assert read_form(urlencode(fields).encode()) == whole


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        (b"", {}),
        (b"&&;&", {";": ""}),
        (b"a", {"a": ""}),
        (b"a=b=c", {"a": "b=c"}),
        (b"a=%zz%4", {"a": "%zz%4"}),
        (b"a=%2541%252B", {"a": "%41%2B"}),
        (b"a=%ff\xff", {"a": "\ufffd\ufffd"}),
        (b"a=%ED%A0%80", {"a": "\ufffd\ufffd\ufffd"}),
        (b"a=\xf0\x9f\x91\x8d+%F0%9F%91%8D", {"a": "\U0001f44d \U0001f44d"}),
        (b"a=x%00y", {"a": "x\ufffdy"}),
        (b"a=x\0y", {"a": "x\ufffdy"}),
        (b"phone=%2B62811&raw=+62811", {"phone": "+62811", "raw": " 62811"}),
    ],
)
def test_odd_forms_are_read(form, fields):
    assert read_form(form) == fields


@given(
    st.lists(st.sampled_from([*"%+&=2aABF0 ", "%2B", "%2A", "%23", "%20", "%2b", "%25", "%3D"]))
)
def test_a_form_is_read_as_the_library_reads_it(pieces):
    form = "".join(pieces)
    assert read_pairs(form.encode()) == parse_qsl(form, keep_blank_values=True)


def test_a_form_may_be_as_large_as_the_bound_and_no_larger():
    largest = b"a=" + b"x" * (FORM_BYTES_MAX - 2)
    assert len(read_form(largest)["a"]) == FORM_BYTES_MAX - 2
    with pytest.raises(RejectedError) as caught:
        read_form(largest + b"x")
    assert caught.value.status == 413


def test_a_form_may_have_as_many_fields_as_the_bound_and_no_more():
    most = "&".join(f"f{n}=" for n in range(FIELDS_MAX)).encode()
    assert len(read_form(most)) == FIELDS_MAX
    with pytest.raises(RejectedError) as caught:
        read_form(most + b"&more=")
    assert caught.value.status == 400


@pytest.mark.parametrize("fields", [{}, {"id": ""}, {"id": "  "}])
def test_a_missing_field_is_named(fields):
    with pytest.raises(RejectedError, match="the field id is missing"):
        require(fields, "id")


def test_an_id_is_bounded_and_plain():
    assert require_id({"id": "x" * ID_CHARS_MAX}, "id") == "x" * ID_CHARS_MAX
    for bad in ("x" * (ID_CHARS_MAX + 1), "a b", "é", "a\nb"):
        with pytest.raises(RejectedError, match="not an id"):
            require_id({"id": bad}, "id")


def test_a_digest_tells_parts_apart():
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("ab") == digest("ab")
    assert digest("\ud800")


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("+6281110500567", "+6281110500567"),
        ("6281110500567", "+6281110500567"),
        (" 6281110500567", "+6281110500567"),  # a plus that nobody escaped
        ("081110500567", "+6281110500567"),
        ("81110500567", "+6281110500567"),
        ("+62081110500567", "+6281110500567"),
        ("+254720123123", "+254720123123"),
        ("254720123123", "+254720123123"),
        ("622150867777", "+622150867777"),
        ("02150867777", "+622150867777"),
        ("6581234567", "+6581234567"),  # a mobile in Singapore, and a fixed line's length here
        ("60123456789", "+60123456789"),
        ("8613812345678", "+8613812345678"),
        ("006281110500567", "+6281110500567"),
        ("006581234567", "+6581234567"),
        ("0811-1050-0567", "+6281110500567"),
        ("+62 811 1050 0567", "+6281110500567"),
        ("+62 (0) 811.1050.0567", "+6281110500567"),
        ("62\u00a081110500567", "+6281110500567"),
        ("tel:+6281110500567", "+6281110500567"),
        ("TEL:081110500567", "+6281110500567"),
    ],
)
def test_a_number_is_read_however_a_network_writes_it(written, e164):
    assert msisdn(written, "ID").value == e164


@pytest.mark.parametrize(
    "written",
    [
        "",
        "119",
        "1199",
        "+1199",
        "36363",
        "MTN",
        "PEDULICOVID",
        "+62",
        "+6208123",
        "08\u00b21110500567",
        "\uff10\uff18\uff11\uff11\uff11\uff10\uff15\uff10\uff10\uff15\uff16\uff17",
        "whatsapp:+6281110500567",
        "2150867777",  # a fixed line's, without its 0: no network writes it so
        "11-99",
        "tel:1199",
        "tel:",
        "00",
        "0062",
        "81110500567;ext=1",
        "- -",
        "+62-+81110500567",
        "+6281110500567,+6281110500568",
        "+6281110500567\n1",
        "+" + "6" * 16,
        "9" * 60_000,
        "+0000000000",
    ],
)
def test_no_other_sender_is_a_number(written):
    with pytest.raises(RejectedError) as caught:
        msisdn(written, "ID")
    assert caught.value.status == 400
    assert not written or written not in caught.value.reason


@given(st.text(alphabet="+0123456789 ", max_size=20))
def test_any_digits_are_a_number_or_are_rejected(written):
    try:
        address = msisdn(written, "ID")
    except RejectedError:
        return
    assert msisdn(address.value, "ID") == address


KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda k: "\0" not in k
)


@given(KEYS)
def test_the_key_opens(key):
    for query in (f"key={quote(key, safe='')}", urlencode({"a": "b", "key": key})):
        check_key(replace(ASKED, query=query), (key,))


@given(KEYS, st.text(max_size=50))
def test_nothing_else_opens(key, query):
    if ("key", key) in parse_qsl(query):
        return
    with pytest.raises(RejectedError) as caught:
        check_key(replace(ASKED, query=query), (key,))
    assert caught.value.status == 403


def test_without_a_key_all_is_open():
    check_key(ASKED, ())
