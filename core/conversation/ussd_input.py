"""What is new in a USSD session's typing: a gateway sends all of it at every hop, or the newest.

One that sends all joins it by `*` and does not say where one answer ends, and a person may type
`*` too. So we remember how much we have taken in: what follows is one answer. A session that we
do not know (a deep dial, or our memory of it was lost) is taken in from its start.

One that sends the newest answer says nothing of those before it. In a session that we do not know
nobody can tell to which question it was meant, so that it is dropped, and what was left half done
is offered.
"""

from typing import NamedTuple
from zlib import crc32

from core.conversation.session import HeardTyping
from core.messages import UssdSession

SEPARATOR = "*"


class Hop(NamedTuple):
    """New answers, whether the session is new to us, and what we have heard by now."""

    texts: tuple[str, ...]
    opens: bool
    heard: HeardTyping


def read_hop(heard: HeardTyping | None, ussd: UssdSession, *, opens: bool | None = None) -> Hop:
    """Return what this hop adds to what was heard; `opens` is the gateway's word, if any."""
    before = (
        heard if heard is not None and heard.call == _checksum(ussd.id) and not opens else None
    )
    if ussd.accumulates:
        return _read_accumulated(before, ussd)
    now = HeardTyping(_checksum(ussd.id), 0, _checksum(""))
    if before is None:
        return Hop(_answers(ussd) if opens else (), opens=True, heard=now)
    return Hop((ussd.typed,) if ussd.typed else (), opens=False, heard=now)


def _read_accumulated(heard: HeardTyping | None, ussd: UssdSession) -> Hop:
    typed = ussd.typed
    now = HeardTyping(_checksum(ussd.id), len(typed), _checksum(typed))
    if heard is None:
        return Hop(_answers(ussd), opens=True, heard=now)
    if _checksum(typed[: heard.length]) != heard.typed:  # an earlier hop, come late
        return Hop((), opens=False, heard=heard)
    new = typed[heard.length :]
    if not new:
        return Hop((), opens=False, heard=heard)
    return Hop((new.removeprefix(SEPARATOR) if heard.length else new,), opens=False, heard=now)


def _answers(ussd: UssdSession) -> tuple[str, ...]:
    return tuple(ussd.typed.split(SEPARATOR)) if ussd.typed else ()


def _checksum(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass"))
