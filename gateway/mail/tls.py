"""STARTTLS on our mail port: the certificate, as the mail server in front sees it."""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.settings.configuration import ConfigurationError
from gateway.settings.settings import variable

_LONG_LENGTH: Final = 0x80  # of a DER length: the other bits count the bytes that hold it
_VERSION: Final = 0xA0  # the tag of a certificate's version, which old ones lack
_UTC_TIME: Final = 0x17  # a tag: the year has two digits
_CENTURY: Final = "50"  # RFC 5280, 4.1.2.5.1: two digits from here on are of the last century


def load_certificate(cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """Return the context with our certificate, or None if there is none.

    Raises `ConfigurationError` if it cannot be read, or its key is another's.
    """
    if cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert, key)
    except (OSError, ValueError) as error:  # an ssl.SSLError is an OSError
        why = getattr(error, "reason", "") or getattr(error, "strerror", "") or "unreadable"
        names = f"{variable('smtp_tls_cert')}, {variable('smtp_tls_key')}"
        raise ConfigurationError([f"{names}: cannot be used: {why}"]) from None
    return context


def expires_at(pem: str) -> datetime:
    """Return the end (notAfter) of the first certificate in `pem`, which OpenSSL has accepted."""
    begin, end = pem.index(ssl.PEM_HEADER), pem.index(ssl.PEM_FOOTER) + len(ssl.PEM_FOOTER)
    der = ssl.PEM_cert_to_DER_cert(pem[begin:end])
    _, at, _ = _element(der, 0)  # Certificate
    _, at, _ = _element(der, at)  # TBSCertificate
    tag, _, after = _element(der, at)
    if tag == _VERSION:
        at = after
    for _ in range(3):  # serialNumber, signature, issuer
        _, _, at = _element(der, at)
    _, at, _ = _element(der, at)  # Validity
    _, _, at = _element(der, at)  # notBefore
    tag, at, after = _element(der, at)
    text = der[at:after].decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if text >= _CENTURY else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _element(der: bytes, at: int) -> tuple[int, int, int]:
    """Return the tag of the DER element at `at`, where its content begins, and where it ends."""
    begin, length = at + 2, der[at + 1]
    if length >= _LONG_LENGTH:
        size = length - _LONG_LENGTH
        length = int.from_bytes(der[begin : begin + size])
        begin += size
    return der[at], begin, begin + length
