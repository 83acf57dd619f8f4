"""`satupintu doctor`: what it finds, and what it leaves alone."""

import re
import shutil
import socket
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import create_engine, insert

from core.database.data_keys import COMMON, SEALING
from core.database.migrations import HEAD, migrate
from core.database.statements import iso_utc
from core.database.tables.clinics import facilities, slots
from core.database.tables.people import roster
from core.outbox.answers import MAILBOX_ANSWERS_MAX, STRANGER_ANSWERS_MAX
from core.registration.bounds import CLAIMS_A_DAY_MAX
from core.registration.lists import ROWS_UNVOUCHED_MAX
from core.registration.web_lists import ROWS_OF_NETWORK_MAX
from gateway.commands.doctor import examine
from gateway.commands.recheck import run as recheck
from gateway.runtime.tables import prepare_tables
from gateway.settings.configuration import load_configuration
from gateway.settings.providers import PROVIDERS
from gateway.settings.settings import given_names, variable
from tests.fixtures.engines import sqlalchemy_url
from tests.fixtures.ports import free_port
from tests.fixtures.ussd_gateways import FILE

LONG = "x" * 32
PAGE_BYTES = 4_096
PRODUCTION = {
    "mode": "production",
    "allow_embedded": "1",
    "wires": "africastalking,smtp",
    "operator_token": LONG,
    "webhook_key": LONG,
    "public_url": "https://gateway.example",
}
TWILIO = {
    "twilio_account_sid": "AC0",
    "twilio_auth_token": "t",
    "twilio_sms_from": "1199",
}
AFRICASTALKING = {"africastalking_username": "u", "africastalking_api_key": "k"}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    for name in given_names():
        monkeypatch.delenv(name)
    shutil.copy(Path(__file__).parents[2] / "campaign.toml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SATUPINTU_HTTP_PORT", str(free_port()))
    monkeypatch.setenv("SATUPINTU_SMTP_PORT", str(free_port()))


@pytest.fixture
def doctor(monkeypatch, capsys):
    def call(**given):
        for name, value in given.items():
            monkeypatch.setenv(variable(name), str(value))
        status = examine(load_configuration())
        told = capsys.readouterr()
        assert "Traceback" not in told.out + told.err
        return status, told.out.splitlines()

    return call


def test_production_is_told_what_makes_letters_authentic(doctor):
    for name, text in (("SECRET", LONG), ("MAIL_AUTHSERV", "mx.mail.example")):
        _, lines = doctor(**PRODUCTION)
        assert named(lines, f"SATUPINTU_{name}")[0].startswith(f"note SATUPINTU_{name}: not set")
        _, lines = doctor(**{name.lower(): text})
        assert named(lines, f"SATUPINTU_{name}") == [f"ok   SATUPINTU_{name}"]
    _, lines = doctor(secret="", wires="africastalking")
    assert named(lines, "SATUPINTU_SECRET") == []


def test_production_is_told_what_strangers_letters_are_bounded_to(doctor):
    _, lines = doctor(**PRODUCTION)
    (line,) = named(lines, "SATUPINTU_MAIL_AUTHSERV")
    most = CLAIMS_A_DAY_MAX, ROWS_UNVOUCHED_MAX, STRANGER_ANSWERS_MAX, MAILBOX_ANSWERS_MAX
    assert re.findall("[0-9]+", line) == [str(one) for one in most]


def test_production_is_told_that_no_proxy_is_trusted_where_the_web_is_served(doctor):
    part = "SATUPINTU_TRUSTED_PROXIES"
    _, lines = doctor(**{**PRODUCTION, "wires": "africastalking,web"})
    (line,) = named(lines, part)
    assert line.startswith(f"note {part}: not set; behind a proxy on a private network")
    assert f"{ROWS_OF_NETWORK_MAX} rows" in line
    _, lines = doctor(trusted_proxies="10.0.0.0/8")
    assert named(lines, part) == [f"ok   {part}"]
    _, lines = doctor(trusted_proxies="", wires="africastalking")
    assert named(lines, part) == []
    _, lines = doctor(mode="dev", wires="web")
    assert named(lines, part) == []


def named(lines, part):
    return [line for line in lines if line[5:].startswith(part)]


def test_a_fresh_folder_is_fit_and_stays_as_it_is(doctor, tmp_path):
    (tmp_path / "var").mkdir(mode=0o700)
    status, lines = doctor()
    assert status == 0
    assert [line for line in lines if line.startswith("BAD")] == []
    keyed = ", ".join(
        one.name for one in PROVIDERS if "webhook_key" in one.guards and not one.table
    )
    said = f"note SATUPINTU_WEBHOOK_KEY: not set; {keyed} is open to anybody"
    assert named(lines, "SATUPINTU_WEBHOOK_KEY")[0].startswith(said)
    assert list((tmp_path / "var").iterdir()) == []


def test_it_names_the_mapped_gateways_and_those_that_are_open(doctor):
    _, lines = doctor(ussd_gateways=str(FILE), mapped_keys="aat=key")
    found = named(lines, "USSD gateway")
    assert [line.split()[3] for line in found] == ["aat", "truroute", "hollatags"]
    assert found[0] == "ok   USSD gateway aat at /ussd/aat, screens of 160, repeats known for 3 s"
    assert found[1].endswith(": has no key; it is open to anybody who reaches this port")


def test_it_tells_of_an_import_that_was_cut_off(doctor, tmp_path):
    recheck(load_configuration())  # makes the database
    with closing(sqlite3.connect(tmp_path / "var/satupintu.db", isolation_level=None)) as database:
        assert named(doctor()[1], "roster") == []
        database.execute("UPDATE rosters SET read_at = NULL")
    (line,) = named(doctor()[1], "roster")
    assert line.startswith("note roster: the import begun at ")


def test_it_tells_what_is_ill_and_no_password(doctor):
    status, lines = doctor(redis_url="redis://:hunter2@127.0.0.1:1/0", valkey_bin="/nowhere")
    assert status == 1
    assert "BAD  Redis: failed with UnavailableError (refused)" in lines
    assert "hunter2" not in "".join(lines)


def test_production_is_told_whether_people_can_be_verified_and_book(
    doctor, database_url, valkey_url
):
    given = {**PRODUCTION, "database_url": database_url, "redis_url": valkey_url}

    def parts():
        status, lines = doctor(**given)
        assert status == 0, lines
        return {part: bool(named(lines, part)) for part in ("roster", "facilities", "slots")}

    campaign = load_configuration().campaign.id
    with closing(Rows(database_url)) as rows:
        member = {"campaign": campaign, "full_name": "X", "profession": "", "facility_code": ""}
        place = {"name": "X", "regency_code": "3204", "address": ""}
        rows.add(roster, **member, nik="3204115706960001", demo=1)
        rows.add(facilities, **place, code="demo", demo=1)
        assert parts() == {"roster": True, "facilities": True, "slots": False}
        rows.add(roster, **member, nik="3204115706960002", demo=0)
        rows.add(facilities, **place, code="real", demo=0)
        assert parts() == {"roster": False, "facilities": False, "slots": True}
        now = datetime.now(UTC)
        seat = {"facility_code": "real", "dose": 1, "capacity": 2}
        rows.add(slots, **seat, campaign=campaign, start=iso_utc(now - timedelta(1)), booked=0)
        rows.add(slots, **seat, campaign=campaign, start=iso_utc(now + timedelta(1)), booked=2)
        rows.add(slots, **seat, campaign="other", start=iso_utc(now + timedelta(2)), booked=0)
        assert parts() == {"roster": False, "facilities": False, "slots": True}
        rows.add(slots, **seat, campaign=campaign, start=iso_utc(now + timedelta(3)), booked=1)
        assert parts() == {"roster": False, "facilities": False, "slots": False}


class Rows:
    """Puts rows into a database."""

    def __init__(self, url):
        self._engine = create_engine(sqlalchemy_url(url))

    def add(self, table, **row):
        with self._engine.begin() as connection:
            connection.execute(insert(table).values(row))

    def close(self):
        self._engine.dispose()


def test_before_the_first_start_all_of_it_is_missing_and_a_registry_stands_for_the_roster(doctor):
    _status, lines = doctor(**PRODUCTION)
    assert len(named(lines, "roster")) == len(named(lines, "facilities")) == 1
    _status, lines = doctor(registry_url="https://registry.example")
    assert named(lines, "roster") == []


def test_a_wire_that_is_not_served_is_not_told_to_be_open(doctor):
    _status, lines = doctor(wires="africastalking,smtp")
    assert named(lines, "SATUPINTU_TWILIO") == named(lines, "SATUPINTU_META") == []
    said = "note SATUPINTU_WEBHOOK_KEY: not set; africastalking is open to anybody"
    assert named(lines, "SATUPINTU_WEBHOOK_KEY")[0].startswith(said)


@pytest.mark.parametrize(
    ("given", "sends"),
    [
        ({}, False),
        (TWILIO, True),
        (AFRICASTALKING, True),
        ({**AFRICASTALKING, "routes": "sms=twilio"}, False),
    ],
)
def test_it_says_whether_any_account_sends_sms(given, sends, doctor):
    _status, lines = doctor(**PRODUCTION, **given)
    assert ("ok   an account sends sms" in lines) is sends
    assert bool(named(lines, "sms: no account sends on this channel")) is not sends


def test_it_tells_what_is_amiss_about_sms_by_an_operator(doctor):
    closed = free_port()
    given = {f"kannel_{part}": "x" for part in ("username", "password", "from")}
    given["kannel_url"] = f"http://127.0.0.1:{closed}/sendsms"
    _status, lines = doctor(**given, wires="smtp", sms_prefixes="+62811=digihub;+62817=kannel")
    found = [line for line in lines if "kannel" in line or "+628" in line or "invitations" in line]
    assert found == [
        "note receipts of kannel: it is not in SATUPINTU_WIRES, so they get 404",
        "note sms by kannel: nothing answers where SATUPINTU_KANNEL_URL says",
        "note SMS to +62811: digihub has no account, so the others send to these numbers",
        "note invitations by SMS: they come from a name, so nobody can answer them",
    ]
    with closing(socket.create_server(("127.0.0.1", closed))):
        _status, lines = doctor(wires="kannel,smtp", sms_prefixes="+62817=kannel")
    assert "ok   sms by kannel" in lines
    assert named(lines, "receipts of kannel") == named(lines, "SMS to") == []


@pytest.mark.parametrize(
    ("url", "told"), [("http://127.0.0.1:8000", True), ("https://gateway.example", False)]
)
def test_production_is_told_that_no_provider_can_call_it(url, told, doctor):
    _status, lines = doctor(**{**PRODUCTION, "public_url": url})
    assert bool(named(lines, "SATUPINTU_PUBLIC_URL: names this machine")) is told


def test_dev_is_told_what_production_would_refuse(doctor):
    status, lines = doctor(operator_token="hunter2", peer_url="http://p.example", peer_secret=LONG)
    assert status == 0
    said = "note SATUPINTU_OPERATOR_TOKEN: production refuses it: shorter than 32 characters"
    assert [line for line in lines if line.startswith(said)]
    assert named(lines, "SATUPINTU_PEER_URL: production refuses it: leaves this machine")
    assert "hunter2" not in "".join(lines)


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[: len(data) // 2] + bytes(len(data) // 2),
        lambda data: data[:-PAGE_BYTES] + bytes(PAGE_BYTES),
    ],
    ids=["cut off", "half overwritten", "one page overwritten"],
)
def test_a_damaged_database_is_bad(harm, doctor, tmp_path):
    (tmp_path / "var").mkdir(mode=0o700)
    path = tmp_path / "var" / "satupintu.db"
    migrate(f"sqlite:///{path}")
    assert "ok   SQLite satupintu.db" in doctor()[1]
    before = sorted(each.name for each in path.parent.iterdir())
    data = path.read_bytes()
    path.write_bytes(harm(data))
    status, lines = doctor()
    assert status == 1
    (line,) = named(lines, "SQLite")
    assert line == "BAD  SQLite satupintu.db: is damaged; restore a backup (docs/operations.md)"
    assert sorted(each.name for each in path.parent.iterdir()) == before


@pytest.mark.parametrize(
    ("revision", "compatible_from", "line"),
    [
        (HEAD, "", f"ok   tables {HEAD}"),
        ("0028", "", f"ok   tables (the next start brings them to {HEAD})"),
        ("9999", HEAD, "note tables: 9999, of a newer release; this one serves on them"),
        ("9999", "9998", "BAD  tables: its tables (9999) are of a newer release of satupintu, "),
    ],
)
def test_tables_of_another_release_are_told(revision, compatible_from, line, doctor, tmp_path):
    (tmp_path / "var").mkdir(mode=0o700)
    path = tmp_path / "var" / "satupintu.db"
    migrate(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        raw.execute("UPDATE compatibility SET compatible_from = ?", (compatible_from,))
    status, lines = doctor()
    assert status == line.startswith("BAD")
    (told,) = named(lines, "tables")
    assert told.startswith(line)


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    def prepare(secret=None):
        (tmp_path / "var").mkdir(mode=0o700, exist_ok=True)
        if secret:
            monkeypatch.setenv(variable("secret"), secret)
        prepare_tables(load_configuration().settings)

    return prepare


@pytest.mark.parametrize(
    ("secret", "status", "line"),
    [
        (LONG, 0, "ok   personal data: sealed"),
        ("y" * 32, 1, "BAD  personal data: SATUPINTU_SECRET or SATUPINTU_KEY_FILE: of another"),
        ("", 1, "BAD  personal data: SATUPINTU_SECRET: missing; the database is sealed under"),
    ],
    ids=["its key", "another", "none"],
)
def test_a_database_that_no_key_opens_is_bad(secret, status, line, doctor, prepared):
    prepared(LONG)
    found, lines = doctor(secret=secret)
    assert found == status
    assert named(lines, "personal data")[0].startswith(line)


def test_a_database_that_is_half_sealed_is_bad(doctor, prepared, tmp_path):
    prepared(LONG)
    with closing(sqlite3.connect(tmp_path / "var" / "satupintu.db", isolation_level=None)) as raw:
        raw.execute("UPDATE data_keys SET ref = ? WHERE ref = ?", (SEALING, COMMON))
    status, lines = doctor()
    assert status == 1
    assert "it is half sealed; run `satupintu seal`" in named(lines, "personal data")[0]


def test_a_plain_database_beside_a_key_is_told_and_stays_plain(doctor, prepared):
    prepared()
    assert named(doctor()[1], "personal data") == ["ok   personal data: not sealed"]
    for _ in range(2):
        status, lines = doctor(secret=LONG)
        assert status == 0
        assert named(lines, "personal data: not sealed; ")[0].startswith("note ")


@pytest.mark.parametrize(("mode", "told"), [(0o644, True), (0o640, True), (0o600, False)])
def test_an_env_file_that_others_may_read_is_told(mode, told, doctor, tmp_path):
    (tmp_path / ".env").write_text("SATUPINTU_WORKERS=1\n")
    (tmp_path / ".env").chmod(mode)
    status, lines = doctor()
    assert status == 0
    assert bool(named(lines, ".env: others may read it")) is told


class Stranger(BaseHTTPRequestHandler):
    """Some other service, which is as well as we are."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status":"ok"}')

    def log_message(self, *_):
        """Say nothing."""


def test_a_port_that_a_stranger_has_is_bad(doctor):
    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        status, lines = doctor(http_port=server.server_port)
        server.shutdown()
        serving.join()
    assert status == 1
    (line,) = named(lines, "HTTP port")
    assert line.startswith("BAD ")
    assert "in use, and not by a gateway" in line


def test_a_stranger_at_the_smtp_port_is_bad(doctor):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        status, lines = doctor(smtp_port=listener.getsockname()[1])
    assert status == 1
    assert named(lines, "SMTP port")[0].startswith("BAD ")
    assert named(lines, "HTTP port")[0].startswith("ok ")


@pytest.mark.parametrize(
    "settings", [{}, {"WORKERS": 2}, {"WIRES": "africastalking"}], ids=["one", "two", "no mail"]
)
def test_beside_its_own_gateway_all_is_well(settings, gateway):
    running = gateway(**settings).start()
    lines = running.command("doctor").splitlines()
    assert f"ok   HTTP port {running.http_port} (a gateway is running)" in lines
    assert named(lines, f"SMTP port {running.smtp_port}")[0].startswith("ok ")
    assert "ok   SQLite satupintu.db" in lines
    assert running.client.get("/health/ready").status_code == 200
