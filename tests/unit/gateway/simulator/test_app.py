"""What the page calls, and what it may not: the routes and their bounds."""

import asyncio

import httpx2
import pytest

from channels.email.letter import OwnMailbox
from core.database.statements import Statement
from gateway.runtime.clock import AHEAD_SECONDS_MAX, FILE, TurnedClock
from gateway.runtime.metrics import Metrics
from gateway.settings.settings import Settings
from gateway.simulator.app import WATCHERS_MAX, Stage, simulator_app
from gateway.simulator.faults import AWAY_SECONDS_MAX, LATE_SECONDS_MAX
from gateway.simulator.requests import BODY_BYTES_MAX
from gateway.simulator.shown import Shown
from gateway.simulator.simulator import Simulator
from gateway.simulator.truth import Truth
from tests.stories.world import SECRET, World

ON_ROSTER = Statement("SELECT 1 FROM roster WHERE nik = :nik")
PHONE = "?phone=%2B6281211110001"
STREAM = {"accept": "text/event-stream"}


@pytest.fixture
def stage(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    world = World("id")
    simulator = Simulator(TurnedClock(lambda: world.now, tmp_path / FILE))
    mailbox = OwnMailbox(world.campaign.mailboxes[0], SECRET)
    shown = Shown(world.wording, mailbox, "https://pintu.example")
    return Stage(
        simulator=simulator,
        settings=Settings(data_dir=tmp_path, smtp_port=1),
        campaign=world.campaign.id,
        country="ID",
        database=world.database,
        shown=shown,
        truth=Truth(
            database=world.database,
            sessions=world.sessions,
            shown=shown,
            wording=world.wording,
            metrics=Metrics(),
            simulator=simulator,
        ),
        turned=lambda: asyncio.sleep(0),
        nudge=lambda: None,
        providers={"/sms/twilio": "twilio"},
        draining=lambda: True,
    )


@pytest.fixture
def call(stage):
    """Return a function that calls the application; the reply is read to its end."""
    app = simulator_app(stage)

    async def ask(method, path, **more):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, f"/try{path}", **more)

    return ask


async def test_the_page_is_served_as_no_other_site_may_use_it(call):
    for path in ("", "/"):
        page = await call("GET", path)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    script = await call("GET", "/static/try.js")
    assert script.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2Fpeople.toml", "%2E%2E%2Fapp.py", "people.toml", "x/y.js"]
)
async def test_no_other_file_is_served(name, call):
    assert (await call("GET", f"/static/{name}")).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/clock", {"ahead_seconds": -1}),
        ("/api/clock", {"ahead_seconds": AHEAD_SECONDS_MAX + 1}),
        ("/api/clock", {"at": "2021-01-20T08:00"}),
        ("/api/clock", {"at": "9999-12-31T23:59:59-12:00"}),
        ("/api/clock", {"at": "soon"}),
        ("/api/clock", {}),
        ("/api/faults", {"kind": "fire"}),
        ("/api/faults", {"kind": "sql", "seconds": AWAY_SECONDS_MAX + 1}),
        ("/api/faults", {"kind": "late", "seconds": LATE_SECONDS_MAX + 1}),
        ("/api/faults", {"kind": "sql", "seconds": -1}),
        ("/api/faults", ["kill"]),
        ("/api/people", {"listed": "perhaps"}),
        ("/api/record/export", {"steps": [{}]}),
        ("/api/sign", {"path": "/api/v1/records"}),
    ],
)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(path, body, call, stage):
    reply = await call("POST", path, json=body)
    assert reply.status_code == 422, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert stage.simulator.clock.ahead_seconds == 0
    assert stage.simulator.faults.left() == {}


@pytest.mark.parametrize("ahead_seconds", [0, AHEAD_SECONDS_MAX])
async def test_the_clock_turns_within_its_bounds(ahead_seconds, call, stage):
    reply = await call("POST", "/api/clock", json={"ahead_seconds": ahead_seconds})
    assert reply.json() == (await call("GET", "/api/clock")).json()
    assert stage.simulator.clock.ahead_seconds == ahead_seconds


async def test_the_clock_is_told_what_to_say(call):
    reply = await call("POST", "/api/clock", json={"at": "2021-01-16T08:00:00+07:00"})
    assert reply.json() == {"ahead_seconds": 17 * 3_600, "at": "2021-01-16T01:00:00+00:00"}


async def test_a_new_person_is_on_the_roster_if_wanted(call, stage):
    for listed in (True, False):
        made = await call("POST", "/api/people", json={"listed": listed})
        assert made.status_code == 201
        nik = made.json()["nik"]
        found = stage.database.run(lambda on, nik=nik: on.all(ON_ROSTER, nik=nik))
        assert len(found) == listed


@pytest.mark.parametrize("letter", ["", "From: a@b.example\n\nhalo", "To: c@d.example\n\nhalo"])
async def test_a_letter_needs_somebody_at_both_ends(letter, call):
    headers = {"content-type": "message/rfc822"}
    assert (await call("POST", "/api/mail", content=letter, headers=headers)).status_code == 422


async def test_a_mail_port_that_is_not_there_is_said_so(call):
    letter, headers = "From: a@b.example\nTo: c@d.example\n\nx", {"content-type": "message/rfc822"}
    assert (await call("POST", "/api/mail", content=letter, headers=headers)).status_code == 503


async def test_a_body_is_bounded(call):
    headers = {"content-type": "application/json"}
    within, beyond = (b" " * size for size in (BODY_BYTES_MAX, BODY_BYTES_MAX + 1))
    assert (await call("POST", "/api/clock", content=within, headers=headers)).status_code == 422
    assert (await call("POST", "/api/clock", content=beyond, headers=headers)).status_code == 413


async def test_watchers_are_bounded_and_leave_nothing_behind(call, stage):
    turns = stage.simulator.turns
    turns.watchers = WATCHERS_MAX - 1
    assert (await call("GET", f"/api/truth{PHONE}", headers=STREAM)).status_code == 200
    assert turns.watchers == WATCHERS_MAX - 1
    turns.watchers = WATCHERS_MAX
    assert (await call("GET", f"/api/truth{PHONE}", headers=STREAM)).status_code == 503
    assert (await call("GET", f"/api/truth{PHONE}")).json()["told"] == 0


@pytest.mark.parametrize("number", ["1", str(2**63), "9" * 30])
async def test_a_letter_that_is_none_is_not_found(number, call):
    assert (await call("GET", f"/api/letters/{number}")).status_code == 404


async def test_nothing_else_is_there(call):
    for path in ("/api", "/api/truths", "/api/clock/", "/x"):
        assert (await call("GET", path)).status_code == 404
    assert (await call("DELETE", "/api/clock")).status_code == 403
