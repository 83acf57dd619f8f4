import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.authentication import Dmarc, read_dmarc
from channels.email.headers import Part

OURS, DOMAIN = "mx.pedulilindungi.id", "klinik.example"
PASSED = f"dmarc=pass header.from={DOMAIN}"


def read(*fields, authserv=OURS):
    mail = Part([("authentication-results", field) for field in fields], b"")
    return read_dmarc(mail, authserv=authserv, domain=DOMAIN)


@pytest.mark.parametrize(
    ("field", "result"),
    [
        (f"{OURS}; {PASSED}", Dmarc.PASS),
        (f"{OURS.upper()} 1; DMARC=Pass Header.From={DOMAIN.upper()}", Dmarc.PASS),
        (f"(one (in\\) one)) {OURS} (v1); spf=fail; dmarc = pass (p=none) header.from = {DOMAIN};",
         Dmarc.PASS),
        (f'{OURS}; dkim=pass (a "b) header.d="x; y"; dmarc/1=pass header.from={DOMAIN}',
         Dmarc.PASS),
        (f"{OURS}; dmarc=fail (p=none dis=none) header.from={DOMAIN}", Dmarc.FAIL),
        (f"{OURS}; {PASSED}; dmarc=fail header.from=other.example", Dmarc.FAIL),
        (f"{OURS}; dmarc=fail", Dmarc.FAIL),
        (f"{OURS}; dmarc=pass", Dmarc.NONE),
        (f"{OURS}; dmarc=pass header.from=mail.{DOMAIN}", Dmarc.NONE),
        (f"{OURS}; dmarc=pass header.from=evil.example; x=y header.from={DOMAIN}", Dmarc.NONE),
        (f'{OURS}; spf=pass smtp.mailfrom="; {PASSED}"@evil.example', Dmarc.NONE),
        (f"{OURS}; spf=pass ({PASSED}; {PASSED})", Dmarc.NONE),
        (f"{OURS}; spf=pass reason={PASSED}", Dmarc.NONE),
        (f"{OURS}; dmarc=none header.from={DOMAIN}", Dmarc.NONE),
        (f"{OURS}; dmarc=temperror dmarc=pass header.from={DOMAIN}", Dmarc.NONE),
        (f"{OURS}; none", Dmarc.NONE),
        (f"mx.evil.example; {PASSED}", Dmarc.NONE),
        (f"{OURS}.evil.example; {PASSED}", Dmarc.NONE),
        (f'"{OURS}"; {PASSED}', Dmarc.NONE),
        (f"({OURS}; {PASSED}", Dmarc.NONE),
        (PASSED, Dmarc.NONE),
        ("", Dmarc.NONE),
    ],
)  # fmt: skip
def test_the_result_is_that_of_our_mail_server(field, result):
    assert read(field) is result


def test_only_the_first_field_of_ours_is_read():
    failed = f"{OURS}; dmarc=fail header.from={DOMAIN}"
    passed = f"{OURS}; {PASSED}"
    assert read(f"mx.evil.example; {PASSED}", failed, passed) is Dmarc.FAIL
    assert read(f"mx.evil.example; {PASSED}", passed, failed) is Dmarc.PASS
    assert read(f"{OURS}; spf=pass", passed) is Dmarc.NONE


def test_without_an_id_nothing_is_authenticated():
    assert read(f"{OURS}; {PASSED}", f"; {PASSED}", PASSED, authserv="") is Dmarc.NONE


@given(st.text(alphabet='()";=\\ \tdmarcpsfil.' + OURS, max_size=80))
def test_any_field_is_read(field):
    assert read(f"{OURS}; {field}") in Dmarc
