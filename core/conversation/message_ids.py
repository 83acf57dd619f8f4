"""Under which id a message is remembered, so that the same one gets the same answer again.

The wire names a message: equal ids are one message. Only a USSD gateway that sends the newest
answer alone, and numbers no hops, cannot: `1` and again `1` may be two answers, or one delivered
twice. Time tells them apart. Nobody gets a screen, reads it and answers it within
`REDELIVERED_SECONDS`: what comes sooner is the same message. What comes later is another one, and
bears the second in which it was first heard.
"""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from msgspec.structs import replace

from core.conversation.session import RememberedReply
from core.messages import Inbound

REDELIVERED_SECONDS: Final = 3  # the fastest thumbs need as long for a hop; a retry is sooner
_NEAREST: Final = sorted(range(-REDELIVERED_SECONDS, REDELIVERED_SECONDS + 1), key=abs)


def digest(message_id: str) -> str:
    """Return what a session remembers of a message id."""
    encoded = message_id.encode("utf-8", "surrogatepass")
    return b64encode(blake2b(encoded, digest_size=9).digest()).decode()


def identify(inbound: Inbound, said: Sequence[RememberedReply]) -> Inbound:
    """Return the message with an id that no other has, given what was answered before it."""
    if inbound.ussd is None or inbound.ussd.tells_hops_apart:
        return inbound
    at = int(inbound.received_at.timestamp())
    known = {one.message for one in said}
    ids = [f"{inbound.message_id}/{at + seconds}" for seconds in _NEAREST]
    first = next((one for one in ids if digest(one) in known), ids[0])
    return replace(inbound, message_id=first)
