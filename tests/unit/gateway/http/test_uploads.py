"""Files from pages: slow ones have time, large ones and too many at once have bounds."""

import asyncio
from http import HTTPStatus

import pytest

from channels.contract import Response
from core.messages import Channel
from gateway.http.limits import Counting, Limits
from gateway.http.uploads import BYTES_HELD_MAX, Held, Uploads
from tests.scripts import START, inbound

SIZE = 100


class Pages:
    """A channel whose every request brings a file, and whose pages are a status."""

    name, in_band, body_bytes_max = "pages", True, SIZE

    def __init__(self):
        self.paths = {"/files": ("POST",)}

    def parse(self, request):
        return (inbound(f"{len(request.body)}", channel=Channel.WEB),)

    def answer(self, request, reply):
        return Response(b"taken")

    def failure(self, request, status):
        return Response(b"a page", status)


class Turns:
    """An intake that notes what it was told."""

    def __init__(self):
        self.heard, self.rejections = [], []
        self.metrics = self
        self.deadline = self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def clock(self):
        return START

    async def resolve(self, address):
        return address

    async def answer(self, message):
        self.heard.append(message.text)

    def rejected(self, name, status):
        self.rejections.append((name, status))


def scope(method="POST", caller="203.0.113.7"):
    return {
        "method": method,
        "path": "/files",
        "query_string": b"",
        "headers": [],
        "client": (caller, 50_000),
    }


async def send_pieces(uploads, *pieces, **asked):
    """Send a body in pieces, and return the status; None is a caller that says no more."""
    left, sent = list(pieces), []

    async def receive():
        piece = left.pop(0)
        if piece is None:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    async def send(message):
        sent.append(message)

    await uploads(scope(**asked), receive, send)
    return sent[0]["status"] if sent else None


def office(**more):
    return Uploads(channel=Pages(), intake=Turns(), **more)


async def test_a_body_in_pieces_is_one_message():
    uploads = office()
    assert await send_pieces(uploads, b"x" * (SIZE - 1), b"x") == HTTPStatus.OK
    assert uploads.intake.heard == [str(SIZE)]
    assert uploads.held.bytes == 0


async def test_a_larger_one_is_refused_as_soon_as_it_is_larger():
    uploads = office()
    status = await send_pieces(uploads, b"x" * SIZE, b"x", None)
    assert status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert uploads.intake.rejections == [("pages", 413)]
    assert uploads.held.bytes == 0


@pytest.mark.parametrize("bound", ["seconds", "idle_seconds"])
async def test_a_body_that_stops_is_given_up(bound):
    uploads = office(**{bound: 0.01})
    assert await send_pieces(uploads, b"x", None) == HTTPStatus.REQUEST_TIMEOUT
    assert uploads.held.bytes == 0


async def test_all_uploads_together_hold_no_more_than_their_bound():
    uploads = office(held=Held(bytes_max=150))
    with uploads.held.share() as other:
        other.add(100)
        assert await send_pieces(uploads, b"x" * 50) == HTTPStatus.OK
        assert await send_pieces(uploads, b"x" * 51) == HTTPStatus.SERVICE_UNAVAILABLE
    assert uploads.held.bytes == 0
    assert await send_pieces(uploads, b"x" * 51) == HTTPStatus.OK


async def test_who_sends_too_much_is_turned_away_before_the_body_is_read():
    limits = Limits({"address": 2.0, "token": 0.0}, now=lambda: 0.0)
    uploads = office(counting=Counting(limits))
    took = [await send_pieces(uploads, b"x") for _ in range(2)]
    assert took == [HTTPStatus.OK, HTTPStatus.OK]
    assert await send_pieces(uploads, None) == HTTPStatus.TOO_MANY_REQUESTS
    assert uploads.intake.rejections == [("pages", 429)]
    assert await send_pieces(uploads, b"x", caller="203.0.113.8") == HTTPStatus.OK


async def test_a_browser_with_too_many_messages_is_turned_away():
    limits = Limits({"address": 0.0, "token": 1.0}, now=lambda: 0.0)
    uploads = office(counting=Counting(limits))
    assert await send_pieces(uploads, b"x") == HTTPStatus.OK
    assert await send_pieces(uploads, b"x") == HTTPStatus.TOO_MANY_REQUESTS


async def test_whoever_leaves_gives_back_what_it_held():
    uploads = office()

    async def receive():
        return {"type": "http.disconnect"}

    async def send(_):
        raise AssertionError("nobody is there")

    await uploads(scope(), receive, send)
    assert uploads.held.bytes == 0
    assert uploads.intake.heard == []


async def test_another_method_is_not_allowed():
    assert await send_pieces(office(), b"", method="PUT") == HTTPStatus.METHOD_NOT_ALLOWED


def test_the_bound_of_all_is_some_of_the_largest():
    assert BYTES_HELD_MAX >= 12 * 5 * 1024 * 1024
