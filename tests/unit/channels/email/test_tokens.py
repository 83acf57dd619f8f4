from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.tokens import (
    LOCAL_CHARACTERS_MAX,
    TOKEN_CHARACTERS,
    TOKEN_DAYS,
    gives_token_back,
    make_token,
    tagged,
)

SECRET, MAILBOX = b"a secret of thirty-two characters", "siti@klinik.example"
NOW = datetime(2021, 1, 15, 8, 0, tzinfo=UTC)
TOKEN = make_token(SECRET, MAILBOX, NOW)


def given_back(*tokens, secret=SECRET, mailbox=MAILBOX, at=NOW):
    return gives_token_back(tokens, secret=secret, mailbox=mailbox, at=at)


def test_a_token_is_of_its_mailbox():
    assert given_back("x", TOKEN)
    assert given_back(TOKEN, mailbox="Siti@Klinik.example")
    assert not given_back(TOKEN, mailbox="siti@klinik.example.org")
    assert not given_back(TOKEN, secret=SECRET[1:])
    assert not given_back()


def test_a_token_survives_a_mail_server_that_changes_its_case():
    assert given_back(TOKEN.upper())


def test_a_token_fits_an_address():
    assert len(TOKEN) == TOKEN_CHARACTERS
    assert TOKEN.isalnum()
    assert make_token(SECRET, MAILBOX, NOW + timedelta(hours=1)) == TOKEN


@pytest.mark.parametrize(
    ("days", "good"), [(-2, False), (-1, True), (0, True), (TOKEN_DAYS, True),
                       (TOKEN_DAYS + 1, False)]
)  # fmt: skip
def test_a_token_is_good_for_a_month(days, good):
    assert given_back(TOKEN, at=NOW + timedelta(days=days)) is good


def test_an_address_has_room_for_a_token_or_bears_none():
    room = LOCAL_CHARACTERS_MAX - len("+") - TOKEN_CHARACTERS
    assert tagged(f"{'v' * room}@x.id", TOKEN) == f"{'v' * room}+{TOKEN}@x.id"
    assert tagged(f"{'v' * (room + 1)}@x.id", TOKEN) == ""
    assert tagged("v@x.id", "") == ""


@pytest.mark.parametrize("place", range(TOKEN_CHARACTERS))
def test_every_character_counts(place):
    other = "2" if TOKEN[place] != "2" else "3"
    assert not given_back(TOKEN[:place] + other + TOKEN[place + 1 :])


@given(st.text(max_size=TOKEN_CHARACTERS + 1))
def test_nothing_else_is_a_token(text):
    assert not given_back(text, text.ljust(TOKEN_CHARACTERS, "0"), f"{TOKEN}{text}0")
