"""Tell whether the mailbox that a letter names as its sender vouches for it.

Anybody can write in anybody's name. Our own mail server may have authenticated the sender; or the
letter gives back a token that only a reader of our letters to that mailbox can know.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from channels.contract import RejectedError
from channels.email.authentication import Dmarc, read_dmarc
from channels.email.headers import Part, read_address, read_ids
from channels.email.tokens import gives_token_back


class MailTrust(NamedTuple):
    """What we trust in a mail: the id of our mail server (RFC 8601), and tokens of our secret.

    Without either ("" or b"") it vouches for nothing.
    """

    authserv: str = ""
    secret: bytes = b""


class ForgedError(RejectedError):
    """Our mail server found that the sender is not who the letter says: it is not answered."""

    def __init__(self) -> None:
        super().__init__("the sender is forged, by DMARC", status=250)


class Echo(NamedTuple):
    """The tokens that a letter gives back; those in the `Message-ID` that it answers first."""

    answered: Sequence[str]
    addressed: Sequence[str] = ()  # written to `mailbox+token@`


def read_echo(mail: Part, tags: Sequence[str]) -> Echo:
    """Return the tokens of the letter; `tags` are those of the addresses that it was sent to.

    Mailers name the letter that is answered in `In-Reply-To` or `References` (RFC 5322, 3.6.4).
    """
    answered = read_ids(mail.get("in-reply-to"))[:1] or read_ids(mail.get("references"))[-1:]
    return Echo("".join(answered).partition("@")[0].split(".")[1:], tags)


def is_authentic(mail: Part, sender: str, echo: Echo, at: datetime, trust: MailTrust) -> bool:
    """Return True if the mailbox `sender` vouches for the mail; raise `ForgedError` if forged."""
    domain = sender.partition("@")[2]
    dmarc = read_dmarc(mail, authserv=trust.authserv, domain=domain)
    if dmarc is Dmarc.FAIL:
        raise ForgedError
    tokens = (*echo.answered, *echo.addressed) if trust.secret else ()
    return dmarc is Dmarc.PASS or gives_token_back(
        tokens, secret=trust.secret, mailbox=sender, at=at
    )


def is_aligned(sender: str, envelope_from: str | None) -> bool:
    """Return True if both are at one domain, or one's domain is a subdomain of the other's."""
    own = sender.partition("@")[2].lower()
    envelope = read_address(f"<{(envelope_from or '').strip('<>')}>").partition("@")[2]
    return bool(envelope) and (
        own == envelope or own.endswith(f".{envelope}") or envelope.endswith(f".{own}")
    )
