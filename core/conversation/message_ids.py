"""Recognise a redelivered message by its id.

Equal ids are one message, as the wire has it. Only a USSD gateway that sends the newest answer
alone, and numbers no hops, has no such ids: `1` and again `1` may be two answers, or one delivered
twice. Time tells them apart. Nobody gets a screen, reads it and answers within
`REDELIVERED_SECONDS`, so an equal answer that comes sooner is a redelivery. One that comes later
is another message, and the second of its first delivery becomes part of its id.
"""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from msgspec.structs import replace

from core.conversation.session import RememberedReply
from core.messages import Inbound

REDELIVERED_SECONDS: Final = 3  # a gateway's retry is sooner, the fastest thumbs are not
_NEAREST: Final = sorted(range(-REDELIVERED_SECONDS, REDELIVERED_SECONDS + 1), key=abs)


def digest(message_id: str) -> str:
    """Return the 12 characters by which a session remembers a message id."""
    encoded = message_id.encode("utf-8", "surrogatepass")
    return b64encode(blake2b(encoded, digest_size=9).digest()).decode()


def intent_id(conversation: str, message_id: str) -> str:
    """Return the id of what this message decides: the same when it is redelivered."""
    return blake2b(f"{conversation}/{message_id}".encode(), digest_size=16).hexdigest()


def identify(inbound: Inbound, replies: Sequence[RememberedReply]) -> Inbound:
    """Return the message under its own id, or under that of the earlier one that it repeats."""
    if inbound.ussd is None or inbound.ussd.tells_hops_apart:
        return inbound
    at = int(inbound.received_at.timestamp())
    known = {one.message for one in replies}
    ids = [f"{inbound.message_id}/{at + seconds}" for seconds in _NEAREST]
    first = next((one for one in ids if digest(one) in known), ids[0])
    return replace(inbound, message_id=first)
