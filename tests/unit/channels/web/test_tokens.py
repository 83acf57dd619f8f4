"""Tokens and seals are made of our key and the request; a turn is drawn."""

from datetime import timedelta

import pytest

from channels.web.tokens import Seals, is_token, web_value
from tests.fixtures.chance import draw
from tests.scripts import START

SEALS, OTHERS = Seals(b"ours", draw), Seals(b"another key", draw)
TURN = SEALS.turn()
LATER = START + timedelta(microseconds=1)


def test_everything_has_the_same_form():
    token = SEALS.token(TURN, START)
    for text in (TURN, token, web_value(token), SEALS.seal(token, TURN)):
        assert is_token(text)


@pytest.mark.parametrize(
    "text", ["", "A" * 21, "A" * 23, "A" * 21 + "=", "A" * 21 + "\n", "é" * 22]
)
def test_anything_else_is_no_token(text):
    assert not is_token(text)


def test_a_token_follows_from_page_and_moment():
    assert SEALS.token(TURN, START) == SEALS.token(TURN, START)
    assert SEALS.token(TURN, LATER) != SEALS.token(TURN, START)
    assert OTHERS.token(TURN, START) != SEALS.token(TURN, START)


def test_every_page_gets_a_turn_of_its_own():
    """Two browsers that open a page, and begin, at one instant have two tokens."""
    one, other = SEALS.turn(), SEALS.turn()
    assert is_token(one)
    assert SEALS.token(one, START) != SEALS.token(other, START)


def test_a_seal_is_for_one_browser_and_one_page():
    seal = SEALS.seal("token", TURN)
    assert SEALS.is_sealed(seal, "token", TURN)
    assert not SEALS.is_sealed(seal, "another", TURN)
    assert not SEALS.is_sealed(seal, "token", TURN[::-1])
    assert not OTHERS.is_sealed(seal, "token", TURN)
    assert not SEALS.is_sealed("é", "token", TURN)


def test_parts_do_not_run_together():
    assert SEALS.seal("ab", "c") != SEALS.seal("a", "bc")


def test_what_is_stored_is_no_key():
    token = SEALS.token(TURN, START)
    assert web_value(token) != token
    assert web_value(token) == web_value(token)
