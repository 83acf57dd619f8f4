import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.mail.tls import expires_at, load_certificate
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


def made(folder, *, ends):
    """The PEM of a new certificate that ends then, as openssl writes it."""
    subject = ("-subj", "/CN=mail.example")
    key, cert = folder / "key", folder / "cert"
    command = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    csr = folder / "csr"
    subprocess.run(
        [*command, "-nodes", "-keyout", key, *subject, "-out", csr],
        check=True,
        capture_output=True,
    )
    (folder / "index").write_text("")
    (folder / "conf").write_text(CONF.format(folder=folder))
    sign = ["openssl", "ca", "-batch", "-selfsign", "-config", folder / "conf", "-in", csr]
    subprocess.run(
        [*sign, "-keyfile", key, "-startdate", "20200101000000Z", "-enddate", ends, "-out", cert],
        check=True,
        capture_output=True,
    )
    return cert.read_text()


CONF = """
[ca]
default_ca = own
[own]
database = {folder}/index
rand_serial = yes
new_certs_dir = {folder}
default_md = sha256
policy = any
[any]
commonName = supplied
"""


@pytest.mark.parametrize(
    ("ends", "year"),
    [("20491231235959Z", 2049), ("20500101000000Z", 2050), ("21261106114201Z", 2126)],
)
def test_the_end_of_a_certificate_is_read_on_both_sides_of_2050(tmp_path, ends, year):
    """RFC 5280, 4.1.2.5: until 2049 with two digits of the year, from 2050 on with four."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate")
    found = expires_at("a chain begins with ours\n" + made(tmp_path, ends=ends))
    assert found.strftime("%Y%m%d%H%M%SZ") == ends
    assert (found.year, found.tzinfo) == (year, UTC)


def test_the_end_of_our_own_is_read():
    assert expires_at(CERT.read_text()) == datetime(2126, 11, 6, 11, 42, 1, tzinfo=UTC)
