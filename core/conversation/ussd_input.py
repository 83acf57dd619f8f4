"""What is new in a USSD session's typing, which the network repeats in full at every hop.

The network joins all that was typed by `*` and does not say where one answer ends, and a person
may type `*` too. So we remember how much we have taken in: what follows is one answer. A session
that we do not know (a deep dial, or our memory of it was lost) is taken in from its start.
"""

from typing import NamedTuple
from zlib import crc32

from core.conversation.session import Heard
from core.messages import UssdSession

JOINT = "*"


class Hearing(NamedTuple):
    """New answers, whether the session is new to us, and what we have heard by now."""

    texts: tuple[str, ...]
    opens: bool
    heard: Heard


def hear(heard: Heard | None, ussd: UssdSession) -> Hearing:
    """Return what this hop adds to what was heard."""
    typed, call = ussd.typed, _sum(ussd.id)
    now = Heard(call, len(typed), _sum(typed))
    if heard is None or heard.call != call:
        return Hearing(tuple(typed.split(JOINT)) if typed else (), opens=True, heard=now)
    if _sum(typed[: heard.length]) != heard.typed:  # an earlier hop, come late
        return Hearing((), opens=False, heard=heard)
    new = typed[heard.length :]
    if not new:
        return Hearing((), opens=False, heard=heard)
    return Hearing((new.removeprefix(JOINT) if heard.length else new,), opens=False, heard=now)


def _sum(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass"))
