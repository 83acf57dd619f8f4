"""The pages of clinics' lists over HTTP: bounds, and failures in words."""

from http import HTTPStatus

import httpx2
import pytest
from starlette.applications import Starlette

from channels.web.lists import LISTS, ListPages
from channels.web.tokens import Seals
from gateway.http.limits import ADDRESS, Limits
from gateway.http.public.lists import ListOffice, list_routes
from gateway.runtime.metrics import Metrics
from tests.fixtures.chance import draw
from tests.scripts import CAMPAIGN, START, WORDING

KEY = b"of the gateway, 32 bytes or more"
COOKIE = {"cookie": "satupintu_form=n1Cq0bJ3vN7xQ2mK5tR8wA"}
SENT = f"{LISTS}/{'0a' * 12}"


class Broken:
    """Lists that fail as nobody foresaw."""

    def __init__(self):
        self.asked = 0

    async def find(self, given):
        self.asked += 1
        raise ValueError("SITI AMINAH")


@pytest.fixture
def lists():
    return Broken()


@pytest.fixture
async def client(lists):
    office = ListOffice(
        pages=ListPages(WORDING, CAMPAIGN, seals=Seals(KEY, draw), url="http://gateway"),
        lists=lists,
        metrics=Metrics(),
        clock=lambda: START,
        key=KEY,
        limits=Limits({ADDRESS: 1.0}, now=lambda: 0.0),
    )
    app = Starlette(routes=list_routes(office))
    transport = httpx2.ASGITransport(app, client=("203.0.113.7", 50_000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as one:
        yield one


async def test_a_failure_that_nobody_foresaw_is_a_page_in_words(client, lists, capfd):
    page = await client.get(SENT, headers=COOKIE)
    assert page.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert page.headers["content-type"].startswith("text/html")
    assert lists.asked == 1
    assert "SITI" not in page.text + capfd.readouterr().err


@pytest.mark.parametrize("name", ["%00", "0a", "0a" * 13, "0g" * 12 + "%C3%A9", "x" * 24])
async def test_what_is_no_name_of_a_list_is_not_looked_for(name, client, lists):
    page = await client.get(f"{LISTS}/{name}", headers=COOKIE)
    assert page.status_code == HTTPStatus.NOT_FOUND
    assert not lists.asked


async def test_a_network_that_brings_too_many_is_told_when_to_come_again(client):
    first, second = [await client.post(LISTS) for _ in range(2)]
    assert first.status_code == HTTPStatus.BAD_REQUEST  # no form of ours, but counted
    assert second.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert second.headers["retry-after"] == "60"
