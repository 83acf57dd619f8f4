"""Data keys are wrapped by the first key, unwrapped by any, and by no other."""

import pytest

from core.database.key_wrapper import (
    KEY_BYTES,
    LocalKeys,
    WrongKeyError,
    rewrap,
    subkey,
    wrapping_key_id,
)

OLD, NEW, DATA_KEY = (bytes([fill]) * KEY_BYTES for fill in (1, 2, 3))


def test_what_one_key_wraps_a_list_with_that_key_unwraps():
    wrapped = LocalKeys([OLD]).wrap("ref", DATA_KEY)
    assert LocalKeys([NEW, OLD]).unwrap("ref", wrapped) == DATA_KEY


def test_the_first_key_wraps():
    keys = LocalKeys([NEW, OLD])
    wrapped = keys.wrap("ref", DATA_KEY)
    assert wrapping_key_id(wrapped) == keys.key_id == LocalKeys([NEW]).key_id
    assert LocalKeys([NEW]).unwrap("ref", wrapped) == DATA_KEY


def test_the_same_key_twice_is_one_key():
    assert LocalKeys([OLD, OLD]).key_id == LocalKeys([OLD]).key_id


def test_another_key_is_refused_and_the_wanted_one_named():
    wrapped = LocalKeys([OLD]).wrap("ref", DATA_KEY)
    with pytest.raises(WrongKeyError) as refused:
        LocalKeys([NEW]).unwrap("ref", wrapped)
    assert refused.value.key_id == LocalKeys([OLD]).key_id


def test_a_wrapped_key_serves_no_other_ref():
    wrapped = LocalKeys([OLD]).wrap("ref", DATA_KEY)
    with pytest.raises(WrongKeyError):
        LocalKeys([OLD]).unwrap("other", wrapped)


@pytest.mark.parametrize("length", [0, 3, 4, 15, 16, 40, 63])
def test_a_wrapped_key_cut_short_is_refused(length):
    keys = LocalKeys([OLD])
    with pytest.raises(WrongKeyError):
        keys.unwrap("ref", keys.wrap("ref", DATA_KEY)[:length])


def test_rewrapping_moves_a_key_once():
    wrapped = LocalKeys([OLD]).wrap("ref", DATA_KEY)
    both = LocalKeys([NEW, OLD])
    moved = rewrap(both, "ref", wrapped)
    assert LocalKeys([NEW]).unwrap("ref", moved) == DATA_KEY
    assert rewrap(both, "ref", moved) is None


def test_each_purpose_has_a_key_of_its_own():
    assert subkey(OLD, "one") == subkey(OLD, "one")
    assert len({subkey(OLD, "one"), subkey(OLD, "two"), subkey(NEW, "one"), OLD}) == 4
