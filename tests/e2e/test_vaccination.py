"""From registered to vaccinated: one nurse, three doors, a roster, two facilities, slots."""

from xml.etree import ElementTree as ET

import pytest

from tests.e2e.test_process import number_in
from tests.fixtures.process import eventually

PHONE = "+6281211110001"
MORNING = "2026-11-23T10:00:00+07:00"
ROSTER = "nik,full_name,profession,facility_code,phone\n3204115706960001,SITI AMINAH,perawat,F1,\n"
FACILITIES = """code,name,regency_code,address,latitude,longitude
F1,Puskesmas Soreang,3204,Jl. Raya Soreang 1,-7.0331,107.5183
F2,Puskesmas Coblong,3273,Jl. Dago 3,-6.8850,107.6137
"""
PLACE = {"Latitude": "-6.8900", "Longitude": "107.6100"}


@pytest.fixture
def clinic(gateway, twilio, tmp_path):
    """Return a gateway with a roster of one, two facilities, and slots on three days."""
    running = gateway(
        NOW=MORNING,
        TWILIO_ACCOUNT_SID="AC0",
        TWILIO_SMS_FROM="+6281110500567",
        TWILIO_WHATSAPP_FROM="+6281110500567",
        TWILIO_API_URL=twilio.url,
    ).start()
    (tmp_path / "roster.csv").write_text(ROSTER)
    (tmp_path / "facilities.csv").write_text(FACILITIES)
    running.command("roster", "import", tmp_path / "roster.csv")
    running.command("facilities", "import", tmp_path / "facilities.csv")
    for code in ("F1", "F2"):
        when = ("--date", "2026-11-25", "--days", "3", "--times", "08:00,10:00")
        running.command("slots", "open", "--facility", code, *when, "--capacity", "2")
    return running


def said(reply):
    assert reply.status_code == 200
    messages = ET.fromstring(reply.content).iter("Message")  # noqa: S314 our own answer
    return "\n".join(message.text for message in messages)


def register_by_ussd(running):
    typed = ["1", "1", "3204115706960001", "SITI AMINAH", "2", "1"]
    screens = [
        running.ussd(PHONE, "call", "*".join(typed[:hops])).text for hops in range(len(typed) + 1)
    ]
    return screens[-1]


def seats(running, code):
    items = running.api(f"facilities/{code}/slots").json()["items"]
    return {item["start"]: item["booked"] for item in items if item["booked"]}


def book_by_whatsapp(running):
    """Book the nearest facility by sharing a place; return the outcome."""
    assert "1. Tidak ada" in said(running.text("whatsapp", PHONE, "JADWAL"))
    says(said(running.text("whatsapp", PHONE, "1")), "Puskesmas Soreang, Kab. Bandung", "25 Nov")
    places = said(running.text("whatsapp", PHONE, "3"))
    assert places.index("Puskesmas Soreang") < places.index("Puskesmas Coblong")  # her regency
    places = said(running.text("whatsapp", PHONE, "", **PLACE))
    assert places.index("Puskesmas Coblong") < places.index("Puskesmas Soreang")  # is nearer
    days = said(running.text("whatsapp", PHONE, "1"))
    assert "25 Nov" in days
    times = said(running.text("whatsapp", PHONE, "1"))
    assert "08:00" in times
    assert "Puskesmas Coblong" in said(running.text("whatsapp", PHONE, "1"))
    return said(running.text("whatsapp", PHONE, "1"))


def change_by_sms(running):
    """Change to the second time of the second day; return the outcome."""
    for word, shows in (
        ("JADWAL", "Puskesmas Coblong"),
        ("1", "Puskesmas Coblong"),
        ("1", "26 Nov"),
        ("2", "10:00"),
        ("2", "26 Nov"),
    ):
        assert shows in said(running.text("sms", PHONE, word)), word
    return said(running.text("sms", PHONE, "1"))


def appointment(running):
    (record,) = running.search(address=PHONE)
    return record["appointment"]


def queued(running):
    """Return the words of what is still to be sent."""
    messages = running.api("outbox/search", {"address": PHONE}).json()["items"]
    return [one["text"] for one in messages if one["status"] == "queued"]


def says(words, *facts):
    missing = [fact for fact in facts if fact not in words]
    assert not missing, (missing, words)


def test_a_nurse_registers_books_changes_and_cancels_by_three_doors(clinic, twilio):
    number = number_in(register_by_ussd(clinic))
    (record,) = clinic.search(number=number)
    assert (record["status"], record["appointment"]) == ("verified", None)

    says(book_by_whatsapp(clinic), "Puskesmas Coblong", "Jl. Dago 3", "25 Nov", "08:00")
    assert appointment(clinic) == {
        "facility_code": "F2",
        "facility_name": "Puskesmas Coblong",
        "start": "2026-11-25T08:00:00+07:00",
        "dose": 1,
        "status": "booked",
    }
    assert seats(clinic, "F2") == {"2026-11-25T08:00:00+07:00": 1}
    assert eventually(lambda: twilio.to(f"whatsapp:{PHONE}"))  # a change would withdraw it

    says(change_by_sms(clinic), "Puskesmas Coblong", "Jl. Dago 3", "26 Nov", "10:00")
    assert seats(clinic, "F2") == {"2026-11-26T10:00:00+07:00": 1}
    assert eventually(lambda: len(twilio.to(PHONE)) == 2)
    (confirmed, changed), (ticket,) = twilio.to(PHONE), twilio.to(f"whatsapp:{PHONE}")
    says(confirmed, number)
    says(ticket, "Puskesmas Coblong", "25 Nov", "08:00", number)
    says(changed, "Puskesmas Coblong", "26 Nov", "10:00", number)
    assert eventually(lambda: len(queued(clinic)) == 2)  # the first one's reminders are withdrawn
    assert all("10:00" in words and "26 Nov" in words for words in queued(clinic))

    for word in ("JADWAL", "2"):
        said(clinic.text("sms", PHONE, word))
    says(said(clinic.text("sms", PHONE, "1")), "26 Nov")
    assert seats(clinic, "F2") == {}
    assert appointment(clinic)["status"] == "cancelled"
    assert eventually(lambda: len(twilio.to(PHONE)) == 3 and not queued(clinic))
