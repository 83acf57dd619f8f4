"""Conversations sealed: nobody who reads Redis, its file or its replicas learns who they are.

A key is a keyed digest. A body is MessagePack in AES-256-GCM, bound to its key, under a key of
the day of its last message: a mark, the day, a nonce, the sealed body. So one key seals no more
than a day's turns, far below the 2^32 random nonces that SP 800-38D allows it.
"""

import os
from functools import lru_cache
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.conversation.session import Session
from core.database.key_wrapper import NONCE_BYTES, WrongKeyError
from core.database.keyring import MARK, Keyring
from core.turns.sessions import Saved
from core.turns.stored_form import (
    DIGEST_BYTES,
    FRESH,
    KEYS_MAX,
    Keys,
    digest_of,
    dump,
    keys_by,
    restore,
    saved,
    version_and_body,
)

DAY_SECONDS: Final = 86_400
DAYS_MAX: Final = 32  # whose keys are kept in memory; no session lives so long
PREFIX: Final = "k"
DOMAIN: Final = "session"

_MARK: Final = MARK.encode()
_DAY_END: Final = len(_MARK) + 2  # days since 1970, in 16 bits: until 2149
_NONCE_END: Final = _DAY_END + NONCE_BYTES


class Sealed:
    """A `StoredForm`."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._of_day = lru_cache(DAYS_MAX)(self._cipher_of)
        self.keys_of = lru_cache(KEYS_MAX)(self._keys_of)

    def _keys_of(self, conversation: str) -> Keys:
        """Return the keys of a conversation."""
        return self.keys_after(digest_of(conversation))

    def keys_after(self, plain: bytes) -> Keys:
        """Return the keys of the conversation that a plain store keeps under this digest."""
        digest = self._keyring.digest(DOMAIN, plain.hex(), size=DIGEST_BYTES)
        return keys_by(PREFIX, digest)

    def member_of(self, conversation: str) -> bytes:
        """Return a token."""
        return self._keyring.token(DOMAIN, conversation).encode()

    def conversation_of(self, member: bytes) -> str:
        """Return what a token stands for; raise `ValueError` if it is none of ours."""
        try:
            return self._keyring.open_token(DOMAIN, member.decode())
        except WrongKeyError as error:
            raise ValueError("no token of ours") from error

    def encode(self, key: str, session: Session, version: int) -> bytes:
        """Return the version, a colon, the session sealed."""
        day = (session.at // DAY_SECONDS & 0xFFFF).to_bytes(2)
        nonce = os.urandom(NONCE_BYTES)
        body = self._of_day(day).encrypt(nonce, _encoder.encode(session), key.encode())
        return b"%d:%b%b%b%b" % (version, _MARK, day, nonce, body)

    def decode(self, key: str, stored: bytes) -> Saved:
        """Return what was stored."""
        version, body = version_and_body(stored)
        try:
            return saved(_decoder.decode(self._open(key, body)), version)
        except (ValueError, InvalidTag):
            return Saved(FRESH.session, version)

    def _open(self, key: str, body: bytes) -> bytes:
        if not body.startswith(_MARK):
            raise ValueError
        cipher = self._of_day(body[len(_MARK) : _DAY_END])
        return cipher.decrypt(body[_DAY_END:_NONCE_END], body[_NONCE_END:], key.encode())

    def _cipher_of(self, day: bytes) -> AESGCM:
        return AESGCM(self._keyring.subkey(f"sessions {day.hex()}"))


_encoder = msgspec.msgpack.Encoder(enc_hook=dump)
_decoder = msgspec.msgpack.Decoder(Session, dec_hook=restore)
