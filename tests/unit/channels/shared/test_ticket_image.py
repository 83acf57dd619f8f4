"""Tickets on the wires: a calendar entry and a QR code by mail, a picture by WhatsApp."""

import re
import struct
import zlib
from dataclasses import replace as with_fields
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from msgspec.structs import replace

from channels.contract import Refusal, Refused
from channels.email.letter import OwnMailbox, Titles, compose_letter
from channels.shared import ticket_image as wire
from channels.shared.calendar import VISIT_MINUTES, write_calendar
from channels.shared.ticket_image import draw_qr_code, picture_url
from channels.shared.twilio import TwilioAccount
from channels.whatsapp.limits import CAPTION_CHARACTERS_MAX
from channels.whatsapp.meta import MetaCarrier
from channels.whatsapp.twilio import TwilioWhatsappCarrier
from core.messages import Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.ticket import Ticket
from core.wording.catalog import Catalog, Wording
from core.wording.phrase import Phrase
from tests.scripts import CAMPAIGN, MAILBOX, NUMBER, PHONE, START

URL = "https://pintu.example"
TICKET = Ticket(
    number=NUMBER,
    code="K7Q2M9",
    kind="booked",
    facility_name="Puskesmas Coblong; Bandung",
    facility_address="Jl. Dago 1, Bandung",
    start=datetime(2021, 1, 20, 8, 0, tzinfo=timezone(timedelta(hours=7))),
    latitude=-6.8915,
    longitude=107.61069,
)
PICTURE = f"{URL}/tickets/{NUMBER}-K7Q2M9.png"
CANCELLED = replace(TICKET, kind="cancelled", sequence=3)
SAID = {"says": "{words}", **dict.fromkeys(("ended", "nav_back", "nav_menu", "nav_next"), "-")}
PHRASES = {key: Phrase((words,)) for key, words in SAID.items()}
WORDING = Wording({"id": Catalog({"short": PHRASES, "long": PHRASES}, {})}, CAMPAIGN)
ACCOUNT = TwilioAccount(sid="AC1", token="t", public_url=f"{URL}/", api_url="https://api.example")
META = MetaCarrier("rahasia", "1050", "https://graph.example", WORDING)
TWILIO = TwilioWhatsappCarrier(ACCOUNT, "+6281110500567", WORDING)


def outgoing(ticket=TICKET, *, words=10, **more):
    return Outgoing(
        key="booking/ticket",
        channel=Channel.WHATSAPP,
        address=PHONE,
        reply=Reply((Prompt("says", {"words": "a" * words}),), "id"),
        created_at=START,
        ticket=ticket,
        **more,
    )


# -- the picture -------------------------------------------------------------------------------


def modules(png):
    """The picture read back: rows of modules, dark ones true, without the border."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert (width, depth, colour) == (height, 1, 0)
    pixels, at = b"", 8
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        pixels += png[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    lines, stride = zlib.decompress(pixels), 1 + -(-width // 8)
    step, border = wire.PIXELS_PER_MODULE, wire.BORDER_MODULES
    found = []
    for y in range(border * step, height - border * step, step):
        line = lines[y * stride + 1 : (y + 1) * stride]
        assert lines[y * stride] == 0  # no filter
        columns = range(border * step, width - border * step, step)
        found.append([not line[x // 8] >> (7 - x % 8) & 1 for x in columns])
    return found


def test_the_picture_is_the_code_of_number_dose_and_check_code():
    same = segno.make_qr(f"SATUPINTU:{NUMBER}:1:K7Q2M9", error="m", boost_error=False)
    assert modules(draw_qr_code(TICKET.text)) == [
        [bool(one) for one in row] for row in same.matrix
    ]


def test_a_picture_is_bounded():
    longest = "S" * wire.TEXT_CHARACTERS_MAX
    assert len(draw_qr_code(longest)) <= wire.PNG_BYTES_MAX
    with pytest.raises(ValueError, match="more than a code may hold"):
        draw_qr_code(longest + "S")


def test_the_address_of_a_picture_is_escaped():
    odd = replace(TICKET, code="a/?b&c")
    assert picture_url(odd, URL) == f"{URL}/tickets/{NUMBER}-a%2F%3Fb%26c.png"
    assert picture_url(None, URL) is None
    assert picture_url(TICKET, "") is None


# -- the calendar ------------------------------------------------------------------------------


def calendar(ticket):
    file = write_calendar(ticket, summary="Vaksinasi", domain="pintu.example", at=START)
    return Calendar.from_ical(file)


def event(ticket):
    (found,) = calendar(ticket).walk("VEVENT")
    return found


def test_an_appointment_is_an_event():
    found = event(TICKET)
    assert calendar(TICKET)["METHOD"] == "PUBLISH"
    assert found["UID"] == f"{NUMBER}-1@pintu.example"
    assert found["SEQUENCE"] == 0
    assert found["DTSTART"].dt == datetime(2021, 1, 20, 1, 0, tzinfo=UTC)
    assert found["DTSTART"].to_ical() == b"20210120T010000Z"
    assert found["DTSTAMP"].dt == START
    assert found["DURATION"].dt == timedelta(minutes=VISIT_MINUTES)
    assert found["SUMMARY"] == "Vaksinasi"
    assert found["LOCATION"] == "Puskesmas Coblong; Bandung, Jl. Dago 1, Bandung"
    assert found["GEO"].to_ical() == "-6.8915;107.61069"
    assert found["STATUS"] == "CONFIRMED"


def test_a_change_and_a_cancellation_are_about_the_same_event():
    changed = event(replace(TICKET, kind="changed", code="other", sequence=2))
    cancelled = event(CANCELLED)
    assert changed["UID"] == cancelled["UID"] == event(TICKET)["UID"]
    assert (changed["SEQUENCE"], cancelled["SEQUENCE"]) == (2, 3)
    assert calendar(CANCELLED)["METHOD"] == "CANCEL"
    assert (changed["STATUS"], cancelled["STATUS"]) == ("CONFIRMED", "CANCELLED")


def test_another_dose_is_another_event():
    assert event(replace(TICKET, dose=2))["UID"] != event(TICKET)["UID"]


@pytest.mark.parametrize("missing", ["latitude", "longitude"])
def test_a_facility_without_a_place_has_none_in_the_calendar(missing):
    assert "GEO" not in event(replace(TICKET, **{missing: None}))


@given(name=st.text(max_size=200), summary=st.text(max_size=200))
def test_no_name_of_a_facility_breaks_a_calendar(name, summary):
    odd = replace(TICKET, facility_name=f"{name}\r\nATTENDEE:x\0\x7f", facility_address=name)
    file = write_calendar(odd, summary=summary, domain="x.id", at=START)
    (found,) = Calendar.from_ical(file).walk("VEVENT")
    assert "ATTENDEE" not in found
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    assert not re.search(rb"[\x00-\x1f\x7f]", file.replace(b"\r\n", b""))


# -- the letter --------------------------------------------------------------------------------


def letter(ticket, text="Halo\n", key="booking/ticket"):
    message = with_fields(outgoing(ticket), channel=Channel.EMAIL, address=MAILBOX, key=key)
    sender, titles = OwnMailbox("vaksin@pintu.example"), Titles("V", event="Dosis")
    return compose_letter(message, text, sender=sender, titles=titles)


def parts(raw):
    mail = message_from_bytes(raw, policy=policy.default)
    assert not mail.defects
    return [(part.get_content_type(), part.get_filename(), part) for part in mail.walk()][1:]


def test_a_letter_with_a_ticket_has_a_calendar_and_a_picture():
    said, dated, drawn = parts(letter(TICKET, "Sampai jumpa di é\n"))
    assert said[:2] == ("text/plain", None)
    assert said[2].get_content() == "Sampai jumpa di é\r\n"
    assert dated[:2] == ("text/calendar", "janji.ics")
    assert dated[2].get_param("method") == "PUBLISH"
    file = dated[2].get_payload(decode=True)
    assert file == write_calendar(TICKET, summary="Dosis", domain="pintu.example", at=START)
    assert drawn[:2] == ("image/png", "tiket.png")
    assert drawn[2].get_content() == draw_qr_code(TICKET.text)


def test_a_letter_that_cancels_has_no_picture():
    said, dated = parts(letter(CANCELLED))
    assert (said[0], dated[1]) == ("text/plain", "janji.ics")
    assert dated[2].get_param("method") == "CANCEL"


def test_the_same_letter_is_the_same_bytes_and_another_has_another_boundary():
    assert letter(TICKET) == letter(TICKET)
    other = message_from_bytes(letter(TICKET, key="k")).get_boundary()
    assert other != message_from_bytes(letter(TICKET)).get_boundary()


def test_a_letter_without_a_ticket_is_plain():
    raw = letter(None)
    front, _, said = raw.partition(b"\r\n\r\n")
    assert front.split(b"\r\n")[-3:] == [
        b"MIME-Version: 1.0",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: quoted-printable",
    ]
    assert said == b"Halo\r\n"


@given(text=st.text(max_size=300))
def test_no_words_end_a_part(text):
    boundary = message_from_bytes(letter(TICKET)).get_boundary()
    said, dated, drawn = parts(letter(TICKET, f"--{boundary}\n{text}\n--{boundary}--\n"))
    assert f"--{boundary}--" in said[2].get_content()
    assert (dated[1], drawn[1]) == ("janji.ics", "tiket.png")
    assert all(len(line) <= 998 for line in letter(TICKET, text).split(b"\r\n"))


# -- WhatsApp ----------------------------------------------------------------------------------


def test_meta_takes_the_picture_first_and_then_the_words_below_it():
    first = META.upload(outgoing())
    assert first.url == "https://graph.example/1050/media"
    assert first.headers == {"authorization": "Bearer rahasia"}
    assert first.form == {"messaging_product": "whatsapp", "type": "image/png"}
    assert first.files == {"file": ("tiket.png", draw_qr_code(TICKET.text), "image/png")}
    sent = META.compose(outgoing(), "1", "media7").json
    assert sent["type"] == "image"
    assert sent["image"] == {"id": "media7", "caption": "a" * 10}
    assert "text" not in sent


@pytest.mark.parametrize(
    ("status", "body", "read"),
    [
        (200, b'{"id":"media7"}', "media7"),
        (200, b"{}", Refused("unreadable", Refusal.OTHER_PROVIDER)),
        (200, b"[", Refused("unreadable", Refusal.OTHER_PROVIDER)),
        (400, b'{"error":{"code":131053}}', Refused("code_131053", Refusal.OTHER_PROVIDER)),
        (401, b'{"error":{"code":190}}', Refused("code_190", Refusal.OUR_ACCOUNT)),
        (503, b"", Refused("http_503", Refusal.LATER)),
    ],
)
def test_what_meta_says_of_a_picture_is_understood(status, body, read):
    assert META.read_upload(status, body) == read


def test_twilio_sends_the_picture_with_the_words():
    form = TWILIO.compose(outgoing()).form
    assert (form["MediaUrl"], form["Body"]) == (PICTURE, "a" * 10)


def alone(ticket, words):
    """What each sends where there is no picture."""
    sent, form = (
        META.compose(outgoing(ticket, words=words)),
        TWILIO.compose(outgoing(ticket, words=words)),
    )
    assert "image" not in sent.json
    assert META.upload(outgoing(ticket, words=words)) is None
    assert "MediaUrl" not in form.form
    return len(sent.json["text"]["body"]), len(form.form["Body"])


def test_words_too_long_for_a_caption_go_alone():
    assert META.upload(outgoing(words=CAPTION_CHARACTERS_MAX)) is not None
    assert TWILIO.compose(outgoing(words=CAPTION_CHARACTERS_MAX)).form["MediaUrl"] == PICTURE
    longer = CAPTION_CHARACTERS_MAX + 1
    assert alone(TICKET, longer) == (longer, longer)


def test_a_cancellation_goes_without_a_picture():
    assert alone(CANCELLED, 10) == (10, 10)
