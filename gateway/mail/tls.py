"""STARTTLS on our mail port: the certificate, as the mail server in front sees it."""

import ssl
from pathlib import Path

from gateway.settings.configuration import ConfigurationError
from gateway.settings.settings import variable


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
