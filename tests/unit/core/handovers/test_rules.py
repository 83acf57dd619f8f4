"""Codes, tokens, and how much of a person a screen shows."""

import pytest

from core.handovers.rules import (
    CODES,
    LINK_BITS,
    digest_of,
    make_code,
    make_token,
    mask_person,
    may_take,
)
from core.messages import Address, AddressKind
from core.registration.notices import PERSON_SEPTETS_MAX
from core.wording.gsm7 import septets
from tests.scripts import PHONE


@pytest.mark.parametrize("drawn", [0, 7, CODES - 1])
def test_every_code_has_eight_digits(drawn):
    assert make_code(drawn) == f"{drawn:08}"
    assert len(make_code(drawn)) == 8


@pytest.mark.parametrize("drawn", [0, (1 << LINK_BITS) - 1])
def test_a_token_has_all_its_bits_and_its_digest_tells_none(drawn):
    token = make_token(drawn)
    assert len(token) == 22
    assert token not in digest_of(token)


@pytest.mark.parametrize(
    ("name", "nik", "shown"),
    [
        ("SITI AMINAH", "3204115706960001", "SITI A., NIK ..0001"),
        ("SUKARNO", "3204115706960001", "SUKARNO, NIK ..0001"),
        ("", "3204115706960001", "NIK ..0001"),
        ("W" * 30 + " " + "W" * 29, "3204115706960001", "W" * 12 + " W., NIK ..0001"),
        ("", "", ""),
    ],
)
def test_a_person_is_masked_and_fits_the_screen(name, nik, shown):
    assert mask_person(name, nik) == shown
    assert septets(shown) <= PERSON_SEPTETS_MAX


def test_a_form_that_names_a_phone_is_for_that_phone_alone():
    chat = Address(AddressKind.WHATSAPP, PHONE.value)
    assert may_take(PHONE.value, PHONE)
    assert not may_take(PHONE.value, chat)
    assert not may_take("+6281299990009", PHONE)
    assert may_take("", chat)
