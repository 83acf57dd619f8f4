"""What is new in a USSD session's typing, which the network repeats in full at every hop.

The network joins all that was typed by `*` and does not say where one answer ends, and a person
may type `*` too. So we remember how much we have taken in: what follows is one answer. A session
that we do not know (a deep dial, or our memory of it was lost) is taken in from its start.
"""

from hashlib import blake2b
from typing import NamedTuple

from core.conversation.session import Heard
from core.message import UssdSession

JOINT = "*"


class Hearing(NamedTuple):
    """New answers, whether the session is new to us, and what we have heard by now."""

    texts: tuple[str, ...]
    opens: bool
    heard: Heard


def digest(text: str) -> str:
    """Return 16 characters that stand for `text` and do not tell it."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def hear(heard: Heard | None, ussd: UssdSession) -> Hearing:
    """Return what this hop adds to what was heard."""
    session = digest(ussd.id)
    now = Heard(session, len(ussd.typed), digest(ussd.typed))
    if heard is None or heard.session != session:
        return Hearing(tuple(ussd.typed.split(JOINT)) if ussd.typed else (), opens=True, heard=now)
    if digest(ussd.typed[: heard.length]) != heard.digest:  # an earlier hop, come late
        return Hearing((), opens=False, heard=heard)
    new = ussd.typed[heard.length :]
    if not new:
        return Hearing((), opens=False, heard=heard)
    return Hearing((new.removeprefix(JOINT) if heard.length else new,), opens=False, heard=now)
