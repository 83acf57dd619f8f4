"""Two gateways with accounts of their own and the same stores: each answers for the other."""

import base64
import hashlib
import hmac
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from urllib.parse import quote, unquote, urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest
from psycopg.conninfo import conninfo_to_dict

from gateway.http.peer.client import REST_SECONDS
from gateway.intake.intake import TURN_SECONDS
from tests.e2e.test_process import NUMBER
from tests.fixtures.forwarder import forwarding
from tests.fixtures.people import name, nik
from tests.fixtures.process import eventually

ANSWER_SECONDS = TURN_SECONDS + 1  # Africa's Talking gives up after 10
_ids = count(1)


class Engine:
    """One gateway, with its own accounts and its own wires to the stores."""

    def __init__(self, prepare, folder, wires):
        self.redis, self.sql = wires
        self.token = f"token of {folder.parent.name}"
        self.process = prepare(
            folder,
            TWILIO_AUTH_TOKEN=self.token,
            WEBHOOK_KEY=f"key of {folder.parent.name}",
            REDIS_URL=f"redis://127.0.0.1:{self.redis.port}",
            DATABASE_URL=f"postgresql://satupintu@127.0.0.1:{self.sql.port}/{self.sql.name}",
        )

    def know(self, peer):
        self.process.env |= {
            "SATUPINTU_PEER_URL": peer.process.url,
            "SATUPINTU_PEER_SECRET": "the two know this",
        }

    def dial(self, phone, call, *typed):
        fields = {
            "sessionId": call,
            "serviceCode": "*119#",
            "phoneNumber": phone,
            "networkCode": "99999",
            "text": "*".join(typed),
        }
        key = self.process.env["SATUPINTU_WEBHOOK_KEY"]
        url = "/ussd/africastalking"
        return self.process.client.post(url, params={"key": key}, data=fields)

    def chat(self, phone, text, *, sid=None, token=None):
        fields = {"MessageSid": sid or f"SM{next(_ids):032x}", "Body": text, "NumMedia": "0"}
        fields |= {"From": f"whatsapp:{phone}", "To": "whatsapp:+6281110500567"}
        signed = self.process.url + "/whatsapp/twilio"
        signed += "".join(key + fields[key] for key in sorted(fields))
        digest = hmac.digest((token or self.token).encode(), signed.encode(), hashlib.sha1)
        headers = {"X-Twilio-Signature": base64.b64encode(digest).decode()}
        return self.process.client.post("/whatsapp/twilio", data=fields, headers=headers)

    def counted(self, direction, result):
        labels = f'satupintu_peer_turns_total{{direction="{direction}",result="{result}"}}'
        lines = self.process.client.get("/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(labels))

    def cut(self):
        self.redis.cut()
        self.sql.cut()


def said(reply):
    assert reply.status_code == 200, (reply.status_code, reply.text)
    messages = ET.fromstring(reply.content).iter("Message")  # noqa: S314 our own answer
    return "\n".join(message.text for message in messages)


@pytest.fixture
def wires(pg_dsn, valkey_url):
    """Return a function that lays wires of one's own to the stores that all share."""
    named = conninfo_to_dict(pg_dsn)
    sql_socket = f"{named['host']}/.s.PGSQL.5432"
    redis_socket = unquote(urlsplit(valkey_url).path)
    with (
        forwarding(redis_socket) as redis,
        forwarding(redis_socket) as other_redis,
        forwarding(sql_socket) as sql,
        forwarding(sql_socket) as other_sql,
    ):
        sql.name = other_sql.name = named["dbname"]
        yield (redis, sql), (other_redis, other_sql)


@pytest.fixture
def engines(gateway, wires, tmp_path):
    first, second = (
        Engine(gateway, tmp_path / folder / "var", laid)
        for folder, laid in zip(("one", "two"), wires, strict=True)
    )
    first.know(second)
    second.know(first)
    for engine in (first, second):
        engine.process.data_dir.parent.mkdir()
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda engine: engine.process.start(), (first, second)))
    return first, second


@pytest.fixture
def phone():
    return f"+62812{next(_ids):08d}"


@pytest.mark.parametrize("killed", [0, 1])
def test_who_loses_one_engine_goes_on_at_the_other_at_the_right_question(engines, phone, killed):
    gone, left = engines[killed], engines[1 - killed]
    n, m, chatting = next(_ids), next(_ids), f"+62813{next(_ids):08d}"
    gone.dial(phone, "ATUid_1")
    gone.dial(phone, "ATUid_1", "1")
    assert "NIK" in gone.dial(phone, "ATUid_1", "1", "1").text
    assert "nama" in gone.dial(phone, "ATUid_1", "1", "1", nik(n)).text
    gone.chat(chatting, "DAFTAR")
    gone.chat(chatting, "1")
    assert "nama" in said(gone.chat(chatting, nik(m))).lower()
    gone.process.stop(signal.SIGKILL)

    screen = left.dial(phone, "ATUid_2")
    assert "belum selesai" in screen.text
    assert "nama" in left.dial(phone, "ATUid_2", "1").text.lower()

    assert "profesi" in said(left.chat(chatting, name(m))).lower()
    left.chat(chatting, "2")
    assert NUMBER.search(said(left.chat(chatting, "1")))


def test_an_engine_without_stores_answers_through_the_other(engines, phone):
    first, second = engines
    n = next(_ids)
    first.dial(phone, "ATUid_1")
    check_strangers(second)
    first.cut()
    check_signatures(first, second, f"+62813{next(_ids):08d}")
    typed = []
    for word in ("1", "1", nik(n), name(n), "2"):
        typed.append(word)
        reply = first.dial(phone, "ATUid_1", *typed)
        assert (reply.status_code, reply.text[:4]) == (200, "CON "), reply.text
    told = first.dial(phone, "ATUid_1", *typed, "1")
    assert NUMBER.search(told.text)
    assert told.headers["content-type"].startswith("text/plain")

    for engine in (first, second):  # the same bytes, whoever hears it again
        assert engine.dial(phone, "ATUid_1", *typed, "1").content == told.content
    first.redis.mend()
    first.sql.mend()
    assert first.dial(phone, "ATUid_1", *typed, "1").content == told.content
    [record] = second.process.search(nik=nik(n))
    assert record["number"] == NUMBER.search(told.text).group()
    assert first.counted("passed", "answered") == second.counted("received", "answered") >= 7


def check_strangers(engine):
    client = engine.process.client
    assert client.post("/peer", content=b"{}").status_code == 401
    wrong = {"x-satupintu-signature": "sha256=00"}
    assert client.post("/peer", content=b"{}", headers=wrong).status_code == 401
    assert client.get("/peer").status_code == 405


def check_signatures(first, second, phone):
    assert first.chat(phone, "DAFTAR", token=second.token).status_code == 403
    assert first.chat(phone, "DAFTAR", token="nobody's").status_code == 403
    assert second.counted("received", "answered") == 0
    told = first.chat(phone, "DAFTAR", sid="SM1")
    assert "Setuju" in said(told) or "setuju" in said(told)
    assert first.chat(phone, "DAFTAR", sid="SM1").content == told.content
    assert told.headers["content-type"].startswith("text/xml")


def test_an_engine_whose_stores_say_nothing_answers_in_time_and_then_at_once(engines, phone):
    first, second = engines
    first.redis.hush()
    first.sql.hush()
    began = time.monotonic()
    assert first.dial(phone, "ATUid_1").text.startswith("CON ")
    assert time.monotonic() - began < ANSWER_SECONDS

    began = time.monotonic()
    assert first.dial(phone, "ATUid_1", "1").text.startswith("CON ")
    assert time.monotonic() - began < REST_SECONDS

    first.redis.talk()
    first.sql.talk()

    def serves_itself():
        before = first.counted("passed", "answered")
        assert first.dial(phone, f"ATUid_{next(_ids)}").status_code == 200
        return first.counted("passed", "answered") == before

    assert eventually(serves_itself)
    assert second.counted("passed", "answered") == 0


def test_two_engines_without_stores_are_honest_in_time_and_pass_nothing_round(engines, phone):
    first, second = engines
    for engine in engines:
        engine.cut()
    began = time.monotonic()
    screen, text = first.dial(phone, "ATUid_1"), second.chat(phone, "DAFTAR")
    assert time.monotonic() - began < ANSWER_SECONDS
    assert (screen.status_code, text.status_code) == (503, 503)
    assert screen.text.startswith("END ")
    assert screen.headers["retry-after"]
    for engine in engines:
        assert engine.counted("passed", "failed") == 1
        assert engine.counted("received", "failed") == 1

    second.process.stop(signal.SIGKILL)
    began = time.monotonic()
    assert first.dial(phone, "ATUid_1").status_code == 503
    assert time.monotonic() - began < ANSWER_SECONDS


def test_an_engine_told_to_stop_passes_on_what_still_comes(engines, phone):
    first, second = engines
    first.dial(phone, "ATUid_1")
    fields = {"sessionId": "ATUid_1", "serviceCode": "*119#", "phoneNumber": phone}
    body = urlencode(fields | {"networkCode": "99999", "text": "1"}).encode()
    key = quote(first.process.env["SATUPINTU_WEBHOOK_KEY"])
    head = f"POST /ussd/africastalking?key={key} HTTP/1.1\r\nHost: gateway\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\n"
    address = ("127.0.0.1", first.process.http_port)
    with socket.create_connection(address, timeout=20) as line:
        line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        first.process.process.send_signal(signal.SIGTERM)
        assert eventually(lambda: is_closed(address))
        line.sendall(body)
        answer = line.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\n\r\nCON " in answer
    assert second.counted("received", "answered") == 1
    assert first.process.stop() == 0


def is_closed(address):
    try:
        socket.create_connection(address).close()
    except ConnectionError:
        return True
    return False
