"""The details of Kannel and of Jasmin."""

from urllib.parse import urlencode

import pytest

from channels.contract import RejectedError, Request
from channels.shared.forms import FIELDS_MAX
from channels.sms.jasmin import Jasmin
from channels.sms.kannel import Kannel
from core.events import ReceiptStatus
from core.messages import Prompt, Reply
from core.wording.gsm7 import to_gsm7
from tests.contract.channels import NOW, WORDING, post

KANNEL = Kannel(WORDING, (), "ID")
JASMIN = Jasmin((), "ID")
TEXT = {"sender": "6281211110001", "to": "1199", "ts": "1", "id": "1", "message": "ya"}
MENU = Reply(prompts=(Prompt("menu"),), language="id")


def got(fields, **more):
    query = urlencode(fields)
    return Request(method="GET", path="/sms/kannel", query=query, received_at=NOW, **more)


def test_the_same_message_by_get_and_by_post_is_the_same():
    assert KANNEL.parse(got(TEXT)) == KANNEL.parse(post("/sms/kannel", TEXT))


def test_kannel_is_given_the_words_to_send():
    answer = KANNEL.answer(got(TEXT), MENU)
    words = answer.body.decode()
    assert words == to_gsm7(words) == to_gsm7(WORDING.text(MENU, "short"))
    assert answer.content_type == "text/plain; charset=utf-8"


def test_kannel_is_given_no_letter_that_halves_an_sms():
    name = {"nik": "1", "full_name": "Zoë “Ł” \U0001f44d", "profession": "Bidan"}
    words = KANNEL.answer(got(TEXT), Reply((Prompt("confirm", name),), "id")).body.decode()
    assert words == to_gsm7(words)


def test_kannel_is_given_nothing_to_send_where_there_is_nothing_to_say():
    assert KANNEL.answer(got(TEXT), None).body == b""


@pytest.mark.parametrize("name", ["sender", "message"])
def test_a_field_that_kannel_was_not_told_to_send_is_named(name):
    fields = {key: value for key, value in TEXT.items() if key != name}
    with pytest.raises(RejectedError, match=name):
        KANNEL.parse(got(fields))


@pytest.mark.parametrize(
    ("charset", "octets", "text"),
    [
        ("utf-8", "ya ✓".encode(), "ya ✓"),
        ("UTF-16BE", "ya ✓".encode("utf-16-be"), "ya ✓"),
        ('"iso-8859-1"', "é".encode("latin-1"), "é"),
        ("no-such", b"ya", "ya"),
        ("utf-16be", b"\0", "\ufffd"),
        ("utf-8", b"a\0b", "a\ufffdb"),
    ],
)
def test_a_posted_body_is_read_in_its_charset(charset, octets, text):
    headers = {"content-type": f"text/plain; charset={charset}", "x-kannel-from": "081211110001"}
    request = Request(
        method="POST", path="/sms/kannel", headers=headers, body=octets, received_at=NOW
    )
    (message,) = KANNEL.parse(request)
    assert message.text == text
    assert message.address.value == "+6281211110001"


@pytest.mark.parametrize(
    ("charset", "octets", "text"),
    [
        ("UTF-8", "é @ €".encode(), "é @ €"),
        ("UTF-16BE", "ya ✓ \U0001f44d".encode("utf-16-be"), "ya ✓ \U0001f44d"),
        ("utf-16", "ya".encode("utf-16-be"), "ya"),
        ("ISO-8859-1", b"\xe9", "é"),
        ("WINDOWS-1252", b"\x80", "€"),
        ("UTF-16BE", b"\0", "\ufffd"),
        ("UTF-16BE", b"", ""),
        ("", b"ya", "ya"),
        ("zip", b"ya", "ya"),  # of Python's, but no charset
    ],
)
def test_an_address_is_read_in_the_charset_that_it_names(charset, octets, text):
    fields = TEXT | {"charset": charset, "coding": "0", "message": octets}
    assert [one.text for one in KANNEL.parse(got(fields))] == [text]
    assert [one.text for one in KANNEL.parse(post("/sms/kannel", fields))] == [text]


def test_an_address_that_names_no_charset_is_read_as_it_was():
    (message,) = KANNEL.parse(got(TEXT | {"message": "é\0".encode() + b"\xff"}))
    assert message.text == "é\ufffd\ufffd"


def test_data_in_an_address_has_no_words():
    fields = TEXT | {"charset": "8-BIT", "coding": "1", "message": b"\x06\x05\0\xff"}
    (message,) = KANNEL.parse(got(fields))
    assert (message.wordless, message.text) == (True, "")


def test_a_charset_does_not_lift_the_bounds():
    fields = {f"x{n}": "" for n in range(FIELDS_MAX - len(TEXT))}
    with pytest.raises(RejectedError, match="too many"):
        KANNEL.parse(got(fields | TEXT | {"charset": "UTF-16BE"}))
    assert KANNEL.parse(got(fields | TEXT))


def texted(octets, coding, **more):
    fields = {"id": "1", "from": "6281211110001", "to": "1199", "coding": coding} | more
    (message,) = JASMIN.parse(post("/sms/jasmin", {**fields, "content": octets}))
    return message


def fetched(octets, coding):
    fields = {"id": "1", "from": "6281211110001", "coding": coding, "content": octets}
    query = urlencode(fields)
    request = Request(method="GET", path="/sms/jasmin", query=query, received_at=NOW)
    (message,) = JASMIN.parse(request)
    return message


@pytest.mark.parametrize(
    ("coding", "octets", "text"),
    [
        ("0", b"DAFTAR 3204#SITI", "DAFTAR 3204#SITI"),
        ("0", b"\x00\x1b\x65", "@€"),
        ("0", b"a\x1b", "a"),
        ("0", b"\x1b\x1b\x41", "A"),
        ("0", b"\x1bA", "A"),
        ("0", "é".encode(), "é"),  # not of seven bits: the operator's gateway has converted it
        ("1", b"ya", "ya"),
        ("3", b"\xe9", "é"),
        ("8", "ya ✓ \U0001f44d".encode("utf-16-be"), "ya ✓ \U0001f44d"),
        ("8", b"\xd8\x00\x00", "\ufffd"),
        ("8", b"\x00\x00", "\ufffd"),
        ("8", b"", ""),
        ("99", b"ya\xff", "ya\ufffd"),
        ("", b"ya", "ya"),
    ],
)
def test_octets_are_read_by_their_coding(coding, octets, text):
    assert texted(octets, coding).text.rstrip("\ufffd") == text.rstrip("\ufffd")
    assert texted("", coding, binary=octets.hex()).text == texted(octets, coding).text
    assert fetched(octets, coding).text == texted(octets, coding).text
    assert "\0" not in texted(octets, coding).text


@pytest.mark.parametrize("coding", [0, 1, 2, 3, 4, 6, 7, 8, 16, 21, 24, 99, 240, 245, 255])
def test_a_coding_is_one_octet_as_jasmin_sends_it_or_its_digits(coding):
    octets = "é✓ya".encode("utf-16-be")
    by_octet, by_digits = texted(octets, bytes([coding])), texted(octets, str(coding))
    assert (by_octet.text, by_octet.wordless) == (by_digits.text, by_digits.wordless)


@pytest.mark.parametrize("coding", [b"\x00", b"\x10", b"\xf0", b"\xf3"])
def test_letters_of_phones_are_read_in_every_class(coding):
    assert texted(b"Ren\x05\x00\x1b\x65", coding).text == "René@€"


@pytest.mark.parametrize("coding", [b"\x08", b"\x18", b"\x1b"])
def test_ucs2_is_read_in_every_class(coding):
    assert texted("السلام\U0001f60a".encode("utf-16-be"), coding).text == "السلام\U0001f60a"


def test_the_hex_is_believed_and_not_the_octets():
    assert texted("\ufffd\ufffd", b"\x08", binary="0079").text == "y"


@pytest.mark.parametrize("coding", ["1000", "-8", "8.0", "\u0668", b"\xff\xff"])
def test_what_is_no_coding_is_none(coding):
    assert texted("ya", coding).text == "ya"


@pytest.mark.parametrize("coding", ["2", "4", b"\x02", b"\x04", b"\x14", b"\xf4", b"\xf7"])
def test_a_binary_message_has_no_words(coding):
    message = texted(b"\x06\x05\x04", coding)
    assert message.wordless
    assert message.text == ""


@pytest.mark.parametrize("binary", ["0", "zz", "é", "00 0"])
def test_what_is_not_hex_is_malformed(binary):
    with pytest.raises(RejectedError, match="not hex"):
        texted("", "0", binary=binary)


@pytest.mark.parametrize(
    ("status", "reached"),
    [
        ("DELIVRD", ReceiptStatus.DELIVERED),
        ("delivrd", ReceiptStatus.DELIVERED),
        ("ACCEPTD", ReceiptStatus.SENT),
        ("ENROUTE", ReceiptStatus.SENT),
        ("ESME_ROK", ReceiptStatus.SENT),
        ("ESME_RINVDSTADR", ReceiptStatus.FAILED),
        ("UNDELIV", ReceiptStatus.FAILED),
        ("EXPIRED", ReceiptStatus.FAILED),
        ("DELETED", ReceiptStatus.FAILED),
        ("REJECTD", ReceiptStatus.FAILED),
    ],
)
def test_a_receipt_says_how_far_it_got(status, reached):
    (receipt,) = JASMIN.parse(post("/sms/jasmin", {"id": "1", "message_status": status}))
    assert receipt.status is reached
    assert receipt.provider_id == "1"


@pytest.mark.parametrize(
    "status",
    [
        *("", "UNKNOWN", "no such"),
        *("ESME_RTHROTTLED", "ESME_RMSGQFUL", "ESME_RSYSERR", "ESME_RINVSCHED"),  # it tries again
    ],
)
def test_a_receipt_that_says_nothing_is_taken(status):
    assert JASMIN.parse(post("/sms/jasmin", {"id": "1", "message_status": status})) == ()


def test_jasmin_is_told_what_it_waits_for():
    assert JASMIN.answer(post("/sms/jasmin", {}), MENU).body == b"ACK/Jasmin"
    assert JASMIN.answer(post("/sms/jasmin", {}), None).body == b"ACK/Jasmin"


def test_every_letter_of_the_alphabet_of_phones_is_read():
    letters = texted(bytes(range(1, 128)), "0").text
    assert to_gsm7(letters.replace("\r", "")) == letters.replace("\r", "")
    assert len(set(letters)) == 126
