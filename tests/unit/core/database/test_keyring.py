"""Tokens are the same each time and sealed values never; only the keyring opens either."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.database.data_keys import COMMON
from core.database.key_wrapper import KEY_BYTES, LocalKeys, WrongKeyError
from core.database.keyring import (
    BYTES_MARK,
    KEYS_MAX,
    MARK,
    TOKENS_MAX,
    Keyring,
    ShreddedError,
    UnknownKeyError,
    draw_key,
    is_sealed,
)

WRAPPER = LocalKeys([bytes(KEY_BYTES)])
WRAPPED = draw_key(WRAPPER, COMMON)
NIK = "3204110607010001"


@pytest.fixture
def keyring():
    return Keyring(WRAPPER, WRAPPED)


@pytest.fixture
def ref(keyring):
    return keyring.draw()[0]


def test_a_text_has_one_token_in_every_process(keyring):
    token = keyring.token("nik", NIK)
    assert token == Keyring(WRAPPER, WRAPPED).token("nik", NIK)
    assert token.startswith(MARK)
    assert NIK not in token


def test_domains_and_databases_have_tokens_of_their_own(keyring):
    other = Keyring(WRAPPER, draw_key(WRAPPER, COMMON))
    tokens = [keyring.token("nik", NIK), keyring.token("phone", NIK), other.token("nik", NIK)]
    assert len({token.partition(":")[2] for token in tokens}) == 3


@given(st.text())
def test_any_text_comes_back(text):
    keyring = Keyring(WRAPPER, WRAPPED)
    assert keyring.open_token("d", keyring.token("d", text)) == text
    assert keyring.open(keyring.token("d", text)) == text
    assert keyring.open(keyring.seal("d", COMMON, text)) == text


@given(st.binary())
def test_any_bytes_come_back(content):
    keyring = Keyring(WRAPPER, WRAPPED)
    sealed = keyring.seal("d", COMMON, content)
    assert sealed.startswith(BYTES_MARK)
    assert keyring.open(sealed) == content


def test_sealed_twice_a_text_differs(keyring):
    assert keyring.seal("name", COMMON, "SITI") != keyring.seal("name", COMMON, "SITI")


def test_a_surrogate_comes_back(keyring):
    assert keyring.open(keyring.token("d", "\ud800")) == "\ud800"
    assert keyring.open(keyring.seal("d", COMMON, "\ud800")) == "\ud800"


def test_a_token_of_another_domain_is_refused(keyring):
    token = keyring.token("nik", NIK)
    with pytest.raises(WrongKeyError):
        keyring.open_token("phone", token)
    with pytest.raises(WrongKeyError):
        keyring.open(token.replace("nik", "phone"))


@pytest.mark.parametrize("place", range(1, 60, 7))
def test_a_changed_value_is_refused(keyring, place):
    sealed = keyring.seal("name", COMMON, "SITI AMINAH BINTI AHMAD")
    changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
    with pytest.raises((WrongKeyError, UnknownKeyError)):
        keyring.open(changed)


@pytest.mark.parametrize("text", ["", ":", "nik:", "nik:!", "a:b:", "a:common:", "a:common:AAAA"])
def test_what_was_never_sealed_is_refused(keyring, text):
    with pytest.raises((WrongKeyError, UnknownKeyError)):
        keyring.open(MARK + text)


def test_a_value_moved_to_another_column_or_person_is_refused(keyring, ref):
    sealed = keyring.seal("name", ref, "SITI")
    other, _ = keyring.draw()
    for was, becomes in (("name", "town"), (ref, other), (ref, COMMON)):
        with pytest.raises(WrongKeyError):
            keyring.open(sealed.replace(was, becomes))


def test_a_data_key_opens_in_another_process_once_learnt(keyring):
    name, wrapped = keyring.draw()
    sealed = keyring.seal("name", name, "SITI")
    other = Keyring(WRAPPER, WRAPPED)
    with pytest.raises(UnknownKeyError) as unknown:
        other.open(sealed)
    assert unknown.value.ref == name
    other.learn(name, wrapped)
    assert other.open(sealed) == "SITI"


def test_nothing_opens_once_the_data_key_is_shredded(keyring, ref):
    sealed = keyring.seal("name", ref, b"SITI")
    keyring.learn(ref, None)
    with pytest.raises(ShreddedError):
        keyring.open(sealed)


def test_a_forgotten_key_is_learnt_anew(keyring, ref):
    keyring.forget(ref)
    keyring.forget(ref)
    with pytest.raises(UnknownKeyError):
        keyring.seal("name", ref, "SITI")


def test_the_keys_of_a_bounded_number_of_persons_are_kept(keyring):
    first, _ = keyring.draw()
    for number in range(KEYS_MAX - 1):
        keyring.learn(str(number), None)
    keyring.seal("name", first, "SITI")
    keyring.learn("one more", None)
    with pytest.raises(UnknownKeyError):
        keyring.seal("name", first, "SITI")


def test_a_digest_has_a_key_for_each_domain(keyring):
    digests = [keyring.digest(domain, "SITI", size=size) for domain, size in (("a", 2), ("b", 15))]
    assert [len(one) for one in digests] == [2, 15]
    assert keyring.digest("b", "SITI", size=15) == digests[1]
    assert keyring.digest("a", "SITI", size=15) != digests[1]


def test_the_wrong_key_opens_no_keyring():
    with pytest.raises(WrongKeyError):
        Keyring(LocalKeys([b"1" * KEY_BYTES]), WRAPPED)


def test_what_is_sealed_is_told_from_what_is_plain(keyring):
    assert is_sealed(keyring.token("nik", NIK))
    assert is_sealed(keyring.seal("nik", COMMON, NIK))
    assert is_sealed(keyring.seal("nik", COMMON, b"\x02"))
    assert not any(map(is_sealed, ("", NIK, b"\x02", b"", None, 7)))


def test_equal_texts_are_worked_out_once_and_a_bounded_number_is_kept(keyring):
    kept = (partial(keyring.token, "nik"), keyring.named, keyring.marks)
    for work, cache in zip(kept, (keyring.token, keyring.named, keyring.marks), strict=True):
        for number in range(TOKENS_MAX + 1):
            work(f"{number:016d}")
            work(f"{number:016d}")
        info = cache.cache_info()
        assert (info.hits, info.currsize) == (TOKENS_MAX + 1, TOKENS_MAX)


@pytest.mark.parametrize("key", ["0123456789abcdef" * 2, "0123456789012345" * 2 + "/confirmation"])
def test_an_id_of_ours_names_nobody(keyring, key):
    assert keyring.named(key) == key


@pytest.mark.parametrize("key", ["{}", "{}/confirmation", f"{'0' * 32}/{{}}", f"{{}}/{'f' * 32}"])
def test_a_nik_in_a_key_is_a_token_whatever_stands_around_it(keyring, key):
    assert keyring.named(key.format(NIK)) == key.format(keyring.token("nik", NIK))
