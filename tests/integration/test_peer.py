"""A turn that fails here is passed to the other gateway, over real HTTP; what fails there too."""

import asyncio
import contextlib
import json
import socket
from datetime import UTC, datetime
from time import monotonic

import pytest
import uvicorn

from channels.contract import Request, Response
from core.database.unavailable import UnavailableError
from core.turns.pipeline import ContendedError
from gateway.http.asgi import write
from gateway.http.passed_turns import passed_turns
from gateway.http.peer import client as peer_module
from gateway.http.peer.client import Peer, create_client
from gateway.http.peer.envelope import PASSED_BYTES_MAX, SIGNATURE, seal, seal_response
from gateway.runtime.clock import utc_now
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
from gateway.wiring.app import asgi_apps, dispatch, make_webhooks
from tests.integration.test_webhook import COOKIES, Answer, Broken, House, Wire

SECRET = "the two know this"
REQUEST = Request(method="POST", path="/wire", body=b"sms Siti", received_at=datetime.now(UTC))


@contextlib.asynccontextmanager
async def serving(app):
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=0)
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext
    task = asyncio.create_task(server.serve(sockets=[listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture
async def knock():
    """Return a function that makes a peer at an address."""
    async with create_client() as client:

        def make(url="", secret=SECRET, metrics=None):
            return Peer(
                url=url,
                secret=secret,
                client=client,
                metrics=metrics or Metrics(),
                clock=utc_now,
                deadline=Deadline(peer_module.OWN_SECONDS),
            )

        yield make


@pytest.fixture
async def other(knock):
    """Return a house that serves passed turns, and where."""
    house = House()
    house.door = passed_turns([house.wire], house.intake, knock(metrics=house.metrics))
    async with serving(dispatch({"/peer": house.door}, house._nothing)) as house.url:
        yield house


def joined(house, peer):
    house.app = dispatch(
        asgi_apps(make_webhooks([house.wire], house.intake, "id", peer)), house._nothing
    )
    return house


def broken(error, **more):
    def break_(house):
        house.sessions = Broken(house.sessions, "load", error)

    return House(break_=break_, **more)


def counted(metrics, direction, result):
    labels = f'satupintu_peer_turns_total{{direction="{direction}",result="{result}"}}'
    lines = metrics.text().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(labels))


@pytest.mark.parametrize("error", [UnavailableError(), ContendedError(), ZeroDivisionError()])
async def test_what_fails_here_is_answered_by_the_other(knock, other, error):
    peer = knock(other.url)
    house = joined(broken(error), peer)
    answer = await house.post(b"ussd ")
    assert (answer.status, answer.body[:4]) == (200, b"CON ")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert (await house.post(b"ussd ")).body == answer.body
    assert counted(peer.metrics, "passed", "answered") == 2
    assert counted(other.metrics, "received", "answered") == 2
    assert house.counted("satupintu_rejected_total{") == []


async def test_headers_of_the_others_answer_go_out_here(knock, other):
    other.wire.headers = COOKIES
    answer = await joined(broken(UnavailableError()), knock(other.url)).post(b"ussd ")
    assert (answer.status, answer.fields[2:]) == (200, list(COOKIES))


async def test_what_is_overdue_here_is_answered_by_the_other(knock, other):
    peer = knock(other.url)
    house = joined(broken(None), peer)
    task = asyncio.create_task(house.post(b"ussd "))
    while not len(peer.deadline):
        await asyncio.sleep(0)
    peer.deadline.cancel_overdue(monotonic() + peer_module.OWN_SECONDS)
    assert (await task).body.startswith(b"CON ")


async def test_receipts_and_opt_outs_are_passed_with_their_request(knock, other):
    house = joined(broken(UnavailableError()), knock(other.url))
    assert (await house.post(b"sms DAFTAR\noptout\nhangup\nreceipt x")).status == 200
    assert len(other.stores.rows("opt_outs")) == 1


@pytest.mark.parametrize(("body", "status"), [(b"reject 403", 403), (b"crash", 503)])
async def test_what_was_not_understood_or_not_signed_is_never_passed(
    knock, http_provider, body, status
):
    house = joined(House(), knock(http_provider.url))
    assert (await house.post(body)).status == status
    assert http_provider.requests == []


async def test_what_fails_at_the_other_too_gets_the_honest_answer_once(knock, logged):
    there = broken(UnavailableError())
    door = passed_turns([there.wire], there.intake, knock(metrics=there.metrics))
    async with serving(dispatch({"/peer": door}, there._nothing)) as url:
        peer = knock(url)
        house = joined(broken(UnavailableError()), peer)
        screen, text = await house.post(b"ussd "), await house.post(b"sms Siti")
    assert (screen.status, text.status) == (503, 503)
    assert screen.body.startswith(b"END Maaf")
    assert screen.headers["retry-after"] == text.headers["retry-after"]
    assert counted(peer.metrics, "passed", "failed") == 2
    assert counted(there.metrics, "received", "failed") == 2
    assert "Siti" not in json.dumps(logged())
    assert "+62812" not in json.dumps(logged())


async def test_two_that_are_each_others_peer_and_both_down_pass_nothing_round(knock):
    houses, asked = [broken(UnavailableError()) for _ in range(2)], []
    doors = [dispatch({}, house._nothing) for house in houses]

    def door_of(n):
        async def app(scope, receive, send):
            asked.append((n, scope["path"]))
            await doors[n](scope, receive, send)

        return app

    async with serving(door_of(0)) as first, serving(door_of(1)) as second:
        for n, url in enumerate((second, first)):
            peer, house = knock(url), houses[n]
            door = passed_turns([house.wire], house.intake, peer)
            served = asgi_apps(make_webhooks([house.wire], house.intake, "id", peer))
            doors[n] = dispatch(served | {"/peer": door}, house._nothing)
            house.app = doors[n]
        assert (await houses[0].post(b"sms 1")).status == 503
    assert asked == [(1, "/peer")]


async def test_a_gateway_that_is_its_own_peer_ends(knock, other):
    house = broken(UnavailableError())
    asked = []

    async def app(scope, receive, send):
        asked.append(scope["path"])
        await house.app(scope, receive, send)

    async with serving(app) as url:
        peer = knock(url)
        found = asgi_apps(make_webhooks([house.wire], house.intake, "id", peer))
        found["/peer"] = passed_turns([house.wire], house.intake, peer)
        house.app = dispatch(found, house._nothing)
        assert (await house.post(b"sms 1")).status == 503
    assert asked == ["/peer"]


# While our own stores are down, and while we stop.


async def test_once_the_stores_failed_turns_go_to_the_other_at_once(knock, other):
    peer = knock(other.url)
    house = joined(broken(UnavailableError()), peer)
    await house.post(b"sms 1")
    assert peer.comes_first()
    house.intake.pipeline._sessions._fail = None  # would crash if it were asked
    assert (await house.post(b"sms 2")).status == 200


async def test_one_conversation_that_is_contended_is_no_broken_store(knock, other):
    peer = knock(other.url)
    await joined(broken(ContendedError()), peer).post(b"sms 1")
    assert not peer.comes_first()


async def test_a_turn_that_was_served_here_closes_the_circuit(knock, other):
    peer = knock(other.url)
    house = joined(House(), peer)
    peer.circuit.failed(monotonic() - peer_module.REST_SECONDS)
    assert (await house.post(b"sms 1")).status == 200
    assert counted(other.metrics, "received", "answered") == 0
    assert not peer.comes_first()
    assert not peer.comes_first()


async def test_who_stops_passes_new_turns(knock, other):
    peer = knock(other.url)
    house = joined(House(), peer)
    peer.draining = True
    assert (await house.post(b"sms 1")).status == 200
    assert counted(other.metrics, "received", "answered") == 1


async def test_who_stops_serves_what_the_other_does_not(knock):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    peer = knock(url)
    house = joined(House(), peer)
    peer.draining = True
    assert (await house.post(b"ussd ")).body.startswith(b"CON ")
    assert counted(peer.metrics, "passed", "failed") == 1


async def test_a_turn_that_failed_at_both_is_passed_once(knock, http_provider):
    http_provider.answers = [(503, b"")]
    peer = knock(http_provider.url)
    peer.draining = True
    house = joined(broken(UnavailableError()), peer)
    assert (await house.post(b"sms 1")).status == 503
    assert len(http_provider.requests) == 1


# What the peer may answer.


class Forged:
    """A peer whose answers are made by `forge` from the signature that it was asked with."""

    def __init__(self, forge):
        self._forge = forge

    async def __call__(self, scope, receive, send):
        signature = dict(scope["headers"])[SIGNATURE.encode()].decode()
        body, signed = self._forge(signature)
        await write(send, Response(body, headers=((SIGNATURE, signed),)))


@pytest.mark.parametrize(
    "forge",
    [
        lambda asked: (b"", ""),
        lambda asked: seal_response(Response(b"CON 1"), asked, "another secret"),
        lambda asked: seal_response(Response(b"CON 1"), "another turn", SECRET),
        lambda asked: (seal_response(Response(b"CON 1"), asked, SECRET)[0] + b" ", asked),
        lambda asked: seal_response(
            Response(b"x" * peer_module.RESPONSE_BYTES_MAX), asked, SECRET
        ),
    ],
)
async def test_an_answer_that_is_not_the_peers_is_none(knock, forge):
    async with serving(Forged(forge)) as url:
        peer = knock(url)
        assert await peer.ask(REQUEST) is None
    assert counted(peer.metrics, "passed", "failed") == 1


async def test_a_signed_answer_is_taken(knock):
    forge = Forged(lambda asked: seal_response(Response(b"CON 1"), asked, SECRET))
    async with serving(forge) as url:
        assert await knock(url).ask(REQUEST) == Response(b"CON 1")


async def test_a_peer_that_never_answers_is_given_up_in_time(knock, http_provider, monkeypatch):
    monkeypatch.setattr(peer_module, "PASS_SECONDS", 0.1)
    http_provider.answers = [None]
    began = monotonic()
    assert await knock(http_provider.url).ask(REQUEST) is None
    assert monotonic() - began < 2


async def test_so_many_turns_are_under_way_to_the_peer(knock, http_provider, monkeypatch):
    monkeypatch.setattr(peer_module, "PASSING_MAX", 1)
    monkeypatch.setattr(peer_module, "PASS_SECONDS", 0.5)
    http_provider.answers = [None]
    peer = knock(http_provider.url)
    first = asyncio.create_task(peer.ask(REQUEST))
    await http_provider.arrived.wait()
    assert await peer.ask(REQUEST) is None
    assert not first.done()
    assert await first is None
    assert len(http_provider.requests) == 1


def test_both_attempts_fit_into_a_turn():
    look = 0.25
    assert peer_module.OWN_SECONDS + look + peer_module.PASS_SECONDS < 8


# The door for passed turns.


async def hand_in(house, request=REQUEST, *, secret=SECRET, method="POST", body=None):
    sealed, signature = seal(request, secret, at=utc_now())
    body = sealed if body is None else body
    answer, messages = Answer(), [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        return messages.pop(0)

    headers = [(SIGNATURE.encode(), signature.encode())]
    scope = {"method": method, "path": "/peer", "query_string": b"", "headers": headers}
    await house.door({"type": "http", **scope}, receive, answer.send)
    return answer


def changed(**changes):
    values = {name: getattr(REQUEST, name) for name in REQUEST.__struct_fields__}
    return Request(**{**values, **changes})


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (REQUEST, 200),
        (changed(path="/peer"), 409),
        (changed(path="/wire/nowhere"), 404),
        (changed(path="/api/v1/stats"), 404),
        (changed(method="DELETE"), 404),
        (changed(body=b"reject 400"), 400),
        (changed(body=b"receipt ".ljust(Wire.body_bytes_max, b"x")), 200),
        (changed(body=b"receipt ".ljust(Wire.body_bytes_max + 1, b"x")), 413),
    ],
)
async def test_only_a_turn_on_a_wire_is_served(other, request_, status):
    assert (await hand_in(other, request_)).status == status


async def test_strangers_are_refused_at_the_door(other, logged):
    assert (await hand_in(other, secret="another")).status == 401
    assert (await hand_in(other, method="GET")).status == 405
    assert (await hand_in(other, body=b"x" * PASSED_BYTES_MAX)).status == 401
    assert (await hand_in(other, body=b"x" * (PASSED_BYTES_MAX + 1))).status == 413
    assert counted(other.metrics, "received", "refused") == 3
    assert logged() == []


async def test_the_same_turn_passed_twice_gets_the_same_bytes(other):
    answers = [await hand_in(other) for _ in range(2)]
    assert json.loads(answers[0].body) == json.loads(answers[1].body)


async def test_the_time_at_which_a_message_came_travels_along(other):
    came = datetime(2021, 1, 20, 9, 0, tzinfo=UTC)
    await hand_in(other, changed(body=b"sms DAFTAR", received_at=came))
    [saved] = other.sessions.rows.values()
    assert saved.session.at == came.timestamp()
