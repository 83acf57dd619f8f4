"""The configuration: settings and campaign, read together, with all their faults at once."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.campaign import Campaign
from gateway.settings.key_file import read_key_file
from gateway.settings.keys import keys_of_gateway, relying_on
from gateway.settings.lists import named_keys
from gateway.settings.providers import PROVIDERS
from gateway.settings.settings import Settings, given_names, reveal, variable
from gateway.settings.strength import weaknesses

CAMPAIGN_BYTES_MAX = 1_000_000

# The secrets that authenticate wires. Production serves none without its secret.
GUARDS = tuple(dict.fromkeys(secret for one in PROVIDERS for secret in one.guards))
# Pairs: the first setting is useless without the second.
_TOGETHER = (
    *(pair for provider in PROVIDERS for pair in provider.needs.items()),
    ("registry_token", "registry_url"),
    ("webhook_out_url", "webhook_out_secret"),
    ("webhook_out_secret", "webhook_out_url"),
    ("peer_url", "peer_secret"),
    ("smtp_tls_cert", "smtp_tls_key"),
    ("smtp_tls_key", "smtp_tls_cert"),
)


class ConfigurationError(Exception):
    """The gateway cannot start as configured; `faults` are sentences for its operator."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings and the campaign."""

    settings: Settings
    campaign: Campaign


def load_configuration() -> Configuration:
    """Read settings and campaign; raise `ConfigurationError` with every fault of both."""
    faults = list(_unknown_names())
    try:
        settings, invalid = Settings(), set[str]()
    except ValidationError as error:
        invalid = {str(detail["loc"][0]) for detail in error.errors()}
        faults += [_describe(detail) for detail in error.errors()]
        settings = _with_defaults(invalid)
    except UnicodeDecodeError:
        raise ConfigurationError([".env is not UTF-8 text: write it again as UTF-8"]) from None
    faults += [fault for name, fault in _missing(settings) if name not in invalid]
    campaign, more = _read_campaign(settings.campaign)
    faults += [*more, *_faults_of_gateways(settings)]
    faults += read_key_file(settings.key_file)[1] if settings.key_file else []
    if faults or campaign is None:
        raise ConfigurationError(faults)
    return Configuration(settings, campaign)


def _with_defaults(invalid: set[str]) -> Settings:
    """Read again with defaults for the invalid settings, to find the other faults."""
    defaults = {name: Settings.model_fields[name].get_default() for name in invalid}
    return Settings(**defaults)


def _describe(detail: ErrorDetails) -> str:
    name, message = variable(str(detail["loc"][0])), detail["msg"]
    message = message.removeprefix("Value error, ").replace("Input should", "should")
    return f"{name}: {message}"


def _unknown_names() -> Iterator[str]:
    known = [variable(field) for field in Settings.model_fields]
    for name in sorted(given_names() - set(known)):
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}?" if close else "see `satupintu config` for all names"
        yield f"{name}: no such setting; {hint}"


def _missing(settings: Settings) -> Iterator[tuple[str, str]]:
    for name, needed in _TOGETHER:
        if getattr(settings, name) and not getattr(settings, needed):
            yield needed, f"{variable(needed)}: missing; {variable(name)} is of no use without it"
    if settings.production:
        yield from _missing_secrets(settings)
        yield from _missing_stores(settings)
        yield from weaknesses(settings)


def _missing_secrets(settings: Settings) -> Iterator[tuple[str, str]]:
    if not settings.operator_token:
        yield "operator_token", f"{variable('operator_token')}: missing; production needs it"
    for secret in GUARDS:
        served = relying_on(settings, secret)
        if served and not getattr(settings, secret):
            way_out = f"or leave them out of {variable('wires')}"
            need = f"production needs it to check {', '.join(served)} ({way_out})"
            yield secret, f"{variable(secret)}: missing; {need}"


def _missing_stores(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.allow_embedded:
        return
    for name in ("redis_url", "database_url"):
        if not getattr(settings, name):
            way_out = f"unless {variable('allow_embedded')}=1"
            why = f"production does not use the embedded store {way_out}"
            yield name, f"{variable(name)}: missing; {why}"


def _read_campaign(path: Path) -> tuple[Campaign | None, list[str]]:
    name = f"{variable('campaign')} ({path})"
    try:
        with path.open("rb") as file:
            raw = file.read(CAMPAIGN_BYTES_MAX + 1)
        if len(raw) > CAMPAIGN_BYTES_MAX:
            return None, [f"{name}: larger than {CAMPAIGN_BYTES_MAX} bytes"]
        return Campaign.model_validate(tomllib.loads(raw.decode())), []
    except FileNotFoundError:
        return None, [f"{name}: no such file; copy the campaign.toml that comes with the project"]
    except OSError as error:
        return None, [f"{name}: cannot be read: {error.strerror}"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return None, [f"{name}: is not TOML: {error}"]
    except ValidationError as error:
        return None, [f"{name}: {_place(detail)}: {detail['msg']}" for detail in error.errors()]


def _faults_of_gateways(settings: Settings) -> list[str]:
    """Return the faults of the tables; in production every mapped gateway must have a key."""
    if settings.ussd_gateways is None:
        return []
    from gateway.settings.ussd_gateways import read_gateways  # noqa: PLC0415 few gateways map any

    tables, faults = read_gateways(settings.ussd_gateways)
    name, named = variable("mapped_keys"), named_keys(reveal(settings.mapped_keys))
    if faults:
        return faults
    unknown = [f"{name}: {one!r} has no table" for one in sorted(named.keys() - {"", *tables})]
    open_ones = [one for one in tables if not keys_of_gateway(settings, one)]
    wanting = open_ones if settings.production and named else []
    return [*unknown, *(f"{name}: has no key of {one}; production needs it" for one in wanting)]


def _place(detail: ErrorDetails) -> str:
    return ".".join(str(part) for part in detail["loc"]) or "the whole"
