"""Parsers of settings that are lists; a `ValueError` says what is wrong with one."""

import math
import re
from collections.abc import Collection, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from channels.whatsapp.twilio_contents import CONTENTS
from gateway.settings.providers import PROVIDERS

Network = IPv4Network | IPv6Network

SEND_RATE: Final = {one.name: one.rate for one in PROVIDERS if one.rate is not None}
WEB_RATE: Final = {"address": 600.0, "token": 60.0}  # requests a minute
WEB_RATE_MAX: Final = 1_000_000.0
PROXIES_MAX: Final = 100
KEYS_MAX: Final = 2  # of one wire at a time: the new one and the old one
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_FLOW: Final = re.compile(r"[0-9]{1,32}")
SEND_RATE_MAX = 10_000.0  # messages a second
PREFIXES_MAX: Final = 1_000  # the world has fewer operators
PREFIX: Final = re.compile(r"\+[1-9][0-9]{0,14}")
ROUTES: Final = {
    channel: tuple(one.name for one in PROVIDERS if channel in one.sends)
    for channel in ("whatsapp", "sms", "email")
}
_CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")


def read_rates(text: str) -> dict[str, float]:
    """Parse `twilio=10,meta=80`: messages a second by provider; others keep their rate."""
    pairs = _pairs(text, ",", SEND_RATE, "a provider that we send by")
    return SEND_RATE | {name: _rate(name, value) for name, value in pairs}


def read_web_rates(text: str) -> dict[str, float]:
    """Parse `address=600,token=60`: requests a minute, by what is counted; 0 is no limit."""
    pairs = _pairs(text, ",", WEB_RATE, "something")
    most = WEB_RATE_MAX
    return WEB_RATE | {name: _rate(name, value, most) for name, value in pairs}


def read_networks(text: str) -> tuple[Network, ...]:
    """Parse `10.0.0.0/8,127.0.0.1`: networks, by comma."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > PROXIES_MAX:
        raise ValueError(f"should be at most {PROXIES_MAX} networks")
    try:
        return tuple(ip_network(part) for part in parts)
    except ValueError:
        raise ValueError("should be networks, as 10.0.0.0/8 is") from None


def read_routes(text: str) -> dict[str, tuple[str, ...]]:
    """Parse `whatsapp=meta,twilio;sms=twilio`: providers by channel, in order."""
    routes = ROUTES.copy()
    for channel, value in _pairs(text, ";", ROUTES, "a channel that we send by"):
        routes[channel] = _providers(value, channel, of=channel)
    return routes


def _providers(text: str, channel: str, *, of: str) -> tuple[str, ...]:
    known = ROUTES[channel]
    names = _names(text, known, f"sends nothing on {channel}; known: {', '.join(known)}")
    if not names or len(set(names)) < len(names):
        raise ValueError(f"{of} should name each of its providers once")
    return names


def read_prefixes(text: str) -> dict[str, tuple[str, ...]]:
    """Parse `+62811,+62812=digihub,kannel;+62817=jasmin`: providers of SMS by prefix."""
    routes: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        prefixes, _, value = part.partition("=")
        for prefix in (each.strip() for each in prefixes.split(",")):
            if not PREFIX.fullmatch(prefix) or prefix in routes:
                raise ValueError(f"{prefix!r} should be a new beginning of numbers, as +62811 is")
            routes[prefix] = _providers(value, "sms", of=prefix)
    if len(routes) > PREFIXES_MAX:
        raise ValueError(f"should be at most {PREFIXES_MAX:,} beginnings of numbers")
    return routes


def read_contents(text: str) -> dict[str, str]:
    """Parse `buttons2=HX...,list4=HX...`: the sid of Twilio's content, by what it shows."""
    contents = dict(_pairs(text, ",", CONTENTS, "a content that we send by"))
    if wrong := [name for name, sid in contents.items() if not _CONTENT_SID.fullmatch(sid)]:
        raise ValueError(f"{wrong[0]} should be HX and 32 hexadecimal digits")
    return contents


def read_countries(text: str) -> tuple[str, ...]:
    """Parse `MY,TL`: ISO 3166 codes."""
    from core.fields.phone import COUNTRIES  # noqa: PLC0415 a tenth of a start

    return _names(text, COUNTRIES, "is no country; two capital letters each, as in MY,TL")


def read_flows(text: str) -> dict[str, str]:
    """Parse `id=1234,en=5678`: the id of a Flow at Meta, digits, by language."""
    flows = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        language, _, flow = (each.strip() for each in part.partition("="))
        if not (_LANGUAGE.fullmatch(language) and _FLOW.fullmatch(flow)):
            raise ValueError(f"{part!r} should be language=number, as in id=1234")
        flows[language] = flow
    return flows


def read_names(text: str, known: Collection[str], kind: str) -> tuple[str, ...]:
    """Parse names of that kind, by comma."""
    return _names(text, known, f"is no {kind}; known: {', '.join(known)}")


def _names(text: str, known: Collection[str], fault: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if unknown := sorted(set(names) - set(known)):
        raise ValueError(f"{unknown[0]!r} {fault}")
    return names


def read_keys(text: str) -> str:
    """Parse `new,old`: one key or, while they are exchanged, several; return it without blanks."""
    keys = tuple(part.strip() for part in text.split(","))
    if len(keys) > KEYS_MAX or not all(keys):
        raise ValueError(f"should be one key, or {KEYS_MAX} with a comma between them")
    return ",".join(keys)


def read_named_keys(text: str) -> str:
    """Parse `telco=new,telco=old,key`: keys by gateway, and one for all gateways not named.

    Return it without blanks.
    """
    keys = [_named_key(part) for part in text.split(",")]
    names = [name for name, _ in keys]
    if not all(key for _, key in keys) or any(names.count(name) > KEYS_MAX for name in names):
        raise ValueError(f"should be name=key, at most {KEYS_MAX} of a name, with commas between")
    return ",".join(f"{name}={key}" if name else key for name, key in keys)


def named_keys(text: str) -> dict[str, tuple[str, ...]]:
    """Return the keys by gateway, of the others under "", in what `read_named_keys` returned."""
    keys = dict[str, tuple[str, ...]]()
    for name, key in map(_named_key, text.split(",") if text else ()):
        keys[name] = (*keys.get(name, ()), key)
    return keys


def _named_key(part: str) -> tuple[str, str]:
    name, found, key = (each.strip() for each in part.partition("="))
    return (name, key if name else "") if found else ("", name)


def _pairs(
    text: str, separator: str, known: Collection[str], kind: str
) -> Iterator[tuple[str, str]]:
    for part in filter(None, (part.strip() for part in text.split(separator))):
        name, found, value = (each.strip() for each in part.partition("="))
        if not found or not value:
            raise ValueError(f"{part!r} should be name=value")
        if name not in known:
            raise ValueError(f"{name!r} is not {kind}; known: {', '.join(known)}")
        yield name, value


def _rate(name: str, text: str, most: float = SEND_RATE_MAX) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 <= rate <= most:
        raise ValueError(f"{name} should be a number from 0 to {most:,.0f}")
    return rate
