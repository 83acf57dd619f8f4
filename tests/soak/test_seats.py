"""Two thousand people for five hundred seats, on two workers, killed in the middle."""

import pytest

from tests.chaos.test_seats import race

PEOPLE, SEATS = 2_000, 500


@pytest.mark.timeout(900)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_two_thousand_for_five_hundred_seats(database, gateway, tmp_path, request):
    dsn = request.getfixturevalue("pg_dsn") if database == "postgresql" else None
    await race(gateway, tmp_path, people=PEOPLE, seats=SEATS, DATABASE_URL=dsn)
