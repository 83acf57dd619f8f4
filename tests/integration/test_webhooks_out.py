"""Webhooks to the app: signed, at least once, and nothing of a person in them."""

import base64
import json
from datetime import timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from core.messages import APP, Address, AddressKind, Channel
from core.registration.app_feed import TO_APP
from core.registration.feed import SqlFeed
from gateway.registry.client import Caller
from gateway.registry.feed import BACKOFF, POLL_SECONDS, TURNS, Feed
from gateway.registry.webhooks import to_app
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
        app = to_app(Caller(self.caller.client, self.registry.url, name="the app"),
                     read_secrets(getattr(self, "secrets", OLD)))  # fmt: skip
        return Feed(self.store, app, holder, metrics=self.metrics, clock=lambda: self.now)

    def count(self, result):
        labels = {"result": result}
        return self.metrics.registry.get_sample_value("satupintu_webhooks_total", labels)

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
    assert await house.feed.turn() == 0
    assert await house.feed.turn() == POLL_SECONDS
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
    await house.feed.turn()
    [(_path, headers, body)] = registry.requests
    said = json.dumps(headers) + body.decode()
    assert nik(0) not in said
    assert not any(name in said for name in NAMES)
    assert "+62" not in said


async def test_what_becomes_of_it_is_told(house, registry):
    number = await house.register()
    await house.feed.turn()
    await house.change(number, at=house.now + timedelta(hours=1), status="verified")
    await house.feed.turn()
    assert [one["data"]["status"] for one in events(registry)] == ["received", "verified"]
    ids = {headers["webhook-id"] for _path, headers, _body in registry.requests}
    assert len(ids) == 2


async def test_the_records_of_others_are_not_told_to_the_app(house, registry):
    await house.add(3)
    await recorder(house.database)(intent())
    assert await house.feed.turn() == POLL_SECONDS
    assert registry.requests == []


@one_database
async def test_the_app_does_not_learn_that_a_nik_is_on_file_under_another_name(house, registry):
    await recorder(house.database)(intent("hers", nik=nik(0), full_name="ZAINAL ABIDIN"))
    await house.register(0)
    await house.register(1)
    await house.feed.turn()
    await house.feed.turn()
    contested, claimed = (one["data"] for one in events(registry))
    assert contested.keys() == claimed.keys()
    assert {**contested, "number": ""} == {**claimed, "number": ""}


@one_database
async def test_a_forged_or_altered_event_does_not_verify(house, registry):
    await house.register()
    await house.feed.turn()
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
    await house.new_feed("one").turn()
    [(_path, headers, body)] = registry.requests
    assert Webhook(OLD).verify(body, headers) == Webhook(NEW).verify(body, headers)


@one_database
@pytest.mark.parametrize("mode", [(500, b""), (503, b""), (302, b""), (401, b""), (410, b"")])
async def test_an_event_that_is_not_taken_is_sent_again_under_its_id(mode, house, registry):
    await house.register()
    registry.mode = mode
    for _ in range(3):
        assert BACKOFF.first_seconds / 2 <= await house.feed.turn() <= BACKOFF.longest_seconds
    registry.mode = (200, b"{}")
    assert await house.feed.turn() == 0
    ids = [headers["webhook-id"] for _path, headers, _body in registry.requests]
    assert len(ids) == 4
    assert len(set(ids)) == 1
    assert await house.store.count_unsent() == 0


@one_database
async def test_an_event_that_the_app_refuses_is_skipped_and_noted(house, registry):
    number = await house.register()
    registry.mode = (422, b"")
    await house.feed.turn()
    assert await house.store.count_unsent() == 0
    assert house.metrics.registry.get_sample_value("satupintu_webhooks_refused_total") == 1
    rows = await house.database.read(
        lambda use: use._cursor.execute("SELECT action, number FROM audit").fetchall()
    )
    assert rows == [("app_feed_refused", number)]


@one_database
async def test_an_event_that_always_fails_does_not_hold_up_the_others(house, registry):
    numbers = [await house.register(n) for n in range(TURNS)]
    poison, take = numbers[0], registry.take

    def fail(path, headers, body):
        taken = take(path, headers, body)
        return (500, b"") if poison.encode() in body else taken

    registry.take = fail
    for _ in range(2 * TURNS):
        await house.feed.turn()
    assert await house.store.count_unsent() == 1
    [left] = await house.store.due(limit=1)
    assert left.number == poison


@one_database
async def test_a_crash_before_the_note_sends_the_same_again(house, registry, monkeypatch):
    await house.register()

    async def crash(batch):
        raise RuntimeError

    monkeypatch.setattr(house.store, "acknowledge", crash)
    with pytest.raises(RuntimeError):
        await house.feed.turn()
    monkeypatch.undo()
    house.now += timedelta(minutes=5)
    await house.new_feed("another worker").turn()
    first, again = registry.requests
    assert first[2] == again[2]
    assert first[1]["webhook-id"] == again[1]["webhook-id"]


@one_database
async def test_only_one_worker_sends(house, registry):
    await house.register()
    assert await house.store.claim("another", now=house.now, lease_seconds=60)
    assert await house.feed.turn() == POLL_SECONDS
    assert registry.requests == []


@one_database
async def test_what_the_machine_says_is_in_the_signature_whatever_dev_thinks_it_is(
    house, registry
):
    await house.register()
    await house.feed.turn()
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
