"""The counts of records are as quick beside a million as beside a thousand (`COUNT_BESIDE`)."""

import os
from functools import partial
from statistics import median
from time import perf_counter

import psycopg
import pytest

from core.database.database import open_database
from core.operators.counts import FOLDED_MAX, fold, read_counts
from tests.bench.sql import fill_records
from tests.contract.test_record_stores import NOW

RECORDS = int(os.environ.get("COUNT_BESIDE", "100000"))
READS = 50
SECONDS_MAX = 0.005


@pytest.mark.timeout(3_600)
async def test_counts_are_read_in_time(database_url):
    fill_records(database_url, RECORDS)
    database = open_database(database_url)
    try:
        began, batches = perf_counter(), 0
        while await database.write(partial(fold, before=NOW, limit=FOLDED_MAX)) == FOLDED_MAX:
            batches += 1
        folded = (perf_counter() - began) / batches
        if database_url.startswith("postgresql"):
            with psycopg.connect(database_url, autocommit=True) as connection:
                connection.execute("VACUUM count_changes")  # as autovacuum does within a minute
        seconds = []
        for _ in range(READS):
            began = perf_counter()
            shown = await database.read(read_counts)
            seconds.append(perf_counter() - began)
        assert shown["status"] == {"received": RECORDS}
        kind, read = database_url.partition(":")[0], median(seconds)
        print(f"\n{kind}, {RECORDS:,} records: read in {read * 1e3:.1f} ms, ", end="")
        print(f"{FOLDED_MAX:,} changes folded in {folded * 1e3:.0f} ms", flush=True)
        assert read <= SECONDS_MAX
    finally:
        await database.close()
