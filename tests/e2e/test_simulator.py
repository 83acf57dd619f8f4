"""The simulator at the real process: it is killed and comes back, and shows what is stored."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.fixtures.process import eventually

PHONE, MAIL = "+6281211110001", "siti@klinik.example"
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
BACK_SECONDS = 6  # the aim is 2 on a machine of its own


@pytest.fixture
def running(gateway):
    return gateway(SIMULATOR=1, NOW="2021-01-20T09:00:00+07:00").start()


def truth(running, **more):
    reply = running.client.get("/try/api/truth", params={"phone": PHONE, **more})
    assert reply.status_code == 200, reply.text
    return reply.json()


def do(running, what, **body):
    return running.client.post(f"/try/api/{what}", json=body)


def half_fill(running, session, typed=f"1*1*{NIK}"):
    parts = typed.split("*")
    for length in range(len(parts) + 1):
        assert running.ussd(PHONE, session, "*".join(parts[:length])).status_code == 200


def is_ready_again(running):
    some = os.read(running.process.stdout.fileno(), 4096).decode()
    running.said += some
    return "is ready again" in running.said


def test_killed_it_comes_back_with_the_form_and_the_time(running):
    half_fill(running, "ATUid_1")
    before = truth(running)
    ahead = do(running, "clock", ahead_seconds=86_400).json()
    assert ahead["at"].startswith("2021-01-21T02:00")
    reply = do(running, "faults", kind="kill")
    assert reply.status_code == 202
    assert reply.json()["killed"] != running.process.pid
    assert eventually(lambda: is_ready_again(running), BACK_SECONDS)
    assert running.process.poll() is None
    after = truth(running)
    assert after["session"] == before["session"]
    assert after["session"]["question"] == "full_name"
    assert after["clock"]["ahead_seconds"] == 86_400
    assert after["clock"]["at"].startswith("2021-01-21T02:0")
    assert running.stop() == 0


def test_what_a_person_does_is_seen_at_once(running):
    with running.client.stream(
        "GET",
        "/try/api/truth",
        params={"phone": PHONE, "mail": MAIL},
        headers={"accept": "text/event-stream"},
    ) as stream:
        lines = stream.iter_lines()
        assert next_truth(lines)["session"]["stage"] == "start"
        half_fill(running, "ATUid_1", "1")
        while (seen := next_truth(lines))["session"]["stage"] != "asking":
            pass
        assert seen["turn"]["prompts"] == ["ask_consent"]
        assert seen["turn"]["inbound"]["channel"] == "ussd"
        mailed = running.client.post(
            "/try/api/mail", content=LETTER, headers={"content-type": "message/rfc822"}
        )
        assert mailed.json()["code"] == 250, mailed.text
        while not (seen := next_truth(lines))["told"]:
            pass
        [record] = seen["records"]
        assert (record["nik"], record["full_name"]) == (NIK, NAME)
        assert seen["told"] == seen["recorded"] == 1
        letter = next(one for one in seen["outbox"] if one["channel"] == "email")
        raw = running.client.get(f"/try/api/letters/{letter['id']}")
        assert MAIL in raw.text
        assert record["number"] in letter["text"]
        running.process.send_signal(signal.SIGTERM)  # who watches does not hold up the end
        assert list(lines) is not None
        assert running.process.wait(10) == 0


def next_truth(lines):
    return json.loads(next(line for line in lines if line.startswith("data: "))[6:])


def test_a_store_that_is_away_is_said_so_and_nobody_is_told_anything_false(running):
    assert do(running, "faults", kind="sql", seconds=120).json()["left"] == {"sql": 120}
    half_fill(running, "ATUid_1", f"1*1*{NIK}")
    typed = f"1*1*{NIK}*{NAME}*2*1"
    for length in range(4, 7):
        said = running.ussd(PHONE, "ATUid_1", "*".join(typed.split("*")[:length])).text
    assert "terdaftar" not in said
    assert truth(running)["down"] == {"sql": "out of reach"}
    assert do(running, "faults", kind="sql", seconds=0).json()["left"] == {}
    do(running, "clock", ahead_seconds=60)  # a turn so old is finished by the sweeper
    assert eventually(lambda: truth(running)["records"])
    assert truth(running)["told"] == truth(running)["recorded"] == 1


def test_the_parent_killed_the_child_ends_too(running):
    [child] = children(running)
    running.stop(signal.SIGKILL, group=False)
    assert eventually(lambda: not Path(f"/proc/{child}").exists())


def children(running):
    pid = running.process.pid
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    found = [one for task in tasks for one in task.read_text().split()]
    return [one for one in found if "valkey" not in Path(f"/proc/{one}/comm").read_text()]


@pytest.mark.parametrize("settings", [{"SIMULATOR": 0}, {"SIMULATOR": 1, "WORKERS": 2}])
def test_it_is_served_by_one_worker_and_only_if_wanted(settings, gateway):
    running = gateway(**settings).start()
    assert running.client.get("/try").status_code == 404
    assert running.client.get("/try/api/people").status_code == 404
