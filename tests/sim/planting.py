"""Plant a bug: a module is imported with one piece of its source replaced.

`python -m tests.sim.planting` plants all of `bugs.py`, one at a time and each in a process of its
own, and plays schedules until a promise is broken; names as arguments plant these only.
"""

import gc
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.abc import MetaPathFinder
from importlib.machinery import SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from time import process_time

from tests.sim.bugs import BUGS

ROOT = Path(__file__).parents[2]
SCHEDULES_MAX = 20_000  # of one bug; a sound oracle needs far fewer
SECONDS_MAX = 900
COLLECT_EVERY = 250  # schedules


class _Loader(SourceFileLoader):
    """Compiles the source with the bug in it; never from or into a cache."""

    def __init__(self, name, path, bug):
        super().__init__(name, path)
        self._bug = bug

    def get_code(self, fullname):
        source = Path(self.path).read_text(encoding="utf-8")
        assert source.count(self._bug.sound) == 1, f"{self._bug.name}: not once in {self.path}"
        return compile(source.replace(self._bug.sound, self._bug.planted), self.path, "exec")


class Planting(MetaPathFinder):
    """Finds the one module that has the bug."""

    def __init__(self, bug):
        self._bug = bug
        self._module = bug.file.removesuffix(".py").replace("/", ".")

    def find_spec(self, fullname, path=None, target=None):
        if fullname != self._module:
            return None
        file = str(ROOT / self._bug.file)
        loader = _Loader(fullname, file, self._bug)
        return spec_from_file_location(fullname, file, loader=loader)


def hunt(name):
    """Plant the bug in this process; print the schedule that finds it, and the promise."""
    sys.meta_path.insert(0, Planting(next(bug for bug in BUGS if bug.name == name)))
    from tests.sim.choices import bytes_of  # noqa: PLC0415 only now: they import the module
    from tests.sim.schedule import play  # noqa: PLC0415

    gc.freeze()
    gc.disable()
    began = process_time()
    for seed in range(SCHEDULES_MAX):
        if seed % COLLECT_EVERY == 0:
            gc.collect()
        if broken := play(bytes_of(seed)).broken:
            print(f"{seed + 1} | {broken} | {process_time() - began:.1f} s")
            return
    print(f"alive after {SCHEDULES_MAX}")


def _hunted(bug):
    done = subprocess.run(
        [sys.executable, "-m", "tests.sim.planting", "--hunt", bug.name],
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
    )
    lines = (done.stdout.strip() or done.stderr.strip()).splitlines()
    return bug, lines[-1] if lines else "nothing was said"


def main(names):
    if names[:1] == ["--hunt"]:
        hunt(names[1])
        return 0
    wanted = [bug for bug in BUGS if not names or bug.name in names]
    alive = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in as_completed([pool.submit(_hunted, bug) for bug in wanted]):
            bug, found = done.result()
            alive += " | " not in found
            print(f"| {bug.name} | `{bug.file}` | {found} |", flush=True)
    print(f"{len(wanted) - alive} of {len(wanted)} found")
    return alive > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
