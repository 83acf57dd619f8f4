"""The last release beside this one, on one PostgreSQL and one Valkey, as while a rollout lasts."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import accumulate

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from core.database.migrations import HEAD
from gateway.commands.cli import FAULTY
from tests.e2e.test_process import number_in
from tests.fixtures import last_release
from tests.fixtures.people import name, nik
from tests.fixtures.process import READY_SECONDS, eventually

PEOPLE = 200  # half by USSD, half by SMS; hop by hop at the one gateway and the other
AT_ONCE = 16
SWEEP_SECONDS = 60  # 15 of grace, 3 between two sweeps; the rest is for a busy machine
STRANDED = 3
CUT_OFF = """
    SELECT pg_terminate_backend(pid)
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    if not last_release.is_known():
        missing = f"no git history with the last release, {last_release.COMMIT[:12]}"
        pytest.skip(missing)
    return last_release.install(tmp_path_factory.mktemp("released"))


class Rollout:
    """Two gateways on the same stores: `old` is of the last release, `new` of this one."""

    def __init__(self, released, gateway, folder, dsn, redis_url):
        self.dsn = dsn
        stores = {"DATABASE_URL": dsn, "REDIS_URL": redis_url}
        self.old = released.gateway(folder / "old", **stores)
        self.new = gateway(folder / "new", **stores)

    @property
    def both(self):
        return self.old, self.new

    def rows(self, sql, *values):
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(sql, values).fetchall()

    def let_write(self, *, may):
        """Let the database take writes, or only reads, from connections made from now on."""
        database = conninfo_to_dict(self.dsn)["dbname"]
        database, mode = conninfo_to_dict(self.dsn)["dbname"], "off" if may else "on"
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            setting = f"SET default_transaction_read_only = {mode}"
            connection.execute(f"ALTER DATABASE {database} {setting}")
            connection.execute(CUT_OFF)


@pytest.fixture
def rollout(released, gateway, tmp_path, pg_dsn, valkey_url):
    opened = Rollout(released, gateway, tmp_path, pg_dsn, valkey_url)
    with ExitStack() as stack:
        stack.callback(opened.old.end)
        yield opened


def phone(n):
    return f"+62813{n:08d}"


def by_ussd(gateways, n):
    """Register by USSD, each hop at the next gateway; return the last screen."""
    typed = ("", "1", "1", nik(n), name(n), "2", "1")
    hops = accumulate(typed, lambda before, word: f"{before}*{word}".strip("*"))
    for place, hop in enumerate(hops):
        reply = gateways[(n + place) % 2].ussd(phone(n), f"ATUid_{n}", hop)
        assert reply.status_code == 200, reply.text
    return reply.text


def by_sms(gateways, n):
    """Register by SMS, where nothing but the session knows what was said before."""
    for place, word in enumerate(("DAFTAR", "1", nik(n), name(n), "2", "1")):
        reply = gateways[(n + place) % 2].text("sms", phone(n), word)
        assert reply.status_code == 200, reply.text
    return reply.text


def told_number(gateways, n):
    return n, number_in((by_sms if n % 4 > 1 else by_ussd)(gateways, n))


def strand(rollout, at, people):
    """Let people say yes at one gateway while the database takes no writes."""
    for n in people:
        for word in ("DAFTAR", "1", nik(n), name(n), "2"):
            assert at.text("sms", phone(n), word).status_code == 200
    rollout.let_write(may=False)
    assert {at.text("sms", phone(n), "1").status_code for n in people} == {503}


def recorded(rollout, people):
    niks = [nik(n) for n in people]
    [(count,)] = rollout.rows("SELECT count(*) FROM records WHERE nik = ANY(%s)", niks)
    return count


def settle_what_one_leaves(rollout, one, people):
    """Stop one gateway with people pending: the other one's sweeper settles them."""
    strand(rollout, one, people)
    one.stop()
    rollout.let_write(may=True)
    assert recorded(rollout, people) == 0
    assert eventually(lambda: recorded(rollout, people) == STRANDED, SWEEP_SECONDS)
    one.start()


def test_the_last_release_serves_beside_this_one_on_its_tables(rollout):
    rollout.new.command("migrate")
    for one in rollout.both:
        one.start()
    knows = rollout.old.command("--version")
    assert knows.split()[-1].rstrip(")") <= HEAD
    assert ("of a newer release" in rollout.old.errors()) == (HEAD not in knows)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = dict(pool.map(lambda n: told_number(rollout.both, n), range(PEOPLE)))
    on_record = rollout.rows("SELECT nik, number FROM records")
    assert sorted(on_record) == sorted((nik(n), number) for n, number in told.items())
    for place, one in enumerate(rollout.both):
        first = PEOPLE + place * STRANDED
        settle_what_one_leaves(rollout, one, range(first, first + STRANDED))
    assert all('"error"' not in one.errors() for one in rollout.both)


def test_the_last_release_does_not_start_on_what_this_one_has_sealed(rollout):
    for one in rollout.both:
        one.env["SATUPINTU_SECRET"] = "s" * 32
    rollout.new.start()
    assert rollout.rows("SELECT count(*) FROM data_keys WHERE ref = 'common'") == [(1,)]
    assert rollout.old.launch().process.wait(READY_SECONDS) == FAULTY
    assert "are of a newer release" in rollout.old.errors()
