"""`make bench`: prints a table and writes bench.json.

python -m tests.bench [all | turn,registration,…]      BENCH_AMONG=1000000
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from tests.bench.machine import CORES, cores_for, pin, state, weather
from tests.bench.measure import Pace, Row
from tests.bench.report import compared, figure_line, head_line, row_json, row_lines
from tests.bench.rows import ROWS, Asked, Figure

QUICK, THOROUGH = Pace(3.0, 3), Pace(6.0, 5)
AMONG, AMONG_ALL = 100_000, 1_000_000
AMONG_MAX = 10_000_000


def read_words(words, among=""):
    """Return the names of the rows that are asked for, and how; a wrong one ends the program."""
    names = [name for word in words for name in word.replace(",", " ").split()]
    everything = names == ["all"]
    names = list(ROWS) if everything or not names else names
    if unknown := sorted(set(names) - set(ROWS)):
        sys.exit(f"no row {unknown[0]!r}; there are: all, {', '.join(ROWS)}")
    count = int(among.replace("_", "")) if among else AMONG_ALL if everything else AMONG
    if not 1_000 < count <= AMONG_MAX:
        sys.exit(f"BENCH_AMONG is more than 1,000 people and at most {AMONG_MAX:,}")
    return names, Asked(THOROUGH if everything else QUICK, count, everything, say)


def say(text):
    print(f"! {text}", flush=True)


async def measure(names, asked):
    """Print each row as it is known; return rows, figures, and the names of what broke off."""
    rows, figures, broken = [], [], []
    for name in names:
        try:
            async for seen in ROWS[name](asked):
                (rows if isinstance(seen, Row) else figures).append(seen)
                print("\n".join(lines_of(seen)), flush=True)
        except Exception as error:  # noqa: BLE001 the other rows are worth having
            say(f"{name} FAILED: {error!r}")
            broken.append(name)
    together = [Figure(*one) for one in compared(rows)]
    print("\n".join(["", *map(figure_line, together)]))
    return rows, [*figures, *together], broken


def lines_of(seen):
    return row_lines(seen) if isinstance(seen, Row) else [figure_line(seen)]


def main():
    """Return the exit status: 1 where something failed, which a busy machine is not."""
    names, asked = read_words(sys.argv[1:], os.environ.get("BENCH_AMONG", ""))
    pin(os.getpid(), cores_for(1, CORES)[1])
    machine = state() | {"before": weather()}
    print("".join(f"{name}: {value}\n" for name, value in machine.items()))
    print(head_line(), flush=True)
    rows, figures, broken = asyncio.run(measure(names, asked))
    machine["after"] = weather()
    print(f"after: {machine['after']}")
    told = {
        "machine": machine,
        "rows": [row_json(row) for row in rows],
        "broke off": broken,
        "figures": {one.name: round(one.value, 4) for one in figures},
    }
    Path("bench.json").write_text(json.dumps(told, indent=1) + "\n")
    return int(bool(broken) or any(row.failed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
