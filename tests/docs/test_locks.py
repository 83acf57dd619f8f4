"""The locks are complete: an install resolves nothing, so no later release can break it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires
from itertools import product
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
# 3.11.0 stands apart: asyncio.timeout came with 3.11.3, and what backports it is asked for before.
PYTHONS = ("3.11.0", "3.11.9", "3.12.0", "3.13.0", "3.14.0")
PLATFORMS = [
    {"sys_platform": "linux", "platform_system": "Linux"},
    {"sys_platform": "darwin", "platform_system": "Darwin"},
]
ENVIRONMENTS = [
    {"python_full_version": full, "python_version": full.rpartition(".")[0], **platform}
    for full, platform in product(PYTHONS, PLATFORMS)
]
PIP = [sys.executable, "-m", "pip", "install", "--no-deps", "--dry-run", "--no-index"]

Lock = list[Requirement]


def read(name: str) -> Lock:
    """Return what a lock pins, hashes left out."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line.rstrip(" \\")) for line in lines if re.match(r"\w", line)]


def asked_for(name: str) -> Lock:
    """Return what the file that a lock was compiled from asks for."""
    source = (ROOT / name.replace(".lock", ".in")).read_text(encoding="utf-8")
    own = [Requirement(line) for line in source.splitlines() if re.match(r"\w", line)]
    return own + (asked_for("requirements.lock") if "-r requirements.in" in source else [])


def needs(pinned: Requirement, environment: Mapping[str, str]) -> Iterator[Requirement]:
    """Yield what a locked package requires there, with the extras that the lock names."""
    try:
        wanted = requires(pinned.name) or []
    except PackageNotFoundError:  # its marker leaves it out of this environment
        assert pinned.marker is not None
        assert not pinned.marker.evaluate(), f"{pinned.name} is locked and not installed"
        return
    for text in wanted:
        requirement = Requirement(text)
        extras = ("", *pinned.extras)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({**environment, "extra": e}) for e in extras):
            yield requirement


def faults(lock: Lock, roots: Lock, environment: Mapping[str, str]) -> list[str]:
    """Return what an install of this lock would miss in this environment."""
    there = {
        canonicalize_name(pinned.name): pinned
        for pinned in lock
        if pinned.marker is None or pinned.marker.evaluate(dict(environment))
    }
    roots = [root for root in roots if root.marker is None or root.marker.evaluate(environment)]
    wanted = [*roots, *(need for pinned in there.values() for need in needs(pinned, environment))]
    return [str(need) for need in wanted if not meets(there, need)]


def meets(there: Mapping[str, Requirement], need: Requirement) -> bool:
    """Say whether the pinned package is there, in a fitting version, with the extras."""
    pinned = there.get(canonicalize_name(need.name))
    if pinned is None:
        return False
    version = str(pinned.specifier).removeprefix("==")
    return need.specifier.contains(version, prereleases=True) and need.extras <= pinned.extras


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_is_closed_under_its_own_requirements(name):
    lock, roots = read(name), asked_for(name)
    assert len(lock) > len(roots) > 0
    for environment in ENVIRONMENTS:
        assert not faults(lock, roots, environment), environment


@pytest.mark.parametrize("name", LOCKS)
def test_a_requirement_that_is_taken_out_is_missed(name):
    lock, roots = read(name), asked_for(name)
    missed = set().union(*(missed_alone(lock, roots, one) for one in ENVIRONMENTS))
    for pinned in lock:
        if pinned.marker is not None and not any(map(pinned.marker.evaluate, ENVIRONMENTS)):
            continue  # for an environment that is none of ours
        assert canonicalize_name(pinned.name) in missed, pinned


def missed_alone(lock: Lock, roots: Lock, environment: Mapping[str, str]) -> set[str]:
    """Return the names that the roots or another package would miss, each taken out alone."""
    there = [one for one in lock if one.marker is None or one.marker.evaluate(dict(environment))]
    missed = {canonicalize_name(root.name) for root in roots}
    for pinned in there:
        own = canonicalize_name(pinned.name)
        missed |= {canonicalize_name(need.name) for need in needs(pinned, environment)} - {own}
    return missed


def test_a_lock_without_one_of_its_packages_is_not_closed():
    lock, roots = read("requirements.lock"), asked_for("requirements.lock")
    rest = [one for one in lock if one.name != "anyio"]  # what a package of ours asks for
    assert len(rest) < len(lock)
    assert faults(rest, roots, ENVIRONMENTS[0])


def test_tests_run_with_what_is_served():
    served = {(pinned.name, str(pinned.specifier)) for pinned in read("requirements.lock")}
    assert served <= {(pin.name, str(pin.specifier)) for pin in read("requirements-dev.lock")}


@pytest.mark.parametrize("name", LOCKS)
def test_pip_takes_a_lock_as_it_is_and_looks_for_nothing_else(name):
    quiet = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    quiet |= {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [*PIP, "--only-binary", ":all:", "--require-hashes", "-r", str(ROOT / name)]
    ran = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "Would install" not in ran.stdout


@pytest.mark.parametrize("name", ["Makefile", "deploy/Containerfile"])
def test_every_install_of_a_lock_resolves_nothing_and_is_checked(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    installs = [line for line in text.splitlines() if "--require-hashes" in line]
    assert installs
    assert all("--no-deps" in line and "--only-binary :all:" in line for line in installs)
    assert len(re.findall(r"pip check\b", text)) >= len(installs)
