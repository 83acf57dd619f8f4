"""How Redis holds conversations: their keys, their members of the index, and their bytes."""

from base64 import b64encode
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple, Protocol

import msgspec
from typing_extensions import override

from core.conversation.session import SCHEMA, Session
from core.database.unavailable import UnavailableError
from core.registration.intent import RegistrationIntent
from core.turns.sessions import SHARDS, Saved

DIGEST_BYTES: Final = 15
KEYS_MAX: Final = 4_096  # of conversations, kept in memory
FRESH: Final = Saved(Session(), 0)


class Keys(NamedTuple):
    """Of the session, of the index of pending effects, and of the count of steps: of one slot."""

    session: str
    pending: str
    steps: str


class StoredForm(Protocol):
    """Plain, or sealed. No phone number stands in a key."""

    def keys_of(self, conversation: str) -> Keys:
        """Return the keys of a conversation."""

    def member_of(self, conversation: str) -> bytes:
        """Return what names it in the index."""

    def conversation_of(self, member: bytes) -> str:
        """Return the conversation that a member of the index names; raise `ValueError` if none."""

    def encode(self, key: str, session: Session, version: int) -> bytes:
        """Return what is stored under `key`: the version, a colon, the session."""

    def decode(self, key: str, stored: bytes) -> Saved:
        """Return what was stored; a session that this release cannot read starts anew."""


class Plain:
    """Sessions as JSON, under digests."""

    def keys_of(self, conversation: str) -> Keys:
        """Return the keys of a conversation."""
        return _plain_keys(conversation)

    def member_of(self, conversation: str) -> bytes:
        """Return the conversation itself."""
        return conversation.encode()

    def conversation_of(self, member: bytes) -> str:
        """Return the conversation."""
        return member.decode()

    def encode(self, _key: str, session: Session, version: int) -> bytes:
        """Return what is stored."""
        return encode(session, version)

    def decode(self, _key: str, stored: bytes) -> Saved:
        """Return what was stored."""
        return decode(stored)


class Unread(Plain):
    """Before the keys of the database are read: whether sessions are sealed is not known yet."""

    @override
    def keys_of(self, conversation: str) -> Keys:
        """Raise `UnavailableError`."""
        raise _unread()

    @override
    def conversation_of(self, member: bytes) -> str:
        """Raise `UnavailableError`."""
        raise _unread()

    @override
    def encode(self, _key: str, session: Session, version: int) -> bytes:
        """Raise `UnavailableError`."""
        raise _unread()


def encode(session: Session, version: int) -> bytes:
    """Return the plain form: the version, a colon, the session as JSON."""
    return b"%d:%b" % (version, _encoder.encode(session))


def decode(stored: bytes) -> Saved:
    """Return what was stored in plain form."""
    version, body = version_and_body(stored)
    try:
        return saved(_decoder.decode(body), version)
    except ValueError:
        return Saved(FRESH.session, version)


def _unread() -> UnavailableError:
    return UnavailableError("the keys of the database are not read yet", cause="unprepared")


def dump(intent: RegistrationIntent) -> dict[str, Any]:
    """Return an intent as plain values, for an encoder."""
    return intent.model_dump(mode="json")


def restore(_: type, value: Any) -> RegistrationIntent:
    """Return an intent from plain values; raises `ValueError` if there is none in them."""
    return RegistrationIntent.model_validate(value)


def version_and_body(stored: bytes) -> tuple[int, bytes]:
    """Return both parts of what is stored; version 0 if it bears none."""
    head, _, body = stored.partition(b":")
    return (int(head) if head.isdigit() else 0), body  # as save.lua counts it


def saved(session: Session, version: int) -> Saved:
    """Return a session that was read; one of another schema starts anew."""
    return Saved(session if session.schema == SCHEMA else FRESH.session, version)


def digest_of(conversation: str) -> bytes:
    """Return the digest of a conversation, which nobody can open but who can guess it."""
    named = conversation.encode("utf-8", "surrogatepass")
    return blake2b(named, digest_size=DIGEST_BYTES).digest()


def keys_by(prefix: str, digest: bytes) -> Keys:
    """Return the keys of a conversation by its digest; hash tags spread them over a cluster."""
    shard = digest[0] % SHARDS
    name = b64encode(digest).decode()
    return Keys(f"{prefix}:{{{shard}}}:{name}", f"p:{{{shard}}}", f"c:{{{shard}}}")


@lru_cache(KEYS_MAX)
def _plain_keys(conversation: str) -> Keys:
    return keys_by("s", digest_of(conversation))


_encoder = msgspec.json.Encoder(enc_hook=dump)
_decoder = msgspec.json.Decoder(Session, dec_hook=restore)
