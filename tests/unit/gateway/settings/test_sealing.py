"""Which keys wrap: those of the file before that of the secret, and all unwrap."""

import pytest

from core.database.key_wrapper import LocalKeys, WrongKeyError
from gateway.settings.configuration import ConfigurationError
from gateway.settings.sealing import key_wrapper, seals
from gateway.settings.settings import Settings

SECRET = "a secret of thirty-two characters"
DATA_KEY = bytes(32)


def wrapper_of(**settings):
    return key_wrapper(Settings(_env_file=None, **settings))


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "keys"
    path.write_text("0a" * 32)
    return path


def test_nothing_is_sealed_unless_a_secret_or_a_file_is_set(key_file):
    assert wrapper_of() is None
    assert not seals(Settings(_env_file=None))
    assert seals(Settings(_env_file=None, secret=SECRET))
    assert seals(Settings(_env_file=None, key_file=key_file))


def test_the_key_of_a_secret_is_the_same_at_each_start_and_of_no_other_secret():
    wrapped = wrapper_of(secret=SECRET).wrap("ref", DATA_KEY)
    assert wrapper_of(secret=SECRET).unwrap("ref", wrapped) == DATA_KEY
    with pytest.raises(WrongKeyError):
        wrapper_of(secret=SECRET + "s").unwrap("ref", wrapped)


def test_what_the_secret_wrapped_is_unwrapped_beside_a_file_whose_key_wraps(key_file):
    wrapped = wrapper_of(secret=SECRET).wrap("ref", DATA_KEY)
    both = wrapper_of(secret=SECRET, key_file=key_file)
    assert both.unwrap("ref", wrapped) == DATA_KEY
    assert both.key_id == LocalKeys([b"\n" * 32]).key_id
    assert wrapper_of(key_file=key_file).unwrap("ref", both.wrap("ref", DATA_KEY)) == DATA_KEY


def test_a_faulty_file_is_a_fault_of_the_configuration(key_file):
    key_file.write_text("no key")
    with pytest.raises(ConfigurationError, match="line 1 is no key"):
        wrapper_of(key_file=key_file)
