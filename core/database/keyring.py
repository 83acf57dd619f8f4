"""Tokens, digests and sealed values, by data keys that a key-encryption key wraps.

A token stands for a value that is looked up: the same text has the same token (AES-SIV, RFC 5297).
A sealed value differs each time (AES-256-GCM). Both begin with `MARK`, and can be opened again.
"""

import os
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Final, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

from core.database.data_keys import COMMON
from core.database.key_wrapper import KEY_BYTES, NONCE_BYTES, KeyWrapper, WrongKeyError, subkey
from core.database.personal import name_by_tokens
from core.fields.name_marks import sealed_marks

T = TypeVar("T", str, bytes)

MARK: Final = "\x02"  # begins each token and each sealed text; no parser of ours lets it in
BYTES_MARK: Final = b"\x02sealed:"  # begins sealed bytes: files may begin with any one byte
REF_BYTES: Final = 9
KEYS_MAX: Final = 8_192  # of persons, kept in memory
TOKENS_MAX: Final = 4_096  # likewise; a registration binds the same values into many statements
SIV_KEY_BYTES: Final = 64  # two keys of AES-256

_FOR_URLS: Final = bytes.maketrans(b"+/", b"-_")


class UnknownKeyError(LookupError):
    """`learn` the data key `ref` first."""

    def __init__(self, ref: str) -> None:
        super().__init__("a data key that was not learnt")
        self.ref = ref


class ShreddedError(LookupError):
    """The data key was deleted: nobody can open this again."""


class Keyring:
    """The common data key, and those of persons as they are learnt. Safe among threads."""

    def __init__(self, wrapper: KeyWrapper, common: bytes) -> None:
        """`common` is the wrapped common key; raises `WrongKeyError` if it cannot be unwrapped."""
        self._wrapper = wrapper
        key = wrapper.unwrap(COMMON, common)
        self._common = AESGCM(subkey(key, "seal"))
        self._persons: dict[str, AESGCM | None] = {}
        self.subkey = cache(lambda label: subkey(key, label))
        self._siv = cache(lambda domain: AESSIV(subkey(key, f"token {domain}", SIV_KEY_BYTES)))
        self.token = lru_cache(TOKENS_MAX)(self._token)
        self.named = lru_cache(TOKENS_MAX)(lambda text: name_by_tokens(text, self.token))
        self.marks = lru_cache(TOKENS_MAX)(lambda text: sealed_marks(text, self.subkey("marks")))

    def draw(self) -> tuple[str, bytes]:
        """Return a new data key for a person, learnt: its ref, which is random, and it wrapped."""
        ref, key = _text(os.urandom(REF_BYTES)), os.urandom(KEY_BYTES)
        self._keep(ref, AESGCM(key))
        return ref, self._wrapper.wrap(ref, key)

    def learn(self, ref: str, wrapped: bytes | None) -> None:
        """Keep a person's data key; None if it was shredded."""
        self._keep(ref, None if wrapped is None else AESGCM(self._wrapper.unwrap(ref, wrapped)))

    def _keep(self, ref: str, key: AESGCM | None) -> None:
        while len(self._persons) >= KEYS_MAX:
            self._persons.pop(next(iter(self._persons)), None)
        self._persons[ref] = key

    def forget(self, ref: str) -> None:
        """Keep a person's data key no longer."""
        self._persons.pop(ref, None)

    def digest(self, domain: str, text: str, *, size: int) -> bytes:
        """Return a keyed digest of `size` bytes, which nobody can open: BLAKE2b, RFC 7693."""
        key = self.subkey(f"digest {domain}")
        return blake2b(text.encode("utf-8", "surrogatepass"), key=key, digest_size=size).digest()

    def _token(self, domain: str, text: str) -> str:
        """Return the token of a text, the same each time; `domain` holds no colon."""
        sealed = self._siv(domain).encrypt(text.encode("utf-8", "surrogatepass"), None)
        return f"{MARK}{domain}:{_text(sealed)}"

    def open_token(self, domain: str, token: str) -> str:
        """Return the text of a token; raises `WrongKeyError` if it is none of this domain."""
        named, _, text = token.removeprefix(MARK).partition(":")
        try:
            if named == domain:
                opened = self._siv(domain).decrypt(_bytes(text), None)
                return opened.decode("utf-8", "surrogatepass")
        except (InvalidTag, ValueError):
            pass
        raise WrongKeyError

    def seal(self, domain: str, ref: str, content: T) -> T:
        """Return it sealed under the data key `ref`; `domain` and `ref` hold no colon."""
        head = f"{domain}:{ref}:"
        nonce, cipher = os.urandom(NONCE_BYTES), self._cipher(ref)
        if isinstance(content, bytes):
            return b"".join(
                (BYTES_MARK, head.encode(), nonce, cipher.encrypt(nonce, content, head.encode()))
            )
        plain = content.encode("utf-8", "surrogatepass")
        return f"{MARK}{head}{_text(nonce + cipher.encrypt(nonce, plain, head.encode()))}"

    def open(self, sealed: T) -> T:
        """Return what was sealed, or the text of a token.

        Raises `UnknownKeyError`, `ShreddedError`, and `WrongKeyError` if anybody changed it.
        """
        if isinstance(sealed, bytes):
            domain, ref, body = sealed.removeprefix(BYTES_MARK).split(b":", 2)
            return self._decrypt(domain.decode(), ref.decode(), body)
        domain, _, rest = sealed[len(MARK) :].partition(":")
        ref, colon, text = rest.partition(":")
        if not colon:
            return self.open_token(domain, sealed)
        return self._decrypt(domain, ref, _bytes(text)).decode("utf-8", "surrogatepass")

    def _decrypt(self, domain: str, ref: str, body: bytes) -> bytes:
        cipher = self._cipher(ref)
        try:
            aad = f"{domain}:{ref}:".encode()
            return cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], aad)
        except (InvalidTag, ValueError):
            raise WrongKeyError from None

    def _cipher(self, ref: str) -> AESGCM:
        if ref == COMMON:
            return self._common
        try:
            cipher = self._persons[ref]
        except KeyError:
            raise UnknownKeyError(ref) from None
        if cipher is None:
            raise ShreddedError
        return cipher


def draw_key(wrapper: KeyWrapper, ref: str) -> bytes:
    """Return a new data key, wrapped."""
    return wrapper.wrap(ref, os.urandom(KEY_BYTES))


def is_sealed(value: object) -> bool:
    """Return True for a token and for what is sealed, text or bytes."""
    if isinstance(value, str):
        return value.startswith(MARK)
    return isinstance(value, bytes) and value.startswith(BYTES_MARK)


def _text(content: bytes) -> str:
    """Return it in base64 for URLs; `base64` itself takes twice the time."""
    return b2a_base64(content, newline=False).translate(_FOR_URLS, b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
