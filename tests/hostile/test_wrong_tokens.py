"""Guessing the operators' token is slow, is seen, and keeps out nobody who has the right one."""

import asyncio

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.http.problems import guarded, respond
from gateway.operators.gate import DELAY_SECONDS, DELAYED_MAX, WRONG_MAX, WRONG_SECONDS, Gate
from gateway.runtime.metrics import Metrics

TOKEN = "the right one"


class Door:
    """The API behind its gate; the clock stands still, and who is delayed waits to be let go."""

    def __init__(self):
        self.now, self.metrics, self.asked = 0.0, Metrics(), []
        self.free = asyncio.Event()
        self.gate = Gate(TOKEN, self.metrics.refused, now=lambda: self.now, delay=self.wait)
        app = Starlette(routes=[Route("/", guarded(self.serve))])
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url="http://gateway"
        )

    async def serve(self, request):
        await self.gate.admit(request)
        return respond({})

    async def wait(self, seconds):
        self.asked.append(seconds)
        await self.free.wait()

    async def knock(self, token):
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return (await self.client.get("/", headers=headers)).status_code

    async def guess(self, count):
        return [await self.knock(f"guess {n}") for n in range(count)]

    async def knock_often(self, count):
        """Return so many guesses under way, each as far as it comes."""
        tasks = [asyncio.ensure_future(self.knock("guess")) for _ in range(count)]
        while len(self.asked) + sum(task.done() for task in tasks) < count:
            await asyncio.sleep(0)
        return tasks


@pytest.fixture
async def door():
    opened = Door()
    yield opened
    opened.free.set()
    await opened.client.aclose()


async def test_ten_wrong_tokens_in_a_minute_are_told_at_once_and_the_next_waits(door):
    assert await door.guess(WRONG_MAX) == [401] * WRONG_MAX
    assert door.asked == []
    (waiting,) = await door.knock_often(1)
    assert door.asked == [DELAY_SECONDS]
    door.free.set()
    assert await waiting == 401


async def test_after_a_minute_they_are_told_at_once_again(door):
    await door.guess(WRONG_MAX)
    door.now += WRONG_SECONDS
    assert await door.guess(WRONG_MAX) == [401] * WRONG_MAX
    assert door.asked == []


async def test_the_right_token_never_waits(door):
    await door.guess(WRONG_MAX)
    waiting = await door.knock_often(DELAYED_MAX + 5)
    assert await door.knock(TOKEN) == 200
    door.free.set()
    assert sorted(await asyncio.gather(*waiting)) == [401] * DELAYED_MAX + [429] * 5


async def test_no_more_wait_than_the_bound_and_places_come_free(door):
    await door.guess(WRONG_MAX)
    waiting = await door.knock_often(DELAYED_MAX)
    assert await door.knock("one too many") == 429
    door.free.set()
    await asyncio.gather(*waiting)
    assert await door.knock("a later one") == 401


async def test_a_request_without_a_token_is_no_guess(door):
    assert [await door.knock("") for _ in range(2 * WRONG_MAX)] == [401] * 2 * WRONG_MAX
    assert door.asked == []


async def test_every_wrong_token_is_counted(door):
    await door.guess(WRONG_MAX)
    text = door.metrics.text().decode()
    assert f'satupintu_refused_total{{where="api"}} {WRONG_MAX}.0' in text
