"""The settings that are URLs, and what each may begin with."""

from collections.abc import Mapping
from typing import Final

from core.database.postgres_url import SCHEMES as POSTGRES
from core.database.postgres_url import PostgresUrl
from core.turns.redis_url import SCHEMES as REDIS
from core.turns.redis_url import RedisUrl
from gateway.settings.providers import PROVIDERS

URL_CHARACTERS_MAX: Final = 2_000
_WEB: Final = ("http", "https")
SCHEMES: Final[Mapping[str, tuple[str, ...]]] = {
    "public_url": _WEB,
    "redis_url": REDIS,
    "database_url": ("sqlite", *POSTGRES),
    **{one.api_url: _WEB for one in PROVIDERS if one.api_url},
    "smtp_relay_url": ("smtp", "smtps"),
    "registry_url": _WEB,
    "webhook_out_url": _WEB,
    "peer_url": _WEB,
}


def check_url(name: str, text: str) -> None:
    """Raise `ValueError`, without the URL, if its setting does not take it."""
    schemes = SCHEMES[name]
    scheme, found, rest = text.partition(":")
    if text and not (scheme in schemes and found and rest.startswith("//")):
        raise ValueError(f"should begin with {' or '.join(f'{one}://' for one in schemes)}")
    if len(text) > URL_CHARACTERS_MAX:
        raise ValueError(f"is longer than {URL_CHARACTERS_MAX} characters")
    if scheme in REDIS:
        RedisUrl.of(text)
    elif scheme in POSTGRES:
        PostgresUrl.of(text).hosts()
