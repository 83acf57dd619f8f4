from pathlib import Path

import pytest

from gateway.mail.tls import load_certificate
from gateway.settings.configuration import ConfigurationError

TLS = Path(__file__).parents[3] / "fixtures" / "tls"
CERT, KEY = TLS / "mail.crt", TLS / "mail.key"


def test_a_certificate_is_loaded_or_there_is_none():
    assert load_certificate(CERT, KEY) is not None
    assert load_certificate(None, None) is None


@pytest.mark.parametrize(
    ("cert", "key"), [(CERT, CERT), (KEY, KEY), (TLS / "no", KEY), (CERT, TLS / "no"), (TLS, KEY)]
)
def test_what_cannot_be_used_is_a_fault(cert, key):
    with pytest.raises(ConfigurationError) as fault:
        load_certificate(cert, key)
    assert fault.value.faults[0].startswith("SATUPINTU_SMTP_TLS_CERT, SATUPINTU_SMTP_TLS_KEY: ")
