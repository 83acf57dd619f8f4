"""The simulator is not there in production, and no page of another site can drive it in dev."""

import asyncio

import httpx2
import pytest
from starlette.datastructures import Headers

from channels.contract import Request
from gateway.settings.data_dir import mark_data_dir
from gateway.settings.settings import Settings
from gateway.settings.simulating import simulates
from gateway.simulator.guard import guarded_app, refusal
from gateway.wiring.providers import make_channels
from tests.scripts import CAMPAIGN, START, WORDING

PRODUCTION = {"MODE": "production", "ALLOW_EMBEDDED": 1, "WIRES": "africastalking", "SIMULATOR": 1}
PATHS = (
    *("/try", "/try/", "/try/static/try.js", "/try/api/truth?phone=%2B6281211110001"),
    *("/try/api/clock", "/try/api/faults", "/try/api/mail", "/try/api/people", "/try/api/stories"),
    *(
        "/try/api/record/export",
        "/try/api/browser",
        "/try/api/sign",
        "/try/api/letters/1",
        "//try",
        "/try%2Fapi/clock",
    ),
    *("/TRY", "/./try", "/console/../try/api/clock", "/try;/api/clock"),
)
HERE = {"host": "127.0.0.1:8000"}
JSON = {"content-type": "application/json"}


def test_production_serves_nothing_of_it_and_marks_its_data(gateway):
    running = gateway(**PRODUCTION).start()
    for path in PATHS:
        for method in ("GET", "POST"):
            reply = running.client.request(method, path, headers=JSON, content=b'{"kind":"kill"}')
            assert reply.status_code == 404, (method, path)
    assert running.client.get("/health/live").status_code == 200
    assert running.stop() == 0
    assert not simulates(Settings(data_dir=running.data_dir))  # nor does dev on its data


def make(tmp_path, **more):
    return Settings(data_dir=tmp_path, **more)


def test_dev_on_this_machine_simulates(tmp_path):
    assert simulates(make(tmp_path))
    here = {"redis_url": "unix:///run/valkey.sock", "database_url": "postgresql://u@localhost/d"}
    assert simulates(make(tmp_path, **here))
    assert simulates(make(tmp_path, database_url="postgresql:///d?host=/run/postgresql"))


@pytest.mark.parametrize(
    "more",
    [
        {"mode": "production"},
        {"simulator": False},
        {"workers": 2},
        {"host": "0.0.0.0"},
        {"host": "192.168.1.7"},
        {"public_url": "https://satu.tunnel.example"},  # all the world comes in there
        {"redis_url": "redis://redis.example:6379"},
        {"redis_url": "redis+cluster://localhost:7000,redis.example:7000"},
        {"redis_url": "redis+sentinel://localhost,redis.example/name"},
        {"database_url": "postgresql://u@db.example/d"},
        {"database_url": "postgresql:///d?host=db.example"},
        {"database_url": "postgresql://localhost/d?host=/run/a,db.example"},
        {"database_url": "postgresql://localhost/d?hostaddr=10.0.0.1"},
        {"database_url": "postgresql://localhost,db.example/d"},
        {"database_url": "postgresql://localhost:5432,db.example:5432/d"},
        {"database_url": "postgresql://localhost/d?service=production"},
    ],
)
def test_nothing_else_does(more, tmp_path):
    assert not simulates(make(tmp_path, **more))


def test_a_data_directory_that_production_used_is_refused_for_good(tmp_path):
    mark_data_dir(make(tmp_path))
    assert simulates(make(tmp_path))
    mark_data_dir(make(tmp_path, mode="production"))
    assert not simulates(make(tmp_path))


@pytest.mark.parametrize("simulator", [True, False])
def test_without_it_no_page_leads_to_it_or_may_be_framed(simulator, tmp_path):
    settings = make(tmp_path, simulator=simulator, wires=("web",))
    (form,) = make_channels(settings, WORDING, CAMPAIGN)
    page = form.answer(Request(method="GET", path="/", received_at=START), None)
    assert (b'href="/try"' in page.body) is simulator
    assert ("frame-ancestors 'self'" in dict(page.headers)["content-security-policy"]) is simulator


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {}),
        ("GET", {"host": ""}),
        ("GET", {"host": "evil.example:8000"}),  # a name that turned into our address
        ("GET", {"host": "127.0.0.1.evil.example"}),
        ("GET", {"host": "satu.local"}),
        ("GET", {**HERE, "x-forwarded-for": "198.51.100.7"}),  # of a tunnel to this machine
        ("GET", {**HERE, "forwarded": "for=198.51.100.7"}),
        ("GET", {"host": "[::1"}),
        ("GET", {**HERE, "sec-fetch-site": "cross-site"}),
        ("GET", {**HERE, "sec-fetch-site": "same-site"}),  # another port of this machine
        ("GET", {**HERE, "origin": "https://evil.example"}),
        ("GET", {**HERE, "origin": "null"}),
        ("GET", {**HERE, "origin": "http://127.0.0.1:9000"}),
        ("GET", {**HERE, "origin": "http://127.0.0.1:8000@evil.example"}),
        ("POST", {**HERE, **JSON, "origin": "https://evil.example"}),
        ("POST", {**HERE, **JSON, "sec-fetch-site": "cross-site"}),
        ("POST", HERE),  # what a form, or a script without leave, can send
        ("POST", {**HERE, "content-type": "text/plain"}),
        ("POST", {**HERE, "content-type": "application/x-www-form-urlencoded"}),
        ("POST", {**HERE, "content-type": "multipart/form-data; boundary=application/json"}),
    ],
)
def test_another_site_is_refused(method, headers):
    assert refusal(method, Headers(headers))


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", HERE),
        ("GET", {"host": "localhost:8000"}),
        ("GET", {"host": "[::1]:8000", "sec-fetch-site": "none"}),
        ("POST", {**HERE, **JSON}),
        ("POST", {**HERE, **JSON, "origin": "http://127.0.0.1:8000"}),
        ("POST", {**HERE, "content-type": "message/rfc822", "sec-fetch-site": "same-origin"}),
    ],
)
def test_our_own_page_and_a_command_line_are_not(method, headers):
    assert not refusal(method, Headers(headers))


def test_a_refused_request_reaches_nothing_and_gets_no_leave_to_read():
    reached = []

    async def app(scope, receive, send):
        reached.append(scope)

    async def ask():
        guarded = guarded_app(app)
        transport = httpx2.ASGITransport(app=guarded)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            asks = {"origin": "https://evil.example", "access-control-request-method": "POST"}
            return await client.options("/try/api/faults", headers=asks)

    reply = asyncio.run(ask())
    assert reply.status_code == 403
    assert not reached
    assert not [name for name in reply.headers if name.startswith("access-control")]
