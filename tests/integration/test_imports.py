"""`satupintu roster import`: good rows are stored, bad ones reported, twice is once."""

import asyncio
import csv
import sqlite3
import sys
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from traceback import format_exception

import openpyxl
import pytest

from core.database.database import open_database
from core.database.drivers import driver_for
from core.database.links import FaultyStatementError
from core.database.statements import Statement, column_list, parameter_list
from core.database.unavailable import UnavailableError
from core.roster.importer import Importer
from core.roster.lookup import SqlRoster
from core.roster.row import ROWS_MAX
from gateway.commands import cli
from gateway.commands import roster as imports
from gateway.commands.database import closing_database
from gateway.commands.roster import RosterImport, import_roster
from gateway.imports.roster_file import ROUNDED_ROWS_MIN
from gateway.imports.sheets import UnreadableError
from gateway.imports.staging import STAGE_ROWS
from gateway.settings.settings import given_names
from tests.integration.test_verifier import NIK, House, intent
from tests.scripts import CAMPAIGN, ROOT

NOW = datetime(2021, 1, 20, 3, 0, tzinfo=UTC)
HEAD = "nik,full_name,profession,facility_code,phone"
SITI = f"{NIK},Siti Aminah,perawat,F1,08121110001"
BUDI = "3175010203880009,Budi Santoso,dokter,F2,"
NAMES = ("nik", "full_name", "profession", "facility_code", "phone", "demo", "invited_at")
ROSTER = Statement(
    "SELECT {columns} FROM roster WHERE campaign = :campaign ORDER BY nik",
    columns=column_list(NAMES),
)
CUT = Statement("""
    SELECT pg_terminate_backend(pid)
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
""")
STATUSES = Statement("SELECT status FROM records ORDER BY id")
ADD = Statement(
    "INSERT INTO roster (campaign, {columns}) VALUES (:campaign, {values})",
    columns=column_list(NAMES),
    values=parameter_list(NAMES),
)


class Roster:
    """A database, a file, and what an import makes of them."""

    def __init__(self, url, folder):
        self.url, self.file = url, folder / "roster.csv"
        self.report = folder / "report.csv"
        self.breaths = []

    def import_roster(self, *lines, head=HEAD, **changes):
        self.file.write_text("\n".join([head, *lines]) + "\n")
        job = {
            "file": self.file,
            "report": self.report,
            "url": self.url,
            "campaign": "test",
            "country": "ID",
            "now": NOW,
            "checks": True,
            "pause": self.breaths.append,
        }
        return import_roster(RosterImport(**{**job, **changes}))

    @contextmanager
    def connection(self):
        driver = driver_for(self.url)
        with closing(driver.connect()) as raw:
            yield driver.connection(raw.cursor(), driver.dialect)

    def rows(self, campaign="test"):
        with self.connection() as connection:
            return [tuple(row[:5]) for row in connection.all(ROSTER, campaign=campaign)]

    def reported(self):
        if not self.report.exists():
            return []
        return [tuple(row) for row in csv.reader(self.report.read_text().splitlines())][1:]


@pytest.fixture
def roster(database_url, tmp_path):
    return Roster(database_url, tmp_path)


def counts(tally):
    return tally.added, tally.changed, tally.same, tally.bad


def nik(n):
    return f"320411570696{n:04d}"


def test_good_rows_are_stored_and_bad_ones_reported(roster):
    tally = roster.import_roster(SITI, "123,Ani,bidan,F1,", BUDI, ",,,,", "3204115706960002,,,,")
    assert (tally.rows, *counts(tally)) == (4, 2, 0, 0, 2)
    assert roster.rows() == [
        ("3175010203880009", "Budi Santoso", "dokter", "F2", None),
        (NIK, "Siti Aminah", "perawat", "F1", "+628121110001"),
    ]
    assert roster.reported() == [
        ("3", "nik", "has 3 digits; should have 16", ""),
        ("6", "full_name", "is empty", "3204********0002"),
    ]
    assert roster.report.stat().st_mode & 0o777 == 0o600


def test_an_import_again_changes_nothing_and_a_new_one_only_what_differs(roster):
    assert counts(roster.import_roster(SITI, BUDI)) == (2, 0, 0, 0)
    assert counts(roster.import_roster(SITI, BUDI)) == (0, 0, 2, 0)
    other = SITI.replace("F1", "F9")
    third = "3273010203880001,Cici,bidan,F3,"
    assert counts(roster.import_roster(other, BUDI, third)) == (1, 1, 1, 0)
    assert [row[3] for row in roster.rows()] == ["F2", "F9", "F3"]


def test_the_report_of_an_earlier_import_goes_when_all_is_well(roster):
    roster.import_roster("123,Ani,bidan,F1,")
    assert roster.reported()
    roster.import_roster(SITI)
    assert not roster.report.exists()


def test_the_last_row_of_a_nik_counts_however_far_apart(roster):
    others = [f"{nik(n)},Ani,bidan,F1," for n in range(1, STAGE_ROWS + 10)]
    first, last = (f"{nik(9_998)},{name},bidan,F1," for name in ("First", "Last"))
    tally = roster.import_roster(first, *others, last)
    assert tally.repeated == 1
    assert counts(tally) == (len(others) + 1, 0, 0, 0)
    assert roster.rows()[-1][1] == "Last"
    says = f"stands in row {len(others) + 3} too, which counts"
    assert roster.reported() == [("2", "nik", says, "3204********9998")]
    assert counts(roster.import_roster(first, *others, last)) == (0, 0, len(others) + 1, 0)


@pytest.mark.parametrize("rows", [ROWS_MAX - 1, ROWS_MAX, ROWS_MAX + 1])
def test_batches_have_a_bound_and_leave_room_between(roster, rows):
    lines = [f"{nik(n)},Ani,bidan,F1," for n in range(1, rows + 1)]
    assert counts(roster.import_roster(*lines)) == (rows, 0, 0, 0)
    assert len(roster.breaths) == -(-rows // ROWS_MAX)
    assert len(roster.rows()) == rows


def test_a_bad_telephone_costs_nobody_their_place(roster):
    tally = roster.import_roster(f"{NIK},Siti,perawat,F1,021")
    assert (tally.noted, *counts(tally)) == (1, 1, 0, 0, 0)
    assert roster.rows()[0][4] is None
    assert [row[:2] for row in roster.reported()] == [("2", "phone")]


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("phone,more,NIK,Full Name", f"08121110001,x,{NIK},Siti"),
        ("nik;full_name;phone", f"{NIK};Siti;08121110001"),
    ],
)
def test_columns_come_in_any_order_and_some_not_at_all(roster, head, line):
    roster.import_roster(line, head=head)
    assert roster.rows() == [(NIK, "Siti", "", "", "+628121110001")]


@pytest.mark.parametrize("head", ["", "name,id", "nik,name", "full_name,phone"])
def test_a_file_without_the_columns_is_refused_whole(roster, head):
    with pytest.raises(UnreadableError, match="no column"):
        roster.import_roster(SITI, head=head)
    assert roster.rows() == []


def test_a_file_that_turns_out_to_be_damaged_keeps_nothing(roster, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(HEAD.split(","))
    for n in range(1, 5_000):
        book.active.append((nik(n), f"Ani {'abc' * (n % 20)}", "bidan", "F1", None))
    path = tmp_path / "roster.xlsx"
    book.save(path)
    assert counts(roster.import_roster(file=path, campaign="other")) == (4_999, 0, 0, 0)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(UnreadableError):
        roster.import_roster(file=path)
    assert roster.rows() == []


@pytest.mark.parametrize(("rows", "refused"), [(ROUNDED_ROWS_MIN, 1), (ROUNDED_ROWS_MIN - 1, 0)])
def test_niks_that_a_spreadsheet_rounded_are_refused(roster, rows, refused):
    lines = [f"{nik(10 * n)},Ani,bidan,F1," for n in range(1, rows + 1)]
    if refused:
        with pytest.raises(UnreadableError, match="rounded"):
            roster.import_roster(*lines)
    else:
        roster.import_roster(*lines)
    assert len(roster.rows()) == (0 if refused else rows)


def test_a_real_row_takes_the_place_of_a_demo_row_and_keeps_the_invitation(roster):
    made_up = dict.fromkeys(NAMES, "x") | {"nik": NIK, "demo": 1, "campaign": "test"}
    with roster.connection() as connection:
        connection.run(ADD, **{**made_up, "invited_at": "2021"})
        connection._cursor.connection.commit()
    assert counts(roster.import_roster(SITI)) == (0, 1, 0, 0)
    with roster.connection() as connection:
        ((*_, demo, invited_at),) = connection.all(ROSTER, campaign="test")
    assert (demo, invited_at) == (0, "2021")


def test_campaigns_have_rosters_of_their_own(roster):
    roster.import_roster(SITI)
    assert counts(roster.import_roster(SITI, BUDI, campaign="other")) == (2, 0, 0, 0)
    assert len(roster.rows()) == 1


# What it means for those who registered.


@pytest.fixture
async def house(database):
    return House(database)


async def test_records_that_waited_for_the_roster_are_checked_and_notified(house, roster):
    record = house.recorder()
    await record(intent())
    mail = intent("2", nik="3175010203880009", full_name="Budi Santoso")
    await record(mail)
    await house.database.close()
    await asyncio.to_thread(roster.import_roster, SITI)

    house = House(open_database(roster.url))
    verifier = house.verifier(SqlRoster(house.database))
    assert await house.checks.schedule_rechecks(now=NOW)
    assert await verifier.verify_due(NOW) == 2
    assert await verifier.verify_due(NOW) == 0
    statuses = {row[0] for row in await house.all(STATUSES)}
    assert statuses == {"verified", "not_listed"}
    await asyncio.to_thread(roster.import_roster, SITI, BUDI)
    assert await house.checks.schedule_rechecks(now=NOW)
    assert await verifier.verify_due(NOW) == 1
    await house.database.close()


async def test_with_a_registry_of_its_own_the_roster_makes_nothing_due(house, roster):
    await house.recorder()(intent())
    await asyncio.to_thread(roster.import_roster, SITI, checks=False)
    assert not await house.checks.schedule_rechecks(now=NOW)
    assert (await house.record())["check_due_at"] is None


async def test_a_file_with_nothing_good_in_it_makes_nothing_due(house, roster):
    await house.recorder()(intent())
    roster.import_roster("123,Ani,,,")
    assert not await house.checks.schedule_rechecks(now=NOW)
    assert (await house.record())["check_due_at"] is None


# Beside a gateway, and through crashes.


def test_an_import_cut_off_is_made_good_by_the_next(roster):
    lines = [f"{nik(n)},Ani,bidan,F1," for n in range(1, ROWS_MAX + 2)]

    def die(_seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        roster.import_roster(*lines, pause=die)
    assert len(roster.rows()) == ROWS_MAX
    assert counts(roster.import_roster(*lines)) == (1, 0, ROWS_MAX, 0)


def test_connections_that_are_lost_are_made_again(roster):
    lines = [f"{nik(n)},Ani,bidan,F1," for n in range(1, 2 * ROWS_MAX + 1)]

    def cut(_seconds):
        if roster.url.startswith("postgresql"):
            with roster.connection() as connection:
                connection.all(CUT)

    assert counts(roster.import_roster(*lines, pause=cut)) == (2 * ROWS_MAX, 0, 0, 0)


async def test_a_row_that_is_refused_is_not_quoted(house):
    entry = imports.Entry(NIK, "Siti", "", None, "+628121110001")
    with pytest.raises(FaultyStatementError) as reported:
        await Importer(house.database, "test").put([entry])
    said = "".join(format_exception(reported.value))
    assert not [cell for cell in (NIK, "Siti", "628121110001") if cell in said]


async def test_a_database_that_stays_away_is_reported(tmp_path):
    async with closing_database(f"sqlite:///{tmp_path}/no/such.db") as database:
        with pytest.raises(UnavailableError):
            await Importer(database, "test").begin(now=NOW)


async def test_registrations_go_on_while_a_roster_is_imported(roster, house):
    """Between two batches others write; nobody is told what only the rest of the file can tell."""
    record = house.recorder()
    listed = [(nik(1), "Ani"), (nik(2 * ROWS_MAX), "Ani")]
    lines = [f"{nik(n)},Ani,bidan,F1," for n in range(1, 2 * ROWS_MAX + 1)]
    loop, reported = asyncio.get_running_loop(), []

    def register(_seconds):
        for who, name in [*listed, ("3175010203880009", "Budi")] if not reported else []:
            one = intent(str(len(reported)), nik=who, full_name=name, phone=None)
            kept = asyncio.run_coroutine_threadsafe(record(one), loop)
            reported.append(kept.result(10).status)

    await asyncio.to_thread(roster.import_roster, *lines, pause=register)
    assert reported == ["verified", "received", "received"]
    await house.checks.schedule_rechecks(now=NOW)
    assert await house.verifier(SqlRoster(house.database)).verify_due(NOW) == 2
    statuses = [row[0] for row in await house.all(STATUSES)]
    assert statuses == ["verified", "verified", "not_listed"]


async def test_after_an_unfinished_import_nobody_counts_as_not_listed(house, roster):
    lines = [f"{nik(n)},Ani,bidan,F1," for n in range(1, ROWS_MAX + 2)]

    def die(_seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await asyncio.to_thread(roster.import_roster, *lines, pause=die)
    last = intent(nik=nik(ROWS_MAX + 1), full_name="Ani")
    assert (await house.recorder()(last)).status == "received"
    verifier = house.verifier(SqlRoster(house.database))
    assert await verifier.verify_due(NOW) == 0
    assert (await house.record())["check_due_at"] is not None

    await asyncio.to_thread(roster.import_roster, *lines)
    await house.checks.schedule_rechecks(now=NOW)
    assert await verifier.verify_due(NOW) == 1
    assert (await house.record())["status"] == "verified"


# The command.


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    for name in given_names():
        monkeypatch.delenv(name)
    (tmp_path / "campaign.toml").write_text((ROOT / "campaign.toml").read_text())
    monkeypatch.chdir(tmp_path)

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["satupintu", "roster", "import", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, capsys.readouterr()

    return call


def kept(folder):
    with closing(sqlite3.connect(folder / "var" / "satupintu.db")) as database:
        return database.execute("SELECT nik, campaign FROM roster").fetchall()


def test_the_command_works_on_an_empty_data_dir(run, tmp_path):
    Path("roster.csv").write_text(f"{HEAD}\n{SITI}\n123,,,,\n")
    status, reported = run("roster.csv")
    assert status == 0
    assert kept(tmp_path) == [(NIK, CAMPAIGN.id)]
    assert "1  added" in reported.out
    assert "what was wrong: roster.csv.errors.csv" in reported.out
    assert reported.err == ""
    assert NIK not in reported.out
    assert NIK not in Path("roster.csv.errors.csv").read_text()


def test_a_file_with_titles_and_the_headings_of_an_office_is_imported(run, tmp_path):
    head = "No;NIK;Nama Lengkap;Jabatan;Kode Faskes;No HP"
    rows = f"1;'{NIK};Siti Aminah;perawat;F1;0812\n2;NIK 3204115706960002;Ani;bidan;F1;\n"
    Path("roster.csv").write_text(f"DATA NAKES KAB. BANDUNG\n\n{head}\n{rows}")
    assert run("roster.csv")[0] == 0
    assert kept(tmp_path) == [(NIK, CAMPAIGN.id), ("3204115706960002", CAMPAIGN.id)]
    with closing(sqlite3.connect(tmp_path / "var" / "satupintu.db")) as database:
        found = database.execute("SELECT full_name, profession, facility_code FROM roster")
        assert found.fetchone() == ("Siti Aminah", "perawat", "F1")


def test_the_report_goes_to_the_named_file(run):
    Path("roster.csv").write_text(f"{HEAD}\n{SITI}\n123,,,,\n")
    assert run("roster.csv", "--errors", "wrong.csv")[0] == 0
    assert Path("wrong.csv").exists()
    assert not Path("roster.csv.errors.csv").exists()


@pytest.mark.parametrize("content", [None, "", "nothing", f"{HEAD}\n", f"{HEAD}\n123,,,,\n"])
def test_a_file_with_no_good_row_fails(run, content):
    if content is not None:
        Path("roster.csv").write_text(content)
    status, reported = run("roster.csv")
    assert status == imports.FAILED
    assert "Traceback" not in reported.err


def test_a_report_that_cannot_be_written_fails_before_anything_is_kept(run, tmp_path):
    Path("roster.csv").write_text(f"{HEAD}\n{SITI}\n123,,,,\n")
    status, reported = run("roster.csv", "--errors", "no/such/folder.csv")
    assert status == imports.FAILED
    assert "the report no/such/folder.csv" in reported.err
    assert kept(tmp_path) == []
