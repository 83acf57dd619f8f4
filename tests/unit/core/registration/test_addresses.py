"""Retries after lost races."""

import pytest

from core.database.unavailable import UnavailableError
from core.registration.addresses import RACES_MAX, LostRaceError, retry_lost_races


def loses(times):
    """Return an attempt that loses so many races, and what it noted of them."""
    tried = []

    async def attempt():
        tried.append(len(tried))
        if len(tried) <= times:
            raise LostRaceError
        return "won"

    return attempt, tried


async def test_a_lost_race_is_run_again():
    attempt, tried = loses(RACES_MAX - 1)
    assert await retry_lost_races(attempt) == "won"
    assert len(tried) == RACES_MAX


async def test_an_attempt_that_loses_every_race_is_not_certain():
    attempt, tried = loses(RACES_MAX)
    with pytest.raises(UnavailableError):
        await retry_lost_races(attempt)
    assert len(tried) == RACES_MAX


async def test_another_error_is_no_race():
    async def fails():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await retry_lost_races(fails)
