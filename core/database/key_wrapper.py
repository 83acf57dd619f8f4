"""Wraps data keys under a key-encryption key, which is never stored beside them."""

import os
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

KEY_BYTES: Final = 32
ID_BYTES: Final = 4  # tells key-encryption keys apart; it proves nothing
NONCE_BYTES: Final = 12  # of AES-GCM, SP 800-38D 8.2.2: random


class WrongKeyError(Exception):
    """What was wrapped or sealed cannot be opened; `key_id` is that of the key it would take."""

    def __init__(self, key_id: str = "") -> None:
        super().__init__("sealed under another key")
        self.key_id = key_id


class KeyWrapper(Protocol):
    """Holds key-encryption keys: of a file, or of a service such as Vault or a cloud's KMS.

    What it wraps begins with the id of the key that it wrapped with.
    """

    @property
    def key_id(self) -> str:
        """Return the id of the key that `wrap` uses, in hexadecimal."""

    def wrap(self, ref: str, key: bytes) -> bytes:
        """Return the data key `ref`, wrapped."""

    def unwrap(self, ref: str, wrapped: bytes) -> bytes:
        """Return the data key `ref`; raise `WrongKeyError` if no key of ours wrapped it."""


class LocalKeys:
    """A `KeyWrapper` of keys in memory: the first wraps, all unwrap."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Each key is of `KEY_BYTES`."""
        self._ciphers = {_id_of(key): AESGCM(key) for key in keys}
        self._first = _id_of(keys[0])

    @property
    def key_id(self) -> str:
        """Return the id of the first key."""
        return self._first.hex()

    @property
    def key_ids(self) -> Sequence[str]:
        """Return the ids of all keys, the first of which wraps."""
        return [key_id.hex() for key_id in self._ciphers]

    def wrap(self, ref: str, key: bytes) -> bytes:
        """Return the id of the first key, a nonce, and the data key in AES-256-GCM."""
        nonce = os.urandom(NONCE_BYTES)
        return self._first + nonce + self._ciphers[self._first].encrypt(nonce, key, ref.encode())

    def unwrap(self, ref: str, wrapped: bytes) -> bytes:
        """Return the data key `ref`."""
        nonce_end = ID_BYTES + NONCE_BYTES
        cipher = self._ciphers.get(wrapped[:ID_BYTES])
        if cipher is None or len(wrapped) < nonce_end:
            raise WrongKeyError(wrapping_key_id(wrapped))
        try:
            return cipher.decrypt(wrapped[ID_BYTES:nonce_end], wrapped[nonce_end:], ref.encode())
        except InvalidTag:
            raise WrongKeyError(wrapping_key_id(wrapped)) from None


def wrapping_key_id(wrapped: bytes) -> str:
    """Return the id of the key that wrapped it, in hexadecimal."""
    return wrapped[:ID_BYTES].hex()


def rewrap(wrapper: KeyWrapper, ref: str, wrapped: bytes) -> bytes | None:
    """Return the data key under the key that wraps now; None if it is under that one already."""
    if wrapping_key_id(wrapped) == wrapper.key_id:
        return None
    return wrapper.wrap(ref, wrapper.unwrap(ref, wrapped))


def subkey(key: bytes, label: str, length: int = KEY_BYTES) -> bytes:
    """Return a key for one purpose: HKDF-Expand of RFC 5869 with SHA-256.

    `key` is at least `KEY_BYTES` that nobody can guess.
    """
    return HKDFExpand(SHA256(), length, b"satupintu " + label.encode()).derive(key)


def key_of_secret(secret: bytes) -> bytes:
    """Return a key-encryption key from a secret of any form: HKDF of RFC 5869 with SHA-256."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"satupintu key-encryption key").derive(
        secret
    )


def _id_of(key: bytes) -> bytes:
    return blake2b(key, digest_size=ID_BYTES, person=b"satupintu key id").digest()
