"""What Redis holds of a sealed conversation: nothing of the person, and nobody else's."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation.session import Session
from core.turns.sealed_form import DAY_SECONDS, DAYS_MAX, Sealed
from core.turns.stored_form import Plain, digest_of, encode
from tests.contract.test_session_stores import KEY, SESSIONS, undecided
from tests.fixtures.keys import make_keyring
from tests.scripts import NAME, NIK, PHONE

FORM = Sealed(make_keyring())
SESSION_KEY = FORM.keys_of(KEY).session
DAY = 20_000


@given(SESSIONS, st.integers(0, 2**40))
def test_any_session_comes_back_from_its_sealed_bytes(session, version):
    stored = FORM.encode(SESSION_KEY, session, version)
    assert FORM.decode(SESSION_KEY, stored) == (session, version)


def test_nothing_of_the_person_is_read_in_it():
    stored = FORM.encode(SESSION_KEY, undecided(), 7)
    held = b" ".join((stored, FORM.member_of(KEY), *map(str.encode, FORM.keys_of(KEY))))
    plain = encode(undecided(), 7) + KEY.encode()
    for one in (NIK, NAME, PHONE.value[1:], "register"):
        assert one.encode() in plain
        assert one.encode() not in held


def test_a_member_of_the_index_names_the_conversation():
    assert FORM.conversation_of(FORM.member_of(KEY)) == KEY


def test_who_knows_the_phone_still_finds_no_key_without_the_keyring():
    digest = Plain().keys_of(KEY).session.rpartition(":")[2]
    assert digest not in SESSION_KEY
    assert Sealed(make_keyring()).keys_of(KEY).session.rpartition(":")[2] not in SESSION_KEY


def test_the_key_follows_from_that_of_the_plain_form():
    assert FORM.keys_after(digest_of(KEY)) == FORM.keys_of(KEY)


@pytest.mark.parametrize("form", [Sealed(make_keyring()), Plain()])
def test_by_another_key_it_starts_over_at_its_version(form):
    stored = FORM.encode(SESSION_KEY, undecided(), 7)
    assert form.decode(SESSION_KEY, stored) == (Session(), 7)


def test_under_the_key_of_another_conversation_it_starts_over():
    stored = FORM.encode(SESSION_KEY, undecided(), 7)
    assert FORM.decode(FORM.keys_of("phone:+1").session, stored) == (Session(), 7)


def test_moved_to_another_day_it_starts_over():
    stored = FORM.encode(SESSION_KEY, msgspec.structs.replace(undecided(), at=DAY), 7)
    assert stored[3:5] == bytes(2)
    assert FORM.decode(SESSION_KEY, stored[:3] + b"\1\1" + stored[5:]) == (Session(), 7)


@pytest.mark.parametrize("length", range(1, 40))
def test_cut_short_it_starts_over(length):
    stored = FORM.encode(SESSION_KEY, undecided(), 7)
    assert FORM.decode(SESSION_KEY, stored[:length]).session == Session()


def test_each_day_has_a_key_of_its_own_and_a_month_of_them_are_kept():
    form = Sealed(make_keyring())
    for day in range(DAY, DAY + DAYS_MAX + 9):
        session = Session(at=day * DAY_SECONDS)
        assert form.decode("k", form.encode("k", session, 1)).session == session
    assert form._of_day.cache_info().currsize == DAYS_MAX
