"""What a start and a reader of files do without; each is a process that somebody waits for."""

import subprocess
import sys

import pytest

LATER = (
    *("jinja2", "argon2", "pyotp", "openpyxl"),
    *("gateway.operators.console", "gateway.operators.entrance", "gateway.wiring.console_parts"),
    *("gateway.operators.door", "gateway.operators.openapi", "gateway.wiring.operator_parts"),
    *("gateway.simulator", "gateway.simulator.app", "gateway.wiring.simulator_parts"),
)
START = """
import sys
from importlib import import_module

for name in ("process.supervisor", "process.serve", "process.worker", "wiring.app"):
    import_module(f"gateway.{name}")
print(*sys.modules)
"""


def test_the_console_and_the_api_are_imported_by_a_request_and_the_simulator_by_dev():
    done = subprocess.run(
        [sys.executable, "-c", START], capture_output=True, text=True, check=True
    )
    known = done.stdout.split()
    assert "gateway.process.serve" in known
    assert not {*LATER} & {*known}


@pytest.mark.parametrize("name", ["roster_process", "table_process"])
def test_a_process_that_reads_a_file_has_nothing_to_do_with_stores(name):
    script = f"import sys, gateway.imports.{name}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert not {"redis", "psycopg", "core.database.database"} & {*done.stdout.split()}
