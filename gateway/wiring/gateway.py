"""The one place that constructs stores and channels, and closes them in order."""

import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

import httpx2

from channels.contract import Carrier, Channel
from channels.email.labels import Labels
from channels.email.letter import LetterParser
from channels.shared.twilio import API_URL as TWILIO_API_URL
from channels.shared.twilio import TwilioAccount
from channels.sms.africastalking import AfricasTalkingSms, AfricasTalkingTexts
from channels.sms.jasmin import Jasmin
from channels.sms.kannel import Kannel
from channels.sms.twilio import TwilioSms, TwilioTexts
from channels.ussd.africastalking import AfricasTalkingUssd
from channels.whatsapp.meta import API_URL as META_API_URL
from channels.whatsapp.meta import MetaChats, MetaWhatsapp
from channels.whatsapp.twilio import TwilioChats, TwilioWhatsapp
from core.appointments.store import SqlAppointments
from core.campaign import Campaign
from core.conversation.engine import Conversation
from core.conversation.keywords import Keywords, command_words
from core.database.database import Database
from core.messages import Channel as Door
from core.operators.queries import Queries
from core.outbox.store import SqlOutbox
from core.registration.checks import SqlChecks
from core.registration.feed import SqlFeed
from core.registration.number import BITS, CODE_BITS
from core.registration.proof_rules import CODES
from core.registration.proofs import SqlProofs
from core.registration.store import SqlRecords
from core.roster.listing import Registry
from core.roster.lookup import SqlRoster
from core.turns.perform import Doing
from core.turns.pipeline import Pipeline
from core.wording.catalog import Wording, load_wording
from gateway.http.peer.client import OWN_SECONDS, Peer
from gateway.http.peer.client import create_client as create_peer_client
from gateway.intake.intake import TURN_SECONDS, Desk
from gateway.intake.sweeper import sweep_forever
from gateway.mail.server import Post
from gateway.operators.api import Office
from gateway.operators.gauges import measure_forever
from gateway.registry.verifier import Verifier
from gateway.runtime.clock import Clock, make_clock
from gateway.runtime.deadline import Deadline
from gateway.runtime.logs import log
from gateway.runtime.metrics import Metrics
from gateway.sending.delivery import NOBODY, Route, by_http, create_client
from gateway.sending.sender import Sender
from gateway.settings.configuration import Configuration
from gateway.settings.settings import WIRES, Settings, metrics_dir, reveal
from gateway.wiring.stores import open_stores

AFRICASTALKING_API_URL = "https://api.africastalking.com"

Work = Callable[[], Awaitable[object]]


def make_channels(settings: Settings, wording: Wording, country: str) -> tuple[Channel, ...]:
    """Return the HTTP wires that are served. A secret that is set is checked, in dev too."""
    key = reveal(settings.webhook_key) or None
    url, token = settings.public_url, reveal(settings.twilio_auth_token) or None
    app_secret = reveal(settings.meta_app_secret) or None
    verify_token = reveal(settings.meta_verify_token) or None
    commands = command_words(wording.typed)
    made: tuple[tuple[str, Channel], ...] = (
        ("africastalking", AfricasTalkingUssd(wording, key, country)),
        ("africastalking", AfricasTalkingTexts(key, country)),
        ("kannel", Kannel(wording, key, country)),
        ("jasmin", Jasmin(key, country)),
        ("twilio", TwilioTexts(wording, url, token, country)),
        ("twilio", TwilioChats(wording, url, token)),
        ("meta", MetaChats(app_secret, verify_token, settings.meta_phone_number_id, commands)),
    )
    return tuple(channel for wire, channel in made if wire in settings.wires)


def make_twins(settings: Settings, wording: Wording, country: str) -> tuple[Channel, ...]:
    """Return all HTTP wires as they serve turns that the peer has checked: with no secrets."""
    secrets = ("webhook_key", "twilio_auth_token", "meta_app_secret", "meta_verify_token")
    ours = (*secrets, "meta_phone_number_id")  # the peer has accounts of its own
    unset = settings.model_copy(update=dict.fromkeys(ours) | {"wires": WIRES})
    return make_channels(unset, wording, country)


def own_accounts(configuration: Configuration) -> frozenset[str]:
    """Return the numbers that people write to us at, where a peer has others; else nothing."""
    settings, campaign = configuration.settings, configuration.campaign
    if not settings.peer_url:
        return frozenset()
    named = (
        settings.meta_phone_number_id,
        settings.twilio_whatsapp_from,
        settings.twilio_sms_from,
        campaign.sms_number,
    )
    return frozenset(name.removeprefix("whatsapp:") for name in named if name)


def make_carriers(settings: Settings, wording: Wording) -> Iterator[tuple[Door, Carrier]]:
    """Yield what takes owed messages to people, for each account that is set."""
    yield from _twilio_carriers(settings, wording)
    if settings.meta_access_token and settings.meta_phone_number_id:
        token, number = reveal(settings.meta_access_token), settings.meta_phone_number_id
        url = settings.meta_api_url or META_API_URL
        yield Door.WHATSAPP, MetaWhatsapp(token, number, url, wording, settings.public_url)
    if settings.africastalking_username and settings.africastalking_api_key:
        user, key = settings.africastalking_username, reveal(settings.africastalking_api_key)
        sender = settings.africastalking_sender_id
        url = settings.africastalking_api_url or AFRICASTALKING_API_URL
        yield Door.SMS, AfricasTalkingSms(user, key, sender, url, wording)


def _twilio_carriers(settings: Settings, wording: Wording) -> Iterator[tuple[Door, Carrier]]:
    if not settings.twilio_account_sid or not settings.twilio_auth_token:
        return
    account = TwilioAccount(
        sid=settings.twilio_account_sid,
        token=reveal(settings.twilio_auth_token),
        public_url=settings.public_url,
        api_url=settings.twilio_api_url or TWILIO_API_URL,
    )
    if settings.twilio_whatsapp_from:
        yield Door.WHATSAPP, TwilioWhatsapp(account, settings.twilio_whatsapp_from, wording)
    if settings.twilio_sms_from:
        yield Door.SMS, TwilioSms(account, settings.twilio_sms_from, wording)


def make_routes(
    configuration: Configuration, wording: Wording, client: httpx2.AsyncClient
) -> dict[Door, list[Route]]:
    """Return who takes owed messages, by channel.

    Where there is nobody, dev keeps them here; in production they stay owed, for all to see.
    """
    settings, campaign = configuration.settings, configuration.campaign
    routes: dict[Door, list[Route]] = defaultdict(list)
    rates = {name: rate / settings.workers for name, rate in settings.send_rate.items()}
    for door, carrier in make_carriers(settings, wording):
        routes[door].append(by_http(carrier, client, rates[carrier.provider]))
    if settings.smtp_relay_url:
        from gateway.mail.relay import by_mail, read_url  # noqa: PLC0415 not every gateway sends mail

        server = read_url(reveal(settings.smtp_relay_url))
        route = by_mail(server, wording, campaign.mailboxes[0])
        routes[Door.EMAIL].append(replace(route, rate=rates[route.provider]))
    for channel, order in settings.routes.items():
        several = {route.provider: route for route in routes[Door(channel)]}
        routes[Door(channel)] = [several[name] for name in order if name in several]
    for door in (Door.SMS, Door.WHATSAPP, Door.EMAIL) if settings.production else ():
        if not routes[door]:
            log().warning("no account sends on this channel; its messages stay owed", part=door)
            routes[door].append(NOBODY)
    return routes


@asynccontextmanager
async def open_peer(settings: Settings, metrics: Metrics, clock: Clock) -> AsyncIterator[Peer]:
    """Open the way to the other gateway."""
    async with create_peer_client() as client:
        yield Peer(
            url=settings.peer_url or "",
            secret=reveal(settings.peer_secret),
            client=client,
            metrics=metrics,
            clock=clock,
            deadline=Deadline(OWN_SECONDS),
        )


@asynccontextmanager
async def open_registry(
    settings: Settings, database: Database, metrics: Metrics
) -> AsyncIterator[Registry]:
    """Open the registry that verifies: the ministry's own where there is one, or the roster."""
    if not settings.registry_url:
        yield SqlRoster(database)
        return
    from gateway.registry.client import Caller, HttpRegistry  # noqa: PLC0415 most do without

    async with create_client() as client:  # its own: a registry that hangs keeps no SMS waiting
        caller = Caller(client, settings.registry_url, reveal(settings.registry_token))
        yield HttpRegistry(caller, metrics=metrics)


@asynccontextmanager
async def open_feed(
    settings: Settings, database: Database, metrics: Metrics, clock: Clock
) -> AsyncIterator[Mapping[str, Work]]:
    """Open the feed; yield what of it works in the background: nothing, without a registry."""
    if not settings.registry_url:
        yield {}
        return
    from gateway.registry.client import Caller  # noqa: PLC0415
    from gateway.registry.feed import Feed, measure_untold_forever  # noqa: PLC0415 most do without

    async with create_client() as client:
        caller = Caller(client, settings.registry_url, reveal(settings.registry_token))
        store, holder = SqlFeed(database), secrets.token_hex(8)
        feed = Feed(store, caller, holder, metrics=metrics, clock=clock)
        yield {"feed": feed.run, "untold": partial(measure_untold_forever, store, metrics)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Everything that serves, put together."""

    settings: Settings
    campaign: Campaign
    wording: Wording
    desk: Desk
    channels: tuple[Channel, ...]
    twins: tuple[Channel, ...]  # for turns that the peer passes to us
    peer: Peer
    post: Post
    office: Office
    checks: Mapping[str, Work]  # what must work for the gateway to be ready
    background: Mapping[str, Work]  # what works beside the requests


@asynccontextmanager
async def open_gateway(configuration: Configuration) -> AsyncIterator[Gateway]:
    """Open the stores and put everything together; close in the opposite order."""
    settings, campaign = configuration.settings, configuration.campaign
    wording, clock = load_wording(None, campaign), make_clock(settings)
    async with AsyncExitStack() as stack:
        metrics = Metrics(shared=metrics_dir(settings) if settings.workers > 1 else None)
        ttl = campaign.limits.session_ttl_seconds
        stores = await stack.enter_async_context(open_stores(settings, metrics, ttl_seconds=ttl))
        database, sessions = stores.database, stores.sessions
        records = SqlRecords(
            database,
            limits=campaign.limits,
            draw_bits=partial(secrets.randbits, BITS),
            asks_registry=bool(settings.registry_url),
        )
        countries = frozenset({campaign.country, *(settings.sms_countries or ())})
        draw_code = partial(secrets.randbelow, CODES)
        proofs = SqlProofs(
            database, limits=campaign.limits, draw_code=draw_code, countries=countries
        )
        draw_bits = partial(secrets.randbits, CODE_BITS)
        appointments = SqlAppointments(
            database, doses=campaign.doses, draw_bits=draw_bits, countries=countries
        )
        doing = Doing(records, appointments, proofs)
        keywords = Keywords(wording.typed, campaign)
        conversation = Conversation(campaign, wording.languages, keywords)
        client = await stack.enter_async_context(create_client())
        outbox = SqlOutbox(database, accounts=own_accounts(configuration))
        sender = Sender(
            outbox,
            records,
            make_routes(configuration, wording, client),
            metrics=metrics,
            clock=clock,
        )
        desk = Desk(
            pipeline=Pipeline(sessions, doing, conversation, watch=metrics.watch),
            sessions=sessions,
            records=records,
            outbox=outbox,
            metrics=metrics,
            deadline=Deadline(TURN_SECONDS),
            nudge=sender.nudge,
            clock=clock,
        )
        queries, checks = Queries(database), SqlChecks(database, countries=countries)
        verifier = Verifier(
            checks=checks,
            registry=await stack.enter_async_context(open_registry(settings, database, metrics)),
            name_match_min=campaign.limits.name_match_min,
            metrics=metrics,
            clock=clock,
            owed=sender.nudge,
        )
        peer = await stack.enter_async_context(open_peer(settings, metrics, clock))
        feed = await stack.enter_async_context(open_feed(settings, database, metrics, clock))
        yield Gateway(
            settings=settings,
            campaign=campaign,
            wording=wording,
            desk=desk,
            channels=make_channels(settings, wording, campaign.country),
            twins=make_twins(settings, wording, campaign.country),
            peer=peer,
            post=Post(
                mailboxes=campaign.mailboxes,
                deliver=desk.deliver,
                metrics=metrics,
                clock=clock,
                parse=LetterParser(Labels(wording.typed), keywords).parse,
            ),
            office=Office(queries, wording, sessions.steps, campaign.country, clock),
            checks={**stores.checks, "turns": desk.recent.check},
            background={
                "deadline": desk.deadline.watch,
                "peer": peer.deadline.watch,
                "sender": sender.run,
                "sweeper": partial(sweep_forever, desk),
                "verifier": verifier.run,
                "causes": stores.errors.tell_forever,
                "gauges": partial(measure_forever, queries, checks, metrics, clock),
                **feed,
            },
        )
