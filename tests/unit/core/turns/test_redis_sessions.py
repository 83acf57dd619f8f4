"""What a live session takes in Redis."""

import pytest

from core.messages import Address, AddressKind, Channel
from core.turns.stored_form import encode
from tests.scripts import NAME, NIK, Person

LIVE_BYTES_MAX = 1_024
BROWSER = Address(AddressKind.WEB, "a" * 22)
ANSWERS = ({"consent": "1"}, {"nik": NIK}, {"full_name": NAME}, {"profession": "2"})


def browse(person, text="", **more):
    return person.say(text, Channel.WEB, provider="form", opens=False, **more)


@pytest.mark.parametrize("answers", range(1, len(ANSWERS) + 1))
def test_a_form_that_is_handed_over_is_kept_within_a_kibibyte(answers):
    person = Person(address=BROWSER)
    browse(person, "DAFTAR")
    for one in ANSWERS[:answers]:
        browse(person, answers=one)
    assert browse(person, "KODE") == ["show_code"]
    assert len(encode(person.session, 9)) <= LIVE_BYTES_MAX
