"""What the doctor notes about valid settings: open wires, weaknesses, missing accounts."""

from collections.abc import Iterator
from pathlib import Path

from core.conversation.message_ids import REDELIVERED_SECONDS
from core.messages import Channel
from core.outbox.answers import MAILBOX_ANSWERS_MAX, STRANGER_ANSWERS_MAX
from core.registration.bounds import CLAIMS_A_DAY_MAX
from core.registration.lists import ROWS_UNVOUCHED_MAX
from core.registration.web_lists import ROWS_OF_NETWORK_MAX
from core.wording.catalog import load_wording
from gateway.runtime.finding import Finding, note
from gateway.settings.configuration import GUARDS, Configuration
from gateway.settings.keys import keys_of_gateway, relying_on
from gateway.settings.settings import Settings, variable
from gateway.settings.strength import names_this_machine, weaknesses
from gateway.wiring.findings.sms import look_at_sms
from gateway.wiring.providers import make_carriers

_WITHOUT_ACCOUNT = {
    Channel.SMS: "no confirmation, code or reminder arrives",
    Channel.WHATSAPP: "where the wire does not answer in its reply, nobody is answered",
    Channel.EMAIL: "no letter is answered",
}
_CLAIMS = f"{CLAIMS_A_DAY_MAX} registrations and {ROWS_UNVOUCHED_MAX} rows of lists"
_ANSWERS = f"{STRANGER_ANSWERS_MAX} answers ({MAILBOX_ANSWERS_MAX} once somebody is registered)"
_LESS = f"and until then a mailbox has {_CLAIMS} a day, and {_ANSWERS}"
_MAIL = {
    "secret": "not set; one is drawn into the data dir, which other machines do not share",
    "mail_authserv": f"not set; no sender is authentic before they answer our letters, {_LESS}",
}
_PROXIES = (
    "not set; behind a proxy on a private network no address is limited, and all clinics share "
    + f"one bound of {ROWS_OF_NETWORK_MAX} rows a day: name the proxy's network"
)


def look_at_settings(configuration: Configuration) -> Iterator[Finding]:
    """Yield notes on the settings."""
    settings = configuration.settings
    yield from _secrets(settings)
    for name, fault in () if settings.production else weaknesses(settings):
        yield note(variable(name), f"production refuses it:{fault.partition(':')[2]}")
    if settings.production and names_this_machine(settings.public_url):
        fault = "names this machine, which no provider can call; signatures are checked against it"
        yield note(variable("public_url"), fault)
    if settings.production and "smtp" in settings.wires:
        yield from _mail(settings)
    if settings.production and "web" in settings.wires:
        yield note(variable("trusted_proxies"), "" if settings.trusted_proxies else _PROXIES)
    yield from _accounts(configuration)
    if settings.ussd_gateways is not None and "mapped" in settings.wires:
        yield from _gateways(settings, settings.ussd_gateways)


def _mail(settings: Settings) -> Iterator[Finding]:
    for name, fault in _MAIL.items():
        yield note(variable(name), "" if getattr(settings, name) else fault)


def _secrets(settings: Settings) -> Iterator[Finding]:
    missing = "not set; each start makes one up and prints it"
    yield note(variable("operator_token"), "" if settings.operator_token else missing)
    for name in GUARDS:
        if served := relying_on(settings, name):
            fault = f"not set; {', '.join(served)} is open to anybody who reaches this port"
            yield note(variable(name), "" if getattr(settings, name) else fault)


def _accounts(configuration: Configuration) -> Iterator[Finding]:
    settings, wording = configuration.settings, load_wording(None, configuration.campaign)
    carriers = make_carriers(settings, wording)
    able = {(channel, carrier.provider) for channel, carrier in carriers}
    if settings.smtp_relay_url:
        able.add((Channel.EMAIL, "smtp"))
    for channel, missed in _WITHOUT_ACCOUNT.items():
        if any((channel, provider) in able for provider in settings.routes[channel]):
            yield Finding(f"an account sends {channel.value}")
        else:
            yield note(channel.value, f"no account sends on this channel: {missed}")
    texting = frozenset(provider for channel, provider in able if channel == Channel.SMS)
    yield from look_at_sms(configuration, wording, texting)


def _gateways(settings: Settings, path: Path) -> Iterator[Finding]:
    """Yield the mapped USSD gateways; their tables have no fault, or there were no doctor."""
    from gateway.settings.ussd_gateways import read_gateways  # noqa: PLC0415 few gateways map any

    for name, table in read_gateways(path)[0].items():
        repeats = (
            "" if table.hop or table.history else f", repeats known for {REDELIVERED_SECONDS} s"
        )
        part = f"USSD gateway {name} at /ussd/{name}, screens of {table.screen_septets}{repeats}"
        open_ = "has no key; it is open to anybody who reaches this port"
        yield note(part, "" if keys_of_gateway(settings, name) else open_)
