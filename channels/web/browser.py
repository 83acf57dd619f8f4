"""What a browser says of itself: its cookie, and where a form comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from channels.contract import RejectedError, Request
from channels.web.tokens import Seals, is_token

COOKIE: Final = "satupintu_form"
SECURE_COOKIE: Final = "__Host-satupintu"  # a browser takes it over TLS only, from us alone
COOKIES_CHARACTERS_MAX: Final = 8_192
_NO_OTHER_SITE: Final = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True)
class Site:
    """Our own address, as browsers know it; the cookie is kept for `seconds`."""

    url: str
    seconds: int

    @property
    def cookie(self) -> str:
        """Return the name of the cookie."""
        return SECURE_COOKIE if self.is_secure else COOKIE

    @property
    def is_secure(self) -> bool:
        """Return True if browsers reach us over TLS."""
        return self.url.startswith("https:")

    def token_of(self, request: Request) -> str:
        """Return the token in the cookie, "" if there is none, or none of ours."""
        cookies = request.headers.get("cookie", "")[:COOKIES_CHARACTERS_MAX]
        for pair in cookies.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == self.cookie and is_token(value):
                return value
        return ""

    def set_cookie(self, token: str) -> tuple[str, str]:
        """Return the header that gives the browser its token."""
        secure = "; Secure" if self.is_secure else ""
        kept = f"Max-Age={self.seconds}; Path=/; HttpOnly; SameSite=Lax{secure}"
        return "set-cookie", f"{self.cookie}={token}; {kept}"

    def no_cookie(self) -> tuple[str, str]:
        """Return the header that takes the token from the browser."""
        secure = "; Secure" if self.is_secure else ""
        return "set-cookie", f"{self.cookie}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax{secure}"

    def check_origin(self, request: Request) -> None:
        """Raise `RejectedError` (403) if the browser says that another site sent the form."""
        origin = request.headers.get("origin")
        if origin is None:
            ours = request.headers.get("sec-fetch-site", "none") in _NO_OTHER_SITE
        else:
            ours = _host(origin) in {_host(self.url), request.headers.get("host", "").lower()}
        if not ours:
            raise RejectedError("the form comes from another site", status=403)


class EarlierPageError(RejectedError):
    """The form is ours, and was made before the browser had its cookie: any browser has such."""

    def __init__(self) -> None:
        super().__init__("the page is from before the cookie", status=403)


def check_form(site: Site, seals: Seals, request: Request, fields: Mapping[str, str]) -> str:
    """Return the token of the browser that sent this form of ours, "" if it has none yet.

    Raises `RejectedError` (403) if another site sent it, or it is none of ours, and
    `EarlierPageError` if it was made for a browser without a cookie, and came with one.
    """
    site.check_origin(request)
    token, turn, seal = site.token_of(request), fields.get("turn", ""), fields.get("csrf", "")
    if is_token(turn) and seals.is_sealed(seal, token, turn):
        return token
    if is_token(turn) and seals.is_sealed(seal, "", turn):
        raise EarlierPageError
    raise RejectedError("the form is not one of ours, or too old", status=403)


def _host(url: str) -> str:
    """Return host and port of an origin, or what no host is for any other text."""
    try:
        return urlsplit(url).netloc.lower() or "?"
    except ValueError:
        return "?"
