"""What a scene of the drill is: stores, faults, and what its figures mean."""

import os
import subprocess
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.fixtures.postgres import NOBODY
from tests.fixtures.wires import Line

FILL_BYTES = 65_536


@dataclass
class Stage:
    """What a scene gives the gateway, and its faults, one after the other.

    A fault gets the running gateway, and returns when it is mended. `env` goes to the gateway as
    it stands; `line` makes a person's way to it.
    """

    settings: dict = field(default_factory=dict)
    faults: tuple[Callable, ...] = ()
    env: dict = field(default_factory=dict)
    line: object = Line


class Scene(NamedTuple):
    """`set_up(folder)` is a context of its stage, and `folder`/var the gateway's data.

    `meaning` says why turns may fail while the fault lasts.
    """

    key: str
    name: str
    set_up: Callable
    meaning: str = ""


@contextmanager
def small_disk(folder, size, *, owner=None):
    """Make `folder` a file system of its own of that size; skip where we may not."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder]
    done = subprocess.run(mount, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("a small disk needs root, and leave to mount a tmpfs")
    try:
        if owner is not None:
            os.chown(folder, owner, owner)
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder):
    """Write a file until the disk is full; return it."""
    path = Path(folder) / "filler"
    with path.open("wb", buffering=0) as file:
        for size in (FILL_BYTES, 512):
            try:
                while file.write(b"0" * size):
                    pass
            except OSError:
                continue
    return path


def owner_of_servers():
    """Return whom PostgreSQL runs as here, None if as ourselves."""
    return NOBODY if os.geteuid() == 0 else None


def children(pid):
    """Return the process ids of its children."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
