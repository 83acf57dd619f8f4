"""`make drill`: play faults on real servers under people who register; print the table of it.

NAMES (a, b or `redis`: all that begin so) chooses scenes, PEOPLE how many register in each.
`--write` puts their lines into the table of docs/drill.md. Exit status 1 if a promise was broken.
"""

import argparse
import asyncio
import sys
import tempfile
import time
import traceback
from pathlib import Path

import pytest

from tests.drill import gateway_scenes, postgres_scenes, redis_scenes, shared_scenes
from tests.drill.play import PEOPLE, play
from tests.drill.table import COLUMNS, HEAD, line_of, write

SCENES = (
    *gateway_scenes.SCENES[:1],
    *redis_scenes.SCENES,
    *shared_scenes.SCENES,
    *postgres_scenes.SCENES,
    *gateway_scenes.SCENES[1:],
)


def play_one(scene, people):
    """Play a scene; return its line of the table, and whether all promises were kept."""
    with tempfile.TemporaryDirectory(prefix="satupintu-drill-") as folder:
        try:
            row = asyncio.run(play(scene, Path(folder), people))
        except pytest.skip.Exception as missing:
            return line_of(scene.name, *"-" * (len(COLUMNS) - 2), f"skipped: {missing}"), True
        except Exception as error:  # noqa: BLE001 the others are played all the same
            traceback.print_exception(error)
            said = f"**not played to its end**: {type(error).__name__}"
            return line_of(scene.name, *"-" * (len(COLUMNS) - 2), said), False
    return line_of(*row.cells()), not row.is_broken


def main(words):
    asked = argparse.ArgumentParser(prog="make drill", description=__doc__)
    asked.add_argument("names", nargs="*", help=", ".join(one.key for one in SCENES))
    asked.add_argument("--people", type=int, default=PEOPLE)
    asked.add_argument("--write", action="store_true")
    asked.add_argument("--beside", default="", help="what to say beside the table")
    given = asked.parse_args(words)
    names = tuple(given.names) or ("",)
    chosen = [one for one in SCENES if one.key.startswith(names)]
    if not chosen:
        asked.error(f"no scene is named {' or '.join(names)}")
    lines, kept, began = [], True, time.monotonic()
    print(*HEAD, sep="\n", flush=True)
    for scene in chosen:
        line, good = play_one(scene, given.people)
        print(line, flush=True)
        lines.append(line)
        kept &= good
    minutes = (time.monotonic() - began) / 60
    print(f"{len(chosen)} scenes in {minutes:.0f} min", file=sys.stderr)
    if given.write:
        write(lines, [one.name for one in SCENES], given.beside)
    return 0 if kept else 1


sys.exit(main(sys.argv[1:]))
