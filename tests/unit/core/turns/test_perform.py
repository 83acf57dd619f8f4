"""Every effect is stored, carried out and answered; each of that is one row of a table."""

import json
from pathlib import Path
from typing import get_args

import pytest

from core.conversation.effects import Effect
from core.conversation.outcomes import OUTCOMES
from core.turns.perform import OPERATIONS
from core.turns.stored_form import decode, encode

EFFECTS = set(get_args(Effect))
STORED = Path("tests/fixtures/pending.jsonl").read_bytes().splitlines()  # by an earlier release


def test_every_effect_is_carried_out():
    assert set(OPERATIONS) == EFFECTS


def test_every_effect_is_answered():
    assert set(OUTCOMES) == EFFECTS


@pytest.mark.parametrize("stored", STORED, ids=range(len(STORED)))
def test_what_a_release_left_pending_is_read_by_the_next(stored):
    session, version = decode(b"7:" + stored)
    assert session.pending is not None
    again = encode(session, version)
    assert decode(again) == (session, version)
    assert holds(json.loads(again[2:]), json.loads(stored))


def holds(whole, part):
    """Return True if all of `part` stands in `whole`, where this release may say more."""
    if isinstance(part, dict):
        return all(key in whole and holds(whole[key], value) for key, value in part.items())
    if isinstance(part, list):
        return len(whole) >= len(part) and all(map(holds, whole, part))
    return bool(whole == part)


@pytest.mark.parametrize(("kind", "voucher"), [("phone", "network"), ("email", "nobody")])
def test_the_address_tells_the_voucher_of_an_intent_from_before_there_were_any(kind, voucher):
    older = STORED[0].replace(b'"voucher":"network",', b"")
    session, _ = decode(b"7:" + older.replace(b'"kind":"phone"', f'"kind":"{kind}"'.encode()))
    assert session.pending.intent.voucher == voucher


def test_every_effect_has_been_stored():
    assert {type(decode(b"1:" + stored).session.pending) for stored in STORED} == EFFECTS
