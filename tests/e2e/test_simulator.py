"""The simulator at the real process: it is killed and comes back, and shows what is stored."""

import json
import os
import signal
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

import pytest

from tests.fixtures.process import Process, eventually
from tests.fixtures.recorded import Recorded

PHONE, MAIL = "+6281211110001", "siti@klinik.example"
OTHER = "+6281211110002"
NIK, NAME = "3204115706960001", "SITI AMINAH"
LETTER = f"""From: Siti <{MAIL}>
To: vaksin@pedulilindungi.id
Subject: Pendaftaran
Message-ID: <1@klinik.example>

NIK: {NIK}
Nama: {NAME}
Profesi: Perawat
No HP: {PHONE}
"""
BEGAN_AT = "2021-01-20T09:00:00+07:00"
WIB = timezone(timedelta(hours=7))
BACK_SECONDS = 6  # the aim is 1 on a machine of its own


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Return one gateway for all of these, in their order; each has people of its own."""
    unsigned = {"WEBHOOK_KEY": None, "TWILIO_AUTH_TOKEN": None}
    data_dir = tmp_path_factory.mktemp("simulated") / "var"
    process = Process(data_dir, SIMULATOR=1, DEMO=1, NOW=BEGAN_AT, **unsigned).start()
    yield process
    process.end()


def truth(running, phone=PHONE, **more):
    reply = running.client.get("/try/api/truth", params={"phone": phone, **more})
    assert reply.status_code == 200, reply.text
    return reply.json()


def do(running, what, **body):
    return running.client.post(f"/try/api/{what}", json=body)


def hop_body(phone, session, typed):
    fields = {"sessionId": session, "phoneNumber": phone, "serviceCode": "*119#", "text": typed}
    return urlencode(fields)


def dial(running, phone, session, *typed):
    """Type one after another; return the last screen."""
    for length in range(len(typed) + 1):
        reply = running.ussd(phone, session, "*".join(typed[:length]))
    return reply.text


def test_killed_it_comes_back_with_the_form_and_the_time(running):
    dial(running, PHONE, "ATUid_1", "1", "1", NIK)
    before = truth(running)
    assert before["session"]["question"] == "full_name"
    ahead = do(running, "clock", ahead_seconds=3_600).json()
    assert ahead["at"].startswith("2021-01-20T03:00")
    run = Recorded(running)
    pid = running.client.get("/try/api/faults").json()["pid"]
    run.fault('{"kind": "kill"}')
    after = truth(running)
    assert after["session"] == before["session"]
    assert after["clock"]["ahead_seconds"] == 3_600
    assert after["clock"]["at"].startswith("2021-01-20T03:0")
    assert running.client.get("/try/api/faults").json()["pid"] not in {pid, running.process.pid}
    assert eventually(lambda: "is ready again (1)" in say(running), BACK_SECONDS)
    assert running.process.poll() is None


def say(running):
    running.said += os.read(running.process.stdout.fileno(), 4096).decode()
    return running.said


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example:8000"},
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"content-type": "text/plain"},
    ],
)
def test_another_site_neither_kills_nor_reads(headers, running):
    pid = running.client.get("/try/api/faults").json()["pid"]
    given = {"content-type": "application/json", **headers}
    reply = running.client.post("/try/api/faults", content=b'{"kind":"kill"}', headers=given)
    assert reply.status_code == 403
    assert not [name for name in reply.headers if name.startswith("access-control")]
    assert running.client.get("/try/api/faults").json()["pid"] == pid


def test_a_leap_past_the_hour_of_a_reminder_leaves_it_time_to_be_sent(running):
    phone, reminder = book(running, "ATUid_2")
    assert do(running, "clock", at=next_morning(reminder["due"])).status_code == 200
    [now] = [one for one in truth(running, phone)["outbox"] if one["id"] == reminder["id"]]
    assert (now["status"], now["why"]) == ("sent", None)
    assert now["sent_at"][:16] == reminder["due"][:16]


def next_morning(due):
    there = datetime.fromisoformat(due).astimezone(WIB) + timedelta(days=1)
    return there.replace(hour=8, minute=0).isoformat()


def book(running, session):
    """Let somebody register and take the first seat; return their phone and the reminder."""
    person = do(running, "people", listed=True).json()
    typed = ("1", "1", person["nik"], person["name"], "2", "1", *"11111")
    dial(running, person["phone"], session, *typed)
    seen = truth(running, person["phone"])
    [appointment] = seen["appointments"]
    assert appointment["status"] == "booked"
    assert seen["records"][0]["status"] == "verified"
    [reminder] = [one for one in seen["outbox"] if one["keys"] == ["reminder_day"]]
    assert (reminder["status"], reminder["parts"]) == ("queued", 1)
    return person["phone"], reminder


def test_a_store_that_is_away_is_said_so_and_nobody_is_told_anything_false(running):
    person = do(running, "people", listed=True).json()
    phone, told = person["phone"], truth(running)["told"]
    dial(running, phone, "ATUid_3", "1", "1", person["nik"], person["name"], "2")
    assert do(running, "faults", kind="sql", seconds=120).json()["left"] == {"sql": 120}
    typed = ("1", "1", person["nik"], person["name"], "2", "1")
    assert "terdaftar" not in running.ussd(phone, "ATUid_3", "*".join(typed)).text
    assert truth(running, phone)["down"] == {"sql": "out of reach"}
    assert do(running, "faults", kind="sql", seconds=0).json()["left"] == {}
    assert truth(running, phone)["records"] == []
    ahead = truth(running)["clock"]["ahead_seconds"]
    do(running, "clock", ahead_seconds=ahead + 60)  # so old a turn is finished by the sweeper
    assert eventually(lambda: truth(running, phone)["records"])
    assert truth(running, phone)["told"] == truth(running, phone)["recorded"] > told


@pytest.mark.parametrize("kind", ["twice", "late", "lost"])
def test_what_befalls_one_message_changes_no_answer(kind, running):
    phone = do(running, "people", listed=False).json()["phone"]
    do(running, "faults", kind=kind, seconds=1)
    first = running.ussd(phone, f"ATUid_{kind}", "")
    assert running.client.get("/try/api/faults").json()["left"] == {}
    again = running.ussd(phone, f"ATUid_{kind}", "")
    assert again.text.startswith("CON ")
    assert first.text == again.text or kind == "lost"
    assert truth(running, phone)["session"]["stage"] == "menu"


def test_a_recording_becomes_a_test_that_runs(running):
    """It is run here with another phone, against this gateway instead of one of its own."""
    person, other = (do(running, "people", listed=True).json() for _ in "12")
    wire, phone = "/ussd/africastalking", person["phone"]
    steps = []
    for typed in ("", "1", "1*1", f"1*1*{person['nik']}"):
        body = hop_body(phone, "ATUid_rec", typed)
        said = [one["key"] for one in posted(running, wire, body, phone)["session"]["said"]]
        steps.append({"path": wire, "body": body, "phone": phone, "prompts": said})
    steps.append({"path": "faults", "body": '{"kind": "kill"}'})
    text = do(running, "record/export", steps=steps, name="She drops out").text
    assert "recorded('2021-01-20T02:0" in text  # whatever the clock was turned to
    again = text.replace(phone[1:], other["phone"][1:]).replace("ATUid_rec", "ATUid_again")
    run_test(again, running)
    wrong = text.replace("ATUid_rec", "ATUid_wrong").replace("ask_consent", "ask_nik")
    with pytest.raises(AssertionError):
        run_test(wrong, running)


def run_test(text, running):
    made = {}
    exec(compile(text, "recorded", "exec"), made)  # noqa: S102 that it is code is what we test
    made["test_she_drops_out"](lambda _at: Recorded(running))


def posted(running, path, body, phone):
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert running.client.post(path, content=body, headers=kind).status_code == 200
    return truth(running, phone)


def test_who_watches_sees_it_at_once_and_holds_up_no_end(running):
    seen_by = {"phone": OTHER, "mail": MAIL}
    accepts = {"accept": "text/event-stream"}
    with running.client.stream("GET", "/try/api/truth", params=seen_by, headers=accepts) as stream:
        lines = stream.iter_lines()
        begun = next_truth(lines)
        assert begun["session"]["stage"] == "start"
        dial(running, OTHER, "ATUid_4", "1")
        while (seen := next_truth(lines))["session"]["stage"] != "asking":
            pass
        assert seen["turn"]["prompts"] == ["ask_consent"]
        assert seen["turn"]["inbound"] == {
            "channel": "ussd",
            "provider": "africastalking",
            "typed": "1",
        }
        mailed = running.client.post(
            "/try/api/mail", content=LETTER, headers={"content-type": "message/rfc822"}
        )
        assert mailed.json()["code"] == 250, mailed.text
        while (seen := next_truth(lines))["told"] == begun["told"]:
            pass
        [record] = seen["records"]
        assert (record["nik"], record["full_name"]) == (NIK, NAME)
        assert seen["told"] == seen["recorded"]
        letter = next(one for one in seen["outbox"] if one["channel"] == "email")
        assert record["number"] in letter["text"]
        raw = running.client.get(f"/try/api/letters/{letter['id']}")
        assert MAIL in raw.text
        running.process.send_signal(signal.SIGTERM)
        for _ in lines:
            pass
        assert running.process.wait(10) == 0


def next_truth(lines):
    return json.loads(next(line for line in lines if line.startswith("data: "))[6:])
