"""The URL of the mail server that sends our mail."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

PORT, PORT_TLS = 587, 465


@dataclass(frozen=True, slots=True)
class Server:
    """A relay, from `smtp://user:pass@host:port?starttls=1` or `smtps://`."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    starttls: bool = False


def read_url(url: str) -> Server:
    """Parse the URL; raise `ValueError` if its port is no number."""
    parts = urlsplit(url)
    tls = parts.scheme == "smtps"
    return Server(
        host=parts.hostname or "localhost",
        port=parts.port or (PORT_TLS if tls else PORT),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=tls,
        starttls=parse_qs(parts.query).get("starttls", ["0"])[0] in ("1", "true", "yes"),
    )
