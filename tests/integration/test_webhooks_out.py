"""Webhooks to the app: signed, at least once, and nothing of a person in them."""

import asyncio
import base64
import json
from datetime import timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from core.database.statements import Statement
from core.messages import APP, Address, AddressKind, Channel
from core.registration.app_feed import TO_APP
from core.registration.feed import SqlFeed
from gateway.registry import webhooks
from gateway.registry.client import Caller
from gateway.registry.feed import BACKOFF, LEASE_SECONDS, REFUSED_MAX
from gateway.registry.webhooks import (
    AGAIN,
    IN_FLIGHT_MAX,
    PUT_OFF_MAX,
    App,
    Webhooks,
)
from gateway.runtime.clock import utc_now
from gateway.settings.webhook_secrets import (
    SECRET_BYTES_MAX,
    SECRET_BYTES_MIN,
    SECRETS_MAX,
    check_secrets,
    read_secrets,
)
from tests.contract.test_record_stores import intent
from tests.fixtures.effects import recorder
from tests.fixtures.people import nik
from tests.integration.test_feed import House as FeedHouse
from tests.integration.test_feed import client

__all__ = ["client"]


def secret(size, letter=b"k"):
    return f"whsec_{base64.b64encode(letter * size).decode()}"


OLD, NEW = secret(32), secret(32, b"n")
OF_THE_APP = Statement("UPDATE records SET app_version = 0")
NAMES = ("SITI AMINAH", "Siti", "Person")
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def by_app(n=0, **more):
    """What the app brings of somebody."""
    given = {
        "channel": Channel.WEB,
        "provider": APP,
        "address": Address(AddressKind.WEB, f"t0ken{n}"),
        "nik": nik(n),
    }
    return intent(f"app{n}", **given | more)


class House(FeedHouse):
    """The same records, told to an app that stands where the registry stood."""

    def __init__(self, database, client, registry):
        super().__init__(database, client, registry)
        registry.token = None
        self.store, self.secrets = SqlFeed(database, TO_APP), OLD
        self.feed = self.new_feed("one")

    def new_feed(self, holder):
        caller = Caller(self.caller.client, self.registry.url, name="the app")
        app = App(caller, read_secrets(getattr(self, "secrets", OLD)))
        given = {"metrics": self.metrics, "clock": lambda: self.now}
        return Webhooks(self.store, app, holder, **given)

    async def later(self, seconds):
        """Send what is due after so many seconds; return how many were tried."""
        self.now += timedelta(seconds=seconds)
        return await self.feed.send_due()

    def count(self, result):
        labels = {"result": result}
        return self.metrics.registry.get_sample_value("satupintu_webhooks_total", labels)

    async def owe(self, count):
        """Let so many records be the app's, none of them told; return their numbers."""
        numbers = await self.add(count)
        await self.database.write(lambda use: use.run(OF_THE_APP))
        return numbers

    async def register(self, n=0, **more):
        return (await recorder(self.database)(by_app(n, **more))).number


@pytest.fixture
def house(database, client, registry):
    made = House(database, client, registry)
    registry.mode = (204, b"")
    return made


def events(registry):
    return [json.loads(body) for _path, _headers, body in registry.requests]


async def test_a_registration_of_the_app_is_told_to_it_signed_and_once(house, registry):
    number = await house.register()
    assert await house.feed.send_due() == 1
    assert await house.feed.send_due() == 0
    [(path, headers, body)] = registry.requests
    assert path == "/"
    told = Webhook(OLD).verify(body, headers)
    assert told["type"] == "registration.changed"
    assert told["data"] == {
        "number": number,
        "version": 1,
        "status": "received",
        "standing": "claimed",
    }
    assert headers["content-type"] == "application/json"
    assert house.count("told") == 1


async def test_nothing_of_the_person_is_in_it(house, registry):
    await house.register()
    await house.feed.send_due()
    [(_path, headers, body)] = registry.requests
    said = json.dumps(headers) + body.decode()
    assert nik(0) not in said
    assert not any(name in said for name in NAMES)
    assert "+62" not in said


async def test_what_becomes_of_it_is_told(house, registry):
    number = await house.register()
    await house.feed.send_due()
    await house.change(number, at=house.now + timedelta(hours=1), status="verified")
    await house.feed.send_due()
    assert [one["data"]["status"] for one in events(registry)] == ["received", "verified"]
    ids = {headers["webhook-id"] for _path, headers, _body in registry.requests}
    assert len(ids) == 2


async def test_the_records_of_others_are_not_told_to_the_app(house, registry):
    await house.add(3)
    await recorder(house.database)(intent())
    assert await house.feed.send_due() == 0
    assert registry.requests == []


@one_database
async def test_the_app_does_not_learn_that_a_nik_is_on_file_under_another_name(house, registry):
    await recorder(house.database)(intent("hers", nik=nik(0), full_name="ZAINAL ABIDIN"))
    await house.register(0)
    await house.register(1)
    await house.feed.send_due()
    contested, claimed = (one["data"] for one in events(registry))
    assert contested.keys() == claimed.keys()
    assert {**contested, "number": ""} == {**claimed, "number": ""}


@one_database
async def test_a_forged_or_altered_event_does_not_verify(house, registry):
    await house.register()
    await house.feed.send_due()
    [(_path, headers, body)] = registry.requests
    for altered, name in (
        (body.replace(b"received", b"verified"), OLD),
        (body, NEW),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(name).verify(altered, headers)


@one_database
async def test_while_secrets_are_exchanged_both_verify(house, registry):
    house.secrets = f"{NEW},{OLD}"
    await house.register()
    await house.new_feed("one").send_due()
    [(_path, headers, body)] = registry.requests
    assert Webhook(OLD).verify(body, headers) == Webhook(NEW).verify(body, headers)


@one_database
@pytest.mark.parametrize("mode", [(500, b""), (503, b""), (302, b""), (401, b""), (410, b"")])
async def test_an_event_that_is_not_taken_is_sent_again_under_its_id(mode, house, registry):
    await house.register()
    registry.mode = mode
    for _ in range(3):
        assert await house.later(AGAIN.longest_seconds) == 1
    registry.mode = (200, b"{}")
    assert await house.later(AGAIN.longest_seconds) == 1
    ids = [headers["webhook-id"] for _path, headers, _body in registry.requests]
    assert len(ids) == 4
    assert len(set(ids)) == 1
    assert await house.store.count_unsent() == 0


@one_database
async def test_an_event_that_the_app_refuses_is_skipped_and_noted(house, registry):
    number = await house.register()
    registry.mode = (422, b"")
    await house.feed.send_due()
    assert await house.store.count_unsent() == 0
    assert house.metrics.registry.get_sample_value("satupintu_webhooks_refused_total") == 1
    rows = await house.database.read(
        lambda use: use._cursor.execute("SELECT action, number FROM audit").fetchall()
    )
    assert rows == [("app_feed_refused", number)]


def failing(registry, *numbers):
    """Let the app fail for these numbers, and take the others."""
    take = registry.take

    def fail(path, headers, body):
        taken = take(path, headers, body)
        return (500, b"") if any(number.encode() in body for number in numbers) else taken

    registry.take = fail


@one_database
async def test_events_that_always_fail_hold_up_no_other(house, registry):
    numbers = await house.owe(3 * IN_FLIGHT_MAX)
    bad = numbers[: IN_FLIGHT_MAX - 1]
    failing(registry, *bad)
    assert await house.feed.send_due() == IN_FLIGHT_MAX
    while await house.feed.send_due():
        pass
    assert await house.store.count_unsent() == len(bad)
    told = [event["data"]["number"] for event in events(registry)]
    assert all(told.count(number) == 1 for number in numbers)  # a failed one waits


@one_database
async def test_an_event_that_fails_is_tried_less_and_less_often(house, registry):
    await house.register()
    registry.mode = (500, b"")
    tried = 0
    for _ in range(300):
        tried += await house.later(1)
    most, least = 4 + 300 / (AGAIN.longest_seconds / 2), 4 + 300 / AGAIN.longest_seconds
    assert least <= tried <= most + 4


@one_database
async def test_while_the_app_is_down_all_wait(house, registry):
    await house.owe(3 * IN_FLIGHT_MAX)
    registry.mode = (503, b"")
    assert await house.feed.send_due() == IN_FLIGHT_MAX
    assert await house.feed.send_due() == 0
    registry.mode = (204, b"")
    assert await house.later(BACKOFF.first_seconds) == IN_FLIGHT_MAX
    for _ in range(3):
        await house.later(AGAIN.first_seconds)
    assert await house.store.count_unsent() == 0


@one_database
async def test_of_those_put_off_no_more_are_remembered_than_named(house, registry, monkeypatch):
    monkeypatch.setattr(webhooks, "PUT_OFF_MAX", 1)
    assert PUT_OFF_MAX == 1_000
    failing(registry, *await house.owe(2))
    assert await house.feed.send_due() == 2
    assert await house.feed.send_due() == 1


async def seen(look):
    async with asyncio.timeout(15):
        while not look():
            await asyncio.sleep(0.01)


@one_database
async def test_as_many_are_in_flight_as_named_and_none_twice(house, registry):
    await house.owe(IN_FLIGHT_MAX + 5)
    registry.gate.clear()
    running = asyncio.ensure_future(house.feed.run())
    await seen(lambda: len(registry.requests) == IN_FLIGHT_MAX)
    registry.gate.set()
    await seen(lambda: len(registry.requests) == IN_FLIGHT_MAX + 5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    numbers = [event["data"]["number"] for event in events(registry)]
    assert len(set(numbers)) == len(numbers)
    assert await house.store.count_unsent() == 0
    assert await house.store.claim("another", now=house.now, lease_seconds=60)


@one_database
async def test_a_change_while_its_event_is_in_flight_goes_after_it(house, registry):
    number = await house.register()
    registry.gate.clear()
    first = asyncio.ensure_future(house.feed.send_due())
    await seen(lambda: registry.requests)
    await house.change(number, at=house.now, status="verified")
    second = asyncio.ensure_future(house.feed.send_due())
    await asyncio.sleep(0)
    registry.gate.set()
    await asyncio.gather(first, second)
    await house.feed.send_due()
    assert [one["data"]["version"] for one in events(registry)] == [1, 2]


@one_database
async def test_an_app_that_refuses_every_event_is_at_fault_itself(house, registry):
    await house.owe(REFUSED_MAX + 2)
    registry.mode = (422, b"")
    while await house.feed.send_due():
        pass
    assert await house.store.count_unsent() == 2


@one_database
async def test_the_lease_is_renewed_while_it_sends(house, registry):
    await house.register(0)
    await house.feed.send_due()
    await house.register(1)
    await house.later(LEASE_SECONDS - 1)
    assert not await house.store.claim("another", now=house.now, lease_seconds=60)


@one_database
async def test_a_crash_before_the_note_sends_the_same_again(house, registry, monkeypatch):
    await house.register()

    async def crash(batch):
        raise RuntimeError

    monkeypatch.setattr(house.store, "acknowledge", crash)
    await house.feed.send_due()
    monkeypatch.undo()
    house.now += timedelta(minutes=5)
    await house.new_feed("another worker").send_due()
    first, again = registry.requests
    assert first[2] == again[2]
    assert first[1]["webhook-id"] == again[1]["webhook-id"]


@one_database
async def test_only_one_worker_sends(house, registry):
    await house.register()
    assert await house.store.claim("another", now=house.now, lease_seconds=60)
    assert await house.feed.send_due() == 0
    assert registry.requests == []


@one_database
async def test_what_the_machine_says_is_in_the_signature_whatever_dev_thinks_it_is(
    house, registry
):
    await house.register()
    await house.feed.send_due()
    [(_path, headers, _body)] = registry.requests
    assert abs(int(headers["webhook-timestamp"]) - utc_now().timestamp()) < 60


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        "whsec_",
        "whsec_!",
        secret(SECRET_BYTES_MIN - 1),
        secret(SECRET_BYTES_MAX + 1),
        secret(32).removeprefix("whsec_"),
        f"{OLD},",
        ",".join([OLD] * (SECRETS_MAX + 1)),
    ],
)
def test_a_secret_that_is_none_is_a_fault_that_does_not_tell_it(text):
    with pytest.raises(ValueError, match="should be") as fault:
        check_secrets(text)
    assert len(text) < 10 or text not in str(fault.value)


@pytest.mark.parametrize("size", [SECRET_BYTES_MIN, SECRET_BYTES_MAX])
def test_secrets_at_their_bounds_are_read(size):
    assert read_secrets(f"{secret(size)}, {OLD}") == (b"k" * size, b"k" * 32)
