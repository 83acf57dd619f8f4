"""The octets of an SMS, both ways."""

import pytest

from channels.sms.coding import decode_sms, encode_gsm
from core.wording.gsm7 import ESCAPE, ESCAPED, LETTERS

ALPHABET = LETTERS.replace(ESCAPE, "") + "".join(ESCAPED.values()).replace("\f", "")


@pytest.mark.parametrize("letter", sorted(set(ALPHABET) - {"\r"}))
def test_every_letter_of_a_phone_goes_out_as_it_comes_in(letter):
    assert decode_sms(encode_gsm(f"a{letter}z"), 0) == f"a{letter}z"
    assert max(encode_gsm(letter)) < len(LETTERS)


def test_any_other_letter_becomes_a_near_one():
    assert encode_gsm("“Ł” 中") == b'"L" ?'
