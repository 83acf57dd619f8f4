"""Places that people share."""

from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Request
from channels.shared.locations import LATITUDE_MAX, LONGITUDE_MAX, read_location
from channels.sms.twilio import TwilioSmsAdapter
from channels.whatsapp.meta import MetaAdapter
from channels.whatsapp.twilio import TwilioWhatsappAdapter
from core.messages import Location
from tests.scripts import PHONE, START, WORDING

GARUT = Location(-7.2279, 107.9087)
NO_PLACES = [
    ("", ""), ("-7.2", ""), ("", "107.9"), ("x", "y"), ("90.01", "0"), ("0", "180.01"),
    ("nan", "nan"), ("inf", "0"), ("1e1", "1e1"), ("\u0667", "\u0667"), ("-7,2", "107,9"),
    ("7" * 400, "1"),
]  # fmt: skip


def chat(**fields):
    form = {"MessageSid": "SM1", "From": f"whatsapp:{PHONE.value}", "Body": ""} | fields
    body = urlencode(form).encode()
    request = Request(method="POST", path="/whatsapp/twilio", body=body, received_at=START)
    (message,) = TwilioWhatsappAdapter(WORDING, "https://pintu.example", None).parse(request)
    return message


def meta(**message):
    message = {"from": PHONE.value[1:], "id": "wamid.1", "type": "location"} | message
    entry = {"entry": [{"changes": [{"value": {"messages": [message]}}]}]}
    body = msgspec.json.encode(entry)
    request = Request(method="POST", path="/whatsapp/meta", body=body, received_at=START)
    (heard,) = MetaAdapter(None, None, None).parse(request)
    return heard


def test_a_place_by_twilio_and_by_meta():
    for heard in (
        chat(Latitude="-7.2279", Longitude="107.9087", Body="Jl. Proklamasi"),
        meta(location={"latitude": -7.2279, "longitude": 107.9087, "name": "Rumah"}),
        meta(location={"latitude": "-7.2279", "longitude": "107.9087"}),
    ):
        assert (heard.location, heard.text, heard.wordless) == (GARUT, "", False)


@pytest.mark.parametrize(("latitude", "longitude"), NO_PLACES)
def test_what_is_no_place_on_earth_is_wordless(latitude, longitude):
    heard = meta(location={"latitude": latitude, "longitude": longitude})
    assert (heard.location, heard.wordless) == (None, True)
    if latitude:
        heard = chat(Latitude=latitude, Longitude=longitude)
        assert (heard.location, heard.wordless, heard.text) == (None, True, "")


@pytest.mark.parametrize("part", [None, 7, "x", [], {}, {"latitude": True, "longitude": False}])
def test_a_location_without_a_place_is_wordless(part):
    assert meta(location=part).wordless


def test_the_bounds_of_the_earth():
    for sign in (1, -1):
        edge = (sign * LATITUDE_MAX, sign * LONGITUDE_MAX)
        assert read_location(*edge) == edge
        assert read_location(str(edge[0]), str(edge[1])) == edge
        assert read_location(edge[0] * 1.0001, edge[1]) is None
        assert read_location(edge[0], edge[1] * 1.0001) is None


def test_a_place_by_sms_is_nothing_to_read():
    body = urlencode({"MessageSid": "SM1", "From": PHONE.value, "Latitude": "1", "Longitude": "1"})
    path = "/sms/twilio"
    request = Request(method="POST", path=path, body=body.encode(), received_at=START)
    (heard,) = TwilioSmsAdapter(WORDING, "https://pintu.example", None, "ID").parse(request)
    assert (heard.location, heard.wordless) == (None, True)


@given(
    st.one_of(st.none(), st.text(max_size=30), st.floats(), st.integers(), st.booleans()),
    st.one_of(st.none(), st.text(max_size=30), st.floats(), st.integers(), st.booleans()),
)
def test_anything_is_a_place_or_none(latitude, longitude):
    place = read_location(latitude, longitude)
    assert place is None or (abs(place[0]) <= LATITUDE_MAX and abs(place[1]) <= LONGITUDE_MAX)
