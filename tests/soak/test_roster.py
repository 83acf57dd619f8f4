"""A roster of a hundred thousand: fast enough, and in no more memory than a tenth of it."""

import subprocess
import sys
from time import monotonic

import pytest

from tests.scripts import ROOT

ROWS = 100_000
SECONDS_MAX = 60.0  # a tenth of a machine that does other things too
GROWTH_KIB_MAX = 48 * 1024  # caches of SQLite, which have bounds
_RUN = """
import resource, sys
from gateway.commands import cli
sys.argv = ["satupintu", "roster", "import", sys.argv[1]]
try:
    cli.main()
finally:
    print("KiB:", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def row(n):
    nik = f"3204{n % 30 + 1:02d}5706{n // 9_990 % 100:02d}{n % 9_990 + 1:04d}"
    return f"{nik},Siti Aminah,perawat,F1,0812{n:08d}\n"


def write(path, rows):
    with path.open("w") as file:
        file.write("nik,full_name,profession,facility_code,phone\n")
        file.writelines(row(n) for n in range(rows))


@pytest.fixture(params=["sqlite", "postgresql"])
def import_roster(request, tmp_path, monkeypatch):
    if request.param == "postgresql":
        monkeypatch.setenv("SATUPINTU_DATABASE_URL", request.getfixturevalue("pg_dsn"))
    (tmp_path / "campaign.toml").write_text((ROOT / "campaign.toml").read_text())
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def import_roster(rows):
        write(tmp_path / "roster.csv", rows)
        command = [sys.executable, "-c", _RUN, "roster.csv"]
        began = monotonic()
        told = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout
        return told, monotonic() - began, int(told.rpartition("KiB:")[2])

    return import_roster


def test_a_roster_is_imported_fast_and_in_flat_memory(import_roster):
    _told, _seconds, before = import_roster(ROWS // 10)
    told, seconds, after = import_roster(ROWS)
    print(f"{ROWS / seconds:,.0f} rows a second; {before} KiB, then {after} KiB")
    assert f"{ROWS:>12,}  rows" in told
    assert seconds < SECONDS_MAX
    assert after - before < GROWTH_KIB_MAX
