"""Which message the running task is about: `trace_id` in each line that it logs.

A turn, the rows of the outbox that it leaves, and their sending, maybe days later on another
gateway, have one `trace_id`: the digest that is also the intent's id, in letters.
"""

from contextvars import ContextVar
from hashlib import blake2b
from string import hexdigits
from typing import Final

from core.messages import Inbound

LETTERS: Final = "bcdfghjkmnpqrstvwxyz"  # no digits: an id must not look like a personal number
TRACE_CHARACTERS: Final = 12
OF_ANSWERS: Final = "answer/"  # before the id, in the key of an answer
_ID_BYTES: Final = 16  # of an intent's id, which is written in hex
_AS_LETTERS: Final = bytes(ord(LETTERS[byte % len(LETTERS)]) for byte in range(256))

_about: ContextVar[Inbound | str | None] = ContextVar("about", default=None)


def follow(about: Inbound | str | None) -> None:
    """Say what this task is about from now on: a message, the key of an owed one, or nothing."""
    _about.set(about)


def trace_id() -> str:
    """Return the id of what the running task is about, "" if nobody said."""
    about = _about.get()
    if about is None:
        return ""
    if isinstance(about, Inbound):
        about = f"{about.address.conversation}/{about.message_id}"  # the key of its answer
    return _digest(about)[:TRACE_CHARACTERS].translate(_AS_LETTERS).decode()


def _digest(key: str) -> bytes:
    """Return the id of the intent that a key begins with, or else is the source of."""
    head = key.removeprefix(OF_ANSWERS).partition("/")[0]
    if len(head) == 2 * _ID_BYTES and set(head) <= set(hexdigits):
        return bytes.fromhex(head)
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=_ID_BYTES).digest()
