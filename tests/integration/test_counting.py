"""What people send by the form is counted as what an app sends: by address, and by token."""

from ipaddress import ip_network

import pytest

from channels.contract import Response
from gateway.http.limits import Counting, Limits
from gateway.wiring.app import asgi_apps, dispatch, make_webhooks
from tests.fixtures.public_api import App, key
from tests.integration.test_webhook import House

PROXY = "127.0.0.1"
TRUSTED = (ip_network("127.0.0.0/8"),)
ONE, OTHER = "203.0.113.7", "203.0.113.8"


def limited(**rates):
    return App(rates={"address": 0.0, "token": 0.0} | rates, trusted=TRUSTED)


async def statuses(app, times, **headers):
    answers = [await app.post(key=key(n), **headers) for n in range(times)]
    return answers, [one.status_code for one in answers]


async def test_an_address_that_asks_too_often_is_told_when_to_come_back():
    app = limited(address=3.0)
    answers, seen = await statuses(app, 5, **{"x-forwarded-for": ONE})
    assert seen == [201, 201, 201, 429, 429]
    assert answers[-1].headers["content-type"] == "application/problem+json"
    app.seconds += int(answers[-1].headers["retry-after"])
    assert (await app.post(key=key(9), **{"x-forwarded-for": ONE})).status_code == 201
    assert (await app.post(key=key(10), **{"x-forwarded-for": OTHER})).status_code == 201
    await app.client.aclose()


async def test_a_token_that_asks_too_often_is_told_so_and_others_are_not():
    app = limited(token=3.0)
    told = (await app.post()).json()
    seen = [(await app.get(told["token"])).status_code for _ in range(4)]
    assert seen == [200, 200, 429, 429]
    assert (await app.post(key=key(1))).status_code == 201
    await app.client.aclose()


async def test_nobody_chooses_whose_address_is_counted():
    """Only what our own proxy has appended is believed."""
    app = limited(address=2.0)
    tried = []
    for n in range(4):
        forwarded = f"198.51.100.{n}, {ONE}"
        tried.append((await app.post(key=key(n), **{"x-forwarded-for": forwarded})).status_code)
    assert tried == [201, 201, 429, 429]
    await app.client.aclose()


class Pages:
    """A wire of people's: it explains why they are not served."""

    def __init__(self, wire):
        self.wire = wire

    def __getattr__(self, name):
        return getattr(self.wire, name)

    def failure(self, _request, status):
        return Response(f"sorry: {status}".encode(), status)


@pytest.fixture
def house():
    made = House()
    counting = Counting(Limits({"address": 2.0, "token": 0.0}), TRUSTED)
    hooks = make_webhooks([Pages(made.wire)], made.intake, "id", None, counting)
    made.app = dispatch(asgi_apps(hooks), made._nothing)
    return made


async def test_a_form_that_is_sent_too_often_gets_a_page_that_says_when(house):
    headers = [(b"x-forwarded-for", ONE.encode())]
    seen = [await house.post(b"sms halo", headers=headers) for _ in range(3)]
    assert [one.status for one in seen] == [200, 200, 429]
    assert seen[-1].body == b"sorry: 429"
    assert int(seen[-1].headers["retry-after"]) == 30
