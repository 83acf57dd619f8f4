"""The one place that constructs stores and channels, and closes them in order."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from channels.contract import ChannelAdapter
from channels.email.labels import Labels
from channels.email.letter import LetterParser
from channels.email.vouching import MailTrust
from core.campaign import Campaign
from core.cases.desk import SqlCases
from core.cases.sweep import CaseSweep
from core.conversation.consent import known_consents
from core.conversation.engine import Conversation
from core.conversation.keywords import Keywords
from core.conversation.register.listed import ListReader
from core.database.database import Database
from core.operators.retention import Retention
from core.outbox.answers import AnswerBudget
from core.outbox.store import SqlOutbox
from core.registration.checks import SqlChecks
from core.registration.number import keyed_numbers
from core.registration.terms import Terms
from core.turns.perform import EffectRunner
from core.turns.pipeline import Pipeline
from core.wording.catalog import Wording, load_wording
from core.wording.typed import TypedWords
from gateway.http.limits import Counting, Limits
from gateway.http.peer.client import OWN_SECONDS, Peer
from gateway.http.peer.client import create_client as create_peer_client
from gateway.imports.attached import AttachedLists
from gateway.imports.headings import Headings
from gateway.imports.tables import TableReader
from gateway.intake.intake import TURN_SECONDS, Intake
from gateway.intake.letters import LetterIntake
from gateway.intake.list_job import ListJob
from gateway.intake.share import Share, renew_forever
from gateway.intake.sweeper import sweep_forever
from gateway.intake.web_lists import WebLists
from gateway.mail.server import MailIntake
from gateway.mail.tls import expires_at, load_certificate
from gateway.operators.case_rules import decide_forever
from gateway.operators.closing import displace_forever
from gateway.operators.desk import Desk
from gateway.operators.erasing import Erasing
from gateway.operators.funnel import FunnelCounts, flush_forever
from gateway.operators.retention import sweep_forever as forget_forever
from gateway.operators.standby import offer_forever
from gateway.registry.verifier import Verifier
from gateway.runtime.clock import Clock, make_clock
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
from gateway.sending.delivery import create_client
from gateway.sending.sender import Sender
from gateway.settings.configuration import Configuration
from gateway.settings.data_dir import metrics_dir
from gateway.settings.secret import read_secret
from gateway.settings.settings import Settings, reveal
from gateway.wiring.feeds import open_registry, open_webhooks
from gateway.wiring.findings.running import examine_running
from gateway.wiring.gauges import gauge_works
from gateway.wiring.providers import make_channels, make_unsigned_channels, own_accounts
from gateway.wiring.routes import make_routes
from gateway.wiring.simulating import Simulated, make_simulator
from gateway.wiring.stores import open_stores

Work = Callable[[], Awaitable[object]]


@asynccontextmanager
async def open_peer(settings: Settings, metrics: Metrics, clock: Clock) -> AsyncIterator[Peer]:
    """Open the client of the peer; without a peer's URL it passes no turns."""
    async with create_peer_client() as client:
        yield Peer(
            url=settings.peer_url or "",
            secret=reveal(settings.peer_secret),
            client=client,
            metrics=metrics,
            clock=clock,
            deadline=Deadline(OWN_SECONDS),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """All parts that serve requests or work beside them."""

    settings: Settings
    campaign: Campaign
    wording: Wording
    intake: Intake
    channels: tuple[ChannelAdapter, ...]
    unsigned_channels: tuple[ChannelAdapter, ...]  # for turns that the peer passes to us
    peer: Peer
    mail_intake: MailIntake
    desk: Desk
    web_lists: WebLists
    counting: Counting  # of what people send, by form and app
    checks: Mapping[str, Work]  # all must pass for the gateway to be ready
    background: Mapping[str, Work]  # runs until the gateway closes
    simulator: Simulated = None


def _answer_budget(campaign: Campaign) -> AnswerBudget:
    limits = campaign.limits
    most, domain_most = limits.unvouched_answers_max, limits.unvouched_answers_per_domain_max
    return AnswerBudget(campaign.id, most, domain_most)


def _make_effects(configuration: Configuration, database: Database) -> EffectRunner:
    settings, campaign = configuration.settings, configuration.campaign
    terms = Terms(
        limits=campaign.limits,
        doses=campaign.doses,
        countries=frozenset({campaign.country, *(settings.sms_countries or ())}),
        asks_registry=bool(settings.registry_url),
        places=campaign.places,
        screening=campaign.screening,
        public_url=settings.public_url,
        number_of=keyed_numbers(reveal(settings.secret).encode()) if settings.secret else None,
    )
    return EffectRunner(database=database, terms=terms, draw_below=secrets.randbelow)


def _make_letters(
    intake: Intake,
    effects: EffectRunner,
    reader: ListReader,
    keywords: Keywords,
    typed: TypedWords,
) -> tuple[ListJob, LetterIntake]:
    """Return the job that records lists of staff, and the intake that stages them."""
    job = ListJob(
        database=intake.database,
        effects=effects,
        reader=reader,
        metrics=intake.metrics,
        clock=intake.clock,
        on_answer=intake.nudge,
        budget=intake.budget,
    )
    letters = LetterIntake(
        intake=intake,
        reader=reader,
        keywords=keywords,
        lists=AttachedLists(Headings(typed), TableReader()),
        on_list=job.nudge,
    )
    return job, letters


def _make_web_lists(
    intake: Intake, reader: ListReader, typed: TypedWords, job: ListJob
) -> WebLists:
    return WebLists(
        database=intake.database,
        deadline=intake.deadline,
        reader=reader,
        headings=Headings(typed),
        tables=TableReader(),
        on_list=job.nudge,
    )


@asynccontextmanager
async def _open_checking(
    configuration: Configuration, intake: Intake, database: Database
) -> AsyncIterator[Mapping[str, Work]]:
    """Open the registry and its feed; yield their background work by name."""
    settings, metrics, clock = configuration.settings, intake.metrics, intake.clock
    checks = SqlChecks(database, countries=intake.countries)
    given = (settings, database, metrics, clock)
    async with open_registry(*given) as (registry, feed), open_webhooks(*given) as webhooks:
        verifier = Verifier(
            checks=checks,
            registry=registry,
            name_match_min=configuration.campaign.limits.name_match_min,
            metrics=metrics,
            clock=clock,
            on_pending=intake.nudge,
        )
        yield {"verifier": verifier.run, **feed, **webhooks}


@asynccontextmanager
async def open_gateway(configuration: Configuration) -> AsyncIterator[Gateway]:
    """Open the stores and construct all parts; close in the opposite order."""
    settings, campaign = configuration.settings, configuration.campaign
    wording, clock = load_wording(None, campaign), make_clock(settings)
    simulator = make_simulator(clock)
    metrics = Metrics(shared=metrics_dir(settings) if settings.workers > 1 else None)
    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(
            open_stores(settings, metrics, campaign, simulator)
        )
        database, sessions = stores.database, stores.sessions
        outbox = SqlOutbox(database, accounts=own_accounts(configuration))
        client = await stack.enter_async_context(create_client())
        routes = make_routes(configuration, wording, client)
        routes = simulator.routes(routes) if simulator else routes
        effects, funnel = _make_effects(configuration, database), FunnelCounts()
        countries = effects.terms.countries
        sender = Sender(outbox, routes, metrics=metrics, clock=clock, countries=countries)
        keywords = Keywords(wording.typed, campaign)
        given = (campaign, wording.languages, keywords, known_consents(campaign, wording))
        conversation = Conversation(*given, offers=wording.offers)
        reader = ListReader(*given)
        intake = Intake(
            pipeline=(simulator.pipeline if simulator else Pipeline)(
                sessions, effects, conversation, watch=metrics.watch, count=funnel.count
            ),
            sessions=sessions,
            database=database,
            outbox=outbox,
            metrics=metrics,
            deadline=Deadline(TURN_SECONDS),
            nudge=sender.nudge,
            campaign=campaign.id,
            clock=clock,
            countries=countries,
            budget=_answer_budget(campaign),
        )
        peer = await stack.enter_async_context(open_peer(settings, metrics, clock))
        checking = await stack.enter_async_context(_open_checking(configuration, intake, database))
        holder, share = secrets.token_hex(8), Share(range(0))
        retention = Retention(database, campaign.keep, holder)
        case_rules = CaseSweep(database, SqlCases(database, effects.terms), holder)
        trust = MailTrust(settings.mail_authserv or "", read_secret(settings))
        parser = LetterParser(Labels(wording.typed), keywords, trust)
        list_job, letters = _make_letters(intake, effects, reader, keywords, wording.typed)
        web_lists = _make_web_lists(intake, reader, wording.typed, list_job)
        tls = load_certificate(settings.smtp_tls_cert, settings.smtp_tls_key)
        if settings.smtp_tls_cert is not None:
            ends = expires_at(settings.smtp_tls_cert.read_text(encoding="ascii"))
            metrics.certificate_expires.labels("smtp").set(ends.timestamp())
        mail_intake = MailIntake(
            mailboxes=campaign.mailboxes,
            deliver=letters.deliver,
            note=lambda receipt: intake.note(receipt, at=clock()),
            metrics=metrics,
            clock=clock,
            parse=parser.parse,
            parse_head=parser.parse_head,
            tls=tls,
        )
        yield Gateway(
            settings=settings,
            campaign=campaign,
            wording=wording,
            intake=intake,
            channels=make_channels(settings, wording, campaign),
            unsigned_channels=make_unsigned_channels(settings, wording, campaign),
            peer=peer,
            mail_intake=mail_intake,
            simulator=simulator,
            desk=Desk(
                database=database,
                wording=wording,
                campaign=campaign,
                steps=sessions.steps,
                examine=partial(examine_running, configuration, database, clock),
                effects=effects,
                sessions=sessions,
            ),
            web_lists=web_lists,
            counting=Counting(Limits(settings.web_rate), settings.trusted_proxies),
            checks={**stores.checks, "turns": intake.recent.check},
            background={
                "deadline": intake.deadline.watch,
                "screens": intake.screens.watch,
                "peer": peer.deadline.watch,
                "sender": sender.run,
                "share": partial(renew_forever, share, sessions, clock, holder),
                "sweeper": partial(sweep_forever, intake, share),
                "lists": list_job.run,
                "causes": stores.errors.log_forever,
                "funnel": partial(flush_forever, funnel, database, clock),
                "refusals": metrics.refusals.log_forever,
                "standby": partial(offer_forever, database, effects.terms, clock, holder),
                "closures": partial(displace_forever, database, clock, countries),
                "retention": partial(forget_forever, retention, clock),
                "cases": partial(decide_forever, case_rules, clock),
                "erasing": Erasing(
                    database=database, sessions=sessions, clock=clock, countries=countries
                ).run,
                **checking,
                **gauge_works(intake, peer),
            },
        )
