"""Each person has a browser of their own: its cookie is put aside, and comes back."""

import asyncio

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.web.browser import COOKIE
from gateway.http.problems import guarded
from gateway.simulator.browsers import ASIDE, BROWSERS_MAX, PATH, change_browser

URL = "http://127.0.0.1:8000"
SITIS, BUDIS = "s" * 22, "b" * 22


@pytest.fixture
def changed():
    """Return a function that changes to people, one after another; each finds and does this."""

    async def change(request: Request) -> Response:
        return await change_browser(request, URL)

    app = Starlette(routes=[Route(PATH, guarded(change), methods=["POST"])])

    async def ask(*people):
        seen = []
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=URL) as client:
            for person, fills in people:
                reply = await client.post(PATH, json={"person": person})
                seen.append(client.cookies.get(COOKIE) if reply.is_success else reply.status_code)
                if fills:
                    client.cookies.set(COOKIE, fills, domain="127.0.0.1", path="/")
            aside = client.cookies.get(ASIDE)
        return seen, aside

    return lambda *people: asyncio.run(ask(*people))


def test_a_browser_comes_back_with_its_person(changed):
    people = (("siti", SITIS), ("budi", BUDIS), ("siti", ""), ("budi", ""), ("dewi", ""))
    assert changed(*people)[0] == [None, None, SITIS, BUDIS, None]


def test_only_the_last_people_keep_theirs(changed):
    others = [(f"new-{n}", "") for n in range(BROWSERS_MAX)]
    assert changed(("siti", SITIS), *others[:-1], ("siti", ""))[0][-1] == SITIS
    seen, aside = changed(("siti", SITIS), *others, ("siti", ""))
    assert seen[-1] is None
    assert aside.count("=") == BROWSERS_MAX


@pytest.mark.parametrize("person", ["", "a b", "a;b", "x" * 41])
def test_a_person_has_an_id(changed, person):
    assert changed((person, ""))[0] == [422]
