"""What a start does without: the console, and what exports and lists are read and written with."""

import subprocess
import sys

LATER = (
    *("jinja2", "argon2", "pyotp", "openpyxl"),
    *("gateway.operators.console", "gateway.operators.entrance", "gateway.wiring.console_parts"),
    *("gateway.simulator", "gateway.simulator.app", "gateway.wiring.simulator_parts"),
)
START = """
import sys
from importlib import import_module

for name in ("process.supervisor", "process.serve", "process.worker", "wiring.app"):
    import_module(f"gateway.{name}")
print(*sys.modules)
"""


def test_the_console_is_imported_by_its_first_request_and_the_simulator_by_dev():
    done = subprocess.run(
        [sys.executable, "-c", START], capture_output=True, text=True, check=True
    )
    known = done.stdout.split()
    assert "gateway.process.serve" in known
    assert not {*LATER} & {*known}
