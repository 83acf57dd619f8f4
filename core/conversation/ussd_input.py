"""Find what is new in the typing of a USSD session.

A gateway that accumulates sends at every hop all answers so far, joined by `*`. A person may type
`*` too, so the joints are ambiguous. We remember how much was read; what follows is one answer.
Of a USSD session that we do not know (a deep dial, or its memory was lost) all answers are new.

Other gateways send the newest answer alone. In a USSD session that we do not know, nobody can tell
which question it answers: it is dropped, and the person is offered to resume what is half done.
"""

from typing import NamedTuple
from zlib import crc32

from core.conversation.session import HeardTyping
from core.messages import UssdSession

SEPARATOR = "*"


class Hop(NamedTuple):
    """The new answers, whether they open a conversation, and what was read by now."""

    texts: tuple[str, ...]
    opens: bool
    heard: HeardTyping


def read_hop(heard: HeardTyping | None, ussd: UssdSession, *, opens: bool | None = None) -> Hop:
    """Return what this hop adds; `opens` says whether it is a dial, where the gateway tells."""
    call = _checksum(ussd.id)
    goes_on = heard is not None and heard.call == call and not opens
    if ussd.accumulates:
        return _read_accumulated(heard if goes_on else None, call, ussd.typed)
    nothing = HeardTyping(call, 0, _checksum(""))
    if goes_on:
        return Hop((ussd.typed,) if ussd.typed else (), opens=False, heard=nothing)
    return Hop(_answers(ussd.typed) if opens else (), opens=True, heard=nothing)


def _read_accumulated(heard: HeardTyping | None, call: int, typed: str) -> Hop:
    everything = HeardTyping(call, len(typed), _checksum(typed))
    if heard is None:
        return Hop(_answers(typed), opens=True, heard=everything)
    new = typed[heard.length :]
    if not new or _checksum(typed[: heard.length]) != heard.typed:  # an earlier hop, come late
        return Hop((), opens=False, heard=heard)
    new = new.removeprefix(SEPARATOR) if heard.length else new
    return Hop((new,), opens=False, heard=everything)


def is_other_call(heard: HeardTyping | None, ussd: UssdSession) -> bool:
    """Return True if this is another call than the one whose typing was read."""
    return heard is not None and heard.call != _checksum(ussd.id)


def _answers(typed: str) -> tuple[str, ...]:
    return tuple(typed.split(SEPARATOR)) if typed else ()


def _checksum(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass"))
