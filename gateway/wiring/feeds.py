"""Constructs who is told of records: the ministry's registry, and its app."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial

from core.database.database import Database
from core.registration.app_feed import TO_APP
from core.registration.feed import SqlFeed
from core.roster.listing import Registry
from core.roster.lookup import SqlRoster
from gateway.operators.gauges import measure_feed_forever
from gateway.runtime.clock import Clock
from gateway.runtime.metrics import Metrics
from gateway.sending.delivery import create_client
from gateway.settings.settings import Settings, reveal
from gateway.settings.webhook_secrets import read_secrets

Work = Callable[[], Awaitable[object]]


@asynccontextmanager
async def open_registry(
    settings: Settings, database: Database, metrics: Metrics, clock: Clock
) -> AsyncIterator[tuple[Registry, Mapping[str, Work]]]:
    """Open the ministry's registry if its URL is set, else the roster.

    Yields it, and the background work of the feed, by name: none without a registry.
    """
    if not settings.registry_url:
        yield SqlRoster(database), {}
        return
    from gateway.registry.client import Caller, HttpRegistry  # noqa: PLC0415 most do without
    from gateway.registry.feed import Feed, to_registry  # noqa: PLC0415

    url, token = settings.registry_url, reveal(settings.registry_token)
    # Clients of their own: a registry that hangs must not delay SMS, nor look-ups the feed.
    async with create_client() as asking, create_client() as feeding:
        store, holder = SqlFeed(database), secrets.token_hex(8)
        post = to_registry(Caller(feeding, url, token))
        feed = Feed(store, post, holder, metrics=metrics, clock=clock)
        unsent = partial(measure_feed_forever, store, metrics.feed_waiting)
        registry = HttpRegistry(Caller(asking, url, token), metrics=metrics)
        yield registry, {"feed": feed.run, "untold": unsent}


@asynccontextmanager
async def open_webhooks(
    settings: Settings, database: Database, metrics: Metrics, clock: Clock
) -> AsyncIterator[Mapping[str, Work]]:
    """Open the webhooks to the app; yield their background work by name, none without a URL."""
    if not settings.webhook_out_url:
        yield {}
        return
    from gateway.registry.client import Caller  # noqa: PLC0415 most do without
    from gateway.registry.webhooks import App, Webhooks  # noqa: PLC0415

    signing = read_secrets(reveal(settings.webhook_out_secret))
    async with create_client() as client:
        app = App(Caller(client, settings.webhook_out_url, name="the app"), signing)
        store, holder = SqlFeed(database, TO_APP), secrets.token_hex(8)
        webhooks = Webhooks(store, app, holder, metrics=metrics, clock=clock)
        unsent = partial(measure_feed_forever, store, metrics.webhooks_waiting)
        yield {"webhooks": webhooks.run, "untold app": unsent}
