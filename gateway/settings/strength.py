"""What production refuses although it works: guessable secrets and unencrypted connections."""

from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from core.database.postgres_url import PostgresUrl
from core.turns.redis_url import RedisUrl
from gateway.settings.lists import named_keys
from gateway.settings.providers import PROVIDERS
from gateway.settings.relay_url import read_url
from gateway.settings.settings import Settings, reveal, variable

SECRET_CHARACTERS_MIN: Final = 32
# The secrets that we choose ourselves; a provider chooses the length of the others.
CHOSEN: Final = (
    "operator_token",
    "console_proxy_secret",
    "peer_secret",
    "secret",
    *dict.fromkeys(name for one in PROVIDERS for name in (*one.chosen, one.keys) if name),
)
_SEVERAL: Final = frozenset(one.keys for one in PROVIDERS)  # keys with a comma between them
_BY_GATEWAY: Final = frozenset(one.keys for one in PROVIDERS if one.table)
_ENCRYPTED: Final = ("require", "verify-ca", "verify-full")  # libpq's sslmode


def weaknesses(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield each setting that production refuses: its name and a sentence without its value."""
    for name in CHOSEN:
        text = reveal(getattr(settings, name))
        each = _each_key(name, text)
        if text and min(map(len, each)) < SECRET_CHARACTERS_MIN:
            why = f"shorter than {SECRET_CHARACTERS_MIN} characters, so it may be guessed"
            yield name, f"{variable(name)}: {why}; make one up with `openssl rand -hex 32`"
    for name, (is_plain, remedy) in _URLS.items():
        text = reveal(getattr(settings, name))
        if text and name not in settings.allow_plain and is_plain(text):
            way_out = f"or name {name} in {variable('allow_plain')}"
            yield name, f"{variable(name)}: leaves this machine in the clear; {remedy}, {way_out}"


def _each_key(name: str, text: str) -> list[str]:
    if name in _BY_GATEWAY:
        return [key for keys in named_keys(text).values() for key in keys]
    return text.split(",") if name in _SEVERAL else [text]


def is_loopback(host: str) -> bool:
    """Return True if the host, by its text alone, is this machine: so is "" or a socket's path."""
    if host in {"", "localhost"} or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def names_this_machine(url: str) -> bool:
    """Return True if the host of the URL is this machine, False if the URL cannot be parsed."""
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False


def _is_plain_web(url: str) -> bool:
    return url.startswith("http:") and not names_this_machine(url)


def _is_plain_redis(url: str) -> bool:
    read = RedisUrl.of(url)
    return not read.tls and not all(map(is_loopback, read.hosts()))


def _is_plain_mail(url: str) -> bool:
    try:
        server = read_url(url)
    except ValueError:
        return True
    return not (server.tls or server.starttls or is_loopback(server.host))


def _is_plain_database(url: str) -> bool:
    if url.startswith("sqlite"):
        return False
    try:  # as the driver itself will read it
        read = PostgresUrl.of(url)
        mode, hosts = read.fields().get("sslmode"), read.hosts()
    except ValueError:
        return True
    return mode not in _ENCRYPTED and not all(map(is_loopback, hosts))


_WEB: Final = (_is_plain_web, "use https://")
_URLS: Final[dict[str, tuple[Callable[[str], bool], str]]] = {
    "public_url": _WEB,
    "redis_url": (_is_plain_redis, "use rediss://"),
    "database_url": (_is_plain_database, "add ?sslmode=verify-full"),
    **{one.api_url: _WEB for one in PROVIDERS if one.api_url},
    "smtp_relay_url": (_is_plain_mail, "use smtps:// or add ?starttls=1"),
    "registry_url": _WEB,
    "webhook_out_url": _WEB,
    "peer_url": _WEB,
}
