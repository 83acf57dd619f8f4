"""The process from outside: ready soon, stopped politely, killed without loss."""

import os
import re
import signal
import socket
import stat
import time
from pathlib import Path

import pytest

from gateway.process.embedded_valkey import PREDECESSOR_SECONDS
from tests.fixtures.hostile import in_time
from tests.fixtures.process import WEBHOOK_KEY, Process, eventually

NIK, PHONE = "3204115706960001", "+6281211110001"
NUMBER = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b")
READY_SECONDS = 6  # the aim is 2 on a machine of its own; the suite shares its machine


def half_fill(running, session="ATUid_1"):
    for typed in ("", "1", "1*1", f"1*1*{NIK}"):
        reply = running.ussd(PHONE, session, typed)
        assert reply.text.startswith("CON "), reply.text


def complete(running, session, *more):
    typed = "1*1*" + "*".join((NIK, "SITI AMINAH", "2", "1", *more))
    parts = typed.split("*")
    for length in range(len(parts) + 1):
        reply = running.ussd(PHONE, session, "*".join(parts[:length]))
        assert reply.status_code == 200
    return reply.text


def number_in(text):
    found = NUMBER.search(text)
    assert found, text
    return found.group()


def test_it_is_ready_soon_and_says_where(gateway):
    running = gateway(OPERATOR_TOKEN=None).start()
    assert in_time(running.seconds, READY_SECONDS)
    assert running.url in running.said
    assert "operator token of this run" in running.said
    assert running.client.get("/health/ready").json() == {"status": "ok"}
    assert running.client.get("/health/live").status_code == 200
    assert "satupintu_turn_seconds" in running.client.get("/metrics").text


def test_every_file_is_for_our_eyes_only_and_no_crash_writes_memory_to_the_disk(gateway):
    running = gateway(WORKERS=2).start()
    half_fill(running)
    assert stat.S_IMODE(running.data_dir.stat().st_mode) == 0o700
    modes = {path: path.stat().st_mode & 0o077 for path in running.data_dir.rglob("*")}
    assert {running.data_dir / "satupintu.db", running.data_dir / "metrics"} <= set(modes)
    assert [path for path, open_to_others in modes.items() if open_to_others] == []
    for pid in (running.process.pid, *workers_of(running)):
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE), limits


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_group_ends_it_cleanly(number, gateway):
    running = gateway().start()
    assert running.stop(number) == 0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", running.http_port)).close()


def test_a_restart_keeps_records_and_half_filled_forms(gateway):
    first = gateway().start()
    half_fill(first)
    assert first.stop() == 0
    second = gateway(first.data_dir).start()
    assert second.ussd(PHONE, "ATUid_2", "").text.startswith("CON ")
    said = complete_from_name(second)
    number = number_in(said)
    assert second.stop() == 0
    third = gateway(first.data_dir).start()
    (record,) = third.search(nik=NIK)
    assert record["number"] == number


def complete_from_name(running):
    typed = []
    for word in ("1", "SITI AMINAH", "2", "1"):
        typed.append(word)
        reply = running.ussd(PHONE, "ATUid_2", "*".join(typed))
    assert reply.text.startswith("END "), reply.text
    return reply.text


def test_after_all_data_is_lost_the_same_person_gets_the_same_number(gateway, tmp_path):
    told = set()
    for name in ("first", "second"):
        running = gateway(tmp_path / name, SECRET="s" * 32).start()
        told.add(number_in(complete(running, "ATUid_1")))
        assert running.stop() == 0
    assert len(told) == 1


def test_killing_the_whole_group_loses_nothing_that_was_told(gateway):
    first = gateway().start()
    number = number_in(complete(first, "ATUid_1"))
    assert first.stop(signal.SIGKILL) == -signal.SIGKILL
    second = gateway(first.data_dir).start()
    assert [record["number"] for record in second.search(number=number)] == [number]


def test_requests_in_flight_are_answered_when_it_is_told_to_stop(gateway):
    running = gateway().start()
    with socket.create_connection(("127.0.0.1", running.http_port), timeout=20) as wire:
        body = b"sessionId=ATUid_1&serviceCode=%2A119%23&phoneNumber=%2B6281211110001&text="
        key = WEBHOOK_KEY.replace(" ", "%20")
        head = f"POST /ussd/africastalking?key={key} HTTP/1.1\r\nHost: x\r\n"
        kind = "Content-Type: application/x-www-form-urlencoded\r\n"
        wire.sendall(f"{head}{kind}Content-Length: {len(body)}\r\n\r\n".encode() + body[:10])
        assert running.client.get("/health/live").status_code == 200
        os.kill(running.process.pid, signal.SIGTERM)
        assert eventually(lambda: refuses(running.http_port))
        wire.sendall(body[10:])
        answer = b""
        while some := wire.recv(4096):
            answer += some
    assert b" 200 OK" in answer
    assert b"CON " in answer
    assert running.stop() == 0


def refuses(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_second_signal_cuts_the_drain_short(gateway):
    running = gateway().start()
    with socket.create_connection(("127.0.0.1", running.http_port), timeout=20) as wire:
        wire.sendall(b"POST /ussd/africastalking HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        assert running.client.get("/health/live").status_code == 200
        os.kill(running.process.pid, signal.SIGINT)
        assert eventually(lambda: refuses(running.http_port))
        begun = time.monotonic()
        running.stop(signal.SIGINT)
        assert in_time(time.monotonic() - begun, 5)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """Return a gateway that others cannot disturb."""
    process = Process(tmp_path_factory.mktemp("first") / "var").start()
    yield process
    process.end()


def test_a_second_gateway_on_the_same_data_is_refused_politely(gateway, first):
    second = gateway(first.data_dir).launch()
    assert second.process.wait(PREDECESSOR_SECONDS + 20) == 2
    assert "Traceback" not in second.errors()
    assert str(first.data_dir) in second.errors()
    assert first.client.get("/health/ready").status_code == 200


def test_a_port_in_use_is_told_by_its_setting(gateway, first):
    second = gateway(HTTP_PORT=first.http_port).launch()
    assert second.process.wait(20) == 2
    assert "SATUPINTU_HTTP_PORT" in second.errors()
    assert "Traceback" not in second.errors()


def test_a_faulty_setting_is_told_and_nothing_starts(gateway):
    faulty = gateway(WORKERS="none", MODE="production", OPERATOR_TOKEN=None).launch()
    assert faulty.process.wait(20) == 2
    told = faulty.errors()
    assert "SATUPINTU_WORKERS" in told
    assert "SATUPINTU_OPERATOR_TOKEN: missing" in told
    assert not faulty.data_dir.exists()


def workers_of(running):
    parent = running.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    pids = [int(pid) for pid in children.split()]
    return [pid for pid in pids if b"worker" in command_of(pid)]


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


def vital(running, name):
    lines = running.client.get("/metrics").text.splitlines()
    return max(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def test_two_workers_serve_and_a_dead_one_is_replaced(gateway):
    running = gateway(WORKERS=2).start()
    old = workers_of(running)
    assert len(old) == 2
    half_fill(running)
    os.kill(old[0], signal.SIGKILL)
    assert eventually(lambda: len(set(workers_of(running)) - {old[0]}) == 2)
    assert running.client.get("/health/ready").status_code == 200
    assert number_in(complete(running, "ATUid_9"))
    metrics = running.client.get("/metrics").text
    assert "satupintu_turn_seconds_count" in metrics
    assert {of for of in old if list(running.data_dir.rglob(f"gauge_live*_{of}.db"))} == {old[1]}
    assert eventually(lambda: vital(running, "process_open_fds") > 10)
    assert vital(running, "process_max_fds") >= vital(running, "process_open_fds")
    assert running.stop() == 0
    assert [pid for pid in old if command_of(pid)] == []


def test_workers_end_when_their_parent_is_killed(gateway):
    running = gateway(WORKERS=2).start()
    workers = workers_of(running)
    running.stop(signal.SIGKILL, group=False)
    assert eventually(lambda: not any(b"worker" in command_of(pid) for pid in workers))


def test_one_person_through_four_doors_is_one_record(first):
    running = first
    number = number_in(complete(running, "ATUid_1"))
    told = running.text("sms", PHONE, f"DAFTAR {NIK}#Siti Aminah#PERAWAT").text
    told += running.text("sms", PHONE, "YA").text
    assert number in told
    for word in ("DAFTAR", "1", NIK, "Siti Aminah, S.Kep.", "2", "1"):
        told = running.text("whatsapp", PHONE, word).text
    assert number in told
    mail = f"NIK: {NIK}\nNama: SITI AMINAH\nTipe Nakes: perawat\nNo HP: 0812-1111-0001\n"
    running.mail("siti@klinik.example", mail)
    address = {"address": "siti@klinik.example"}
    queued = eventually(lambda: running.api("outbox/search", address).json()["items"])
    assert number in queued[0]["text"]
    (record,) = running.search(nik=NIK)
    assert sorted(record["channels"]) == ["email", "sms", "ussd", "whatsapp"]
    assert record["nik"] == "3204********0001"
    assert len(record["intents"]) == 4
    assert NIK not in log_text(running)


def log_text(running):
    return "".join(path.read_text() for path in running.data_dir.parent.glob("log*"))
