"""Nothing that reads strangers' text may take more than linear time: one worker serves all wires.

Every compiled pattern is found by importing every module, so that none comes without this test.
"""

import importlib
import inspect
import pkgutil
import re

import pytest

import channels
import core
import gateway
from channels.email import labels
from tests.fixtures.hostile import FRAMES, UNITS, grows_linearly
from tests.scripts import LABELS

SIZE = 1_024
FLOOR_SECONDS = 0.000_25
DEPTH_MAX = 4  # of what holds a pattern
PLAIN = (str, bytes, int)  # what holds none, and is most of what there is
WAYS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "split")
WIDEST = {"findall", "fullmatch"}  # the first looks wherever any other does, the second further
RUN = ("__main__", "core.database.migrations.env")  # what an import would run
FEWEST = 50  # patterns that there are; or they are not found any more


def modules():
    for package in (core, channels, gateway):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith(RUN):
                yield importlib.import_module(found.name)


def within(value, depth=DEPTH_MAX):
    """Yield the patterns in a value: itself, or in what it holds."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, (list, tuple, set, frozenset)):
        for one in value:
            if not isinstance(one, PLAIN):
                yield from within(one, depth - 1)
    elif depth and isinstance(value, dict):
        yield from within([*value.keys(), *value.values()], depth)
    elif depth and isinstance(value, type):
        for one in vars(value).values():
            yield from within(one, depth - 1) if not isinstance(one, type) else ()


def patterns():
    """Return each pattern by its module and name; those made of the catalogs, too."""
    found = [
        (module, name, value)
        for module in modules()
        for name, value in vars(module).items()
        if name != "__builtins__"  # every module has them
    ]
    found += [(labels, name, value) for name, value in vars(LABELS).items()]
    return {
        f"{module.__name__}.{name}.{n}": (module, name, pattern)
        for module, name, value in found
        for n, pattern in enumerate(within(value))
    }


PATTERNS = patterns()


def ways(module, name):
    """Return how a module uses its pattern of that name; the widest where that is not plain."""
    source = inspect.getsource(module)
    used = set(re.findall(rf"\b{name}\.({'|'.join(WAYS)})\b", source))
    others = re.findall(rf"\b{name}\b(?!\.(?:{'|'.join(WAYS)})\b| = )", source)
    return used if used and not others else WIDEST


def use(pattern, way):
    """Return what applies the pattern in that way to the whole of a text."""
    if way == "finditer":
        return lambda text: [None for _ in pattern.finditer(text)]
    if way == "sub":
        return lambda text: pattern.sub(lambda found: found[0], text)
    return getattr(pattern, way)


def texts(pattern):
    """Yield a name and what makes a text of a size, in the kind that the pattern reads."""
    for unit in UNITS:
        for before, after in FRAMES:

            def make(size, unit=unit, before=before, after=after):
                text = f"{before}{unit * (size // len(unit))}{after}"
                return text.encode() if isinstance(pattern.pattern, bytes) else text

            yield f"{before!r} {unit!r} {after!r}", make


def test_patterns_are_found():
    assert len({pattern for _, _, pattern in PATTERNS.values()}) >= FEWEST


@pytest.mark.parametrize("name", ["_courtesy", "_closing", "_thanks"])
def test_patterns_made_of_the_catalogs_are_found(name):
    assert f"channels.email.labels.{name}.0" in PATTERNS


def test_what_takes_quadratic_time_is_noticed():
    read, spaces = re.compile(r"\s+;").findall, " ".__mul__
    assert not grows_linearly(read, spaces, size=SIZE, floor_seconds=FLOOR_SECONDS)


@pytest.mark.parametrize("where", sorted(PATTERNS))
def test_a_pattern_takes_linear_time(where):
    module, name, pattern = PATTERNS[where]
    for way in sorted(ways(module, name)):
        read = use(pattern, way)
        for called, make in texts(pattern):
            linear = grows_linearly(read, make, size=SIZE, floor_seconds=FLOOR_SECONDS)
            assert linear, f"{way} {called}"
