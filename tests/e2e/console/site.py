"""A facility's morning at a real gateway: two people at the door, and one who comes tomorrow."""

from xml.etree import ElementTree as ET

from tests.e2e.console.desk import NURSE
from tests.fixtures.process import eventually

TODAY = "2026-11-30"  # a Monday
TEN = f"{TODAY}T10:00:00+07:00"
WHY = {"reason": "tried"}
# Two more of the demo's roster: phone, NIK, name and profession.
DEWI = ("+6281234567003", "3273014512900003", "Dewi Lestari", "bidan")
RINA = ("+6281234567005", "3171036203930005", "Rina Wulandari", "laboratorium")
_ANSWERS_MAX = 30


def act(gateway, path, **body):
    answer = gateway.api(path, body)
    assert answer.is_success, answer.text
    return answer.json()


def open_today(gateway):
    """Open this hour's seats at the first facility; return its code."""
    code = gateway.api("facilities").json()["items"][0]["code"]
    slots = {"date": TODAY, "times": ["10:00"], "capacity": 9, **WHY}
    act(gateway, f"facilities/{code}/slots", **slots)
    return code


def seat(gateway, code):
    """Seat two people who walk in; return the entries of the day's list."""
    for nik in (NURSE, register(gateway, *DEWI)):
        act(gateway, "walk-ins", number=gateway.search(nik=nik)[0]["number"], facility=code)
    return entries(gateway, code)


def entries(gateway, code, day=TODAY):
    return gateway.api(f"facilities/{code}/days/{day}").json()["items"]


def register(gateway, phone, nik, name, profession):
    """Register somebody whom the roster names by SMS; return the NIK."""
    _say(gateway, phone, f"DAFTAR {nik}#{name}#{profession}")
    _say(gateway, phone, "YA")
    assert eventually(lambda: _status(gateway, nik) == "verified")
    return nik


def _status(gateway, nik):
    return next((one["status"] for one in gateway.search(nik=nik)), "")


def book(gateway, phone, *who):
    """Let somebody register and book by SMS whatever comes first; return the appointment."""
    nik = register(gateway, phone, *who)
    said = _say(gateway, phone, "JADWAL")
    for _ in range(_ANSWERS_MAX):
        if (made := gateway.search(nik=nik)[0]["appointment"]) is not None:
            return made
        said = _say(gateway, phone, "1")
    raise AssertionError(said)


def _say(gateway, phone, words):
    reply = gateway.text("sms", phone, words)
    assert reply.status_code == 200
    messages = ET.fromstring(reply.content).iter("Message")  # noqa: S314 our own answer
    return "\n".join(message.text for message in messages)
