"""What a start imports, and when: the gateway is ready as soon as it has."""

import subprocess
import sys

# Needed for a migration, a workbook, a poster, a ticket by email, a relay, or nothing at all.
UNUSED = {"alembic", "sqlalchemy", "openpyxl", "segno", "icalendar", "aiosmtplib", "rich"}
SERVING = {"uvicorn", "uvloop", "starlette", "aiosmtpd", "httpx2", "redis", "phonenumbers"}


def imported_by(*modules):
    """Return the packages that a process has after it imported these modules."""
    code = f"import sys, {', '.join(modules)}; print(*{{m.split('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_embedded_valkey_starts_before_the_servers_are_imported():
    assert not imported_by("gateway.commands.cli", "gateway.process.launch") & (UNUSED | SERVING)


def test_a_start_imports_nothing_that_most_starts_do_not_use():
    found = imported_by("gateway.commands.cli", "gateway.process.supervisor")
    assert not found & UNUSED
    assert SERVING - {"redis"} <= found
