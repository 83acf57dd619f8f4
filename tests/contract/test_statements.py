"""Every statement of ours is one that both databases take; a slip in one fails by its name."""

import importlib
import re
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest

from core.database.drivers import driver_for
from core.database.statements import Statement

ROOT = Path(__file__).parents[2]
EXPLAINED = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")  # others are run as they stand
NOTHING = defaultdict(lambda: None)  # NULL for every parameter


def sources():
    """Yield the name and the text of each module that makes statements."""
    for path in sorted(path for top in ("core", "gateway") for path in (ROOT / top).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "Statement(" in text:
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts).removesuffix(".__init__"), text


def statements_in(name, value):
    """Yield name and statement for each that the value is or holds."""
    if isinstance(value, Statement):
        yield name, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from statements_in(f"{name}[{key}]", one)
    elif isinstance(value, (list, tuple)):
        for place, one in enumerate(value):
            yield from statements_in(f"{name}[{place}]", one)


def statements_of(module, text):
    """Return the statements made in a module, by name; not those that it imports."""
    found = {}
    for variable, value in vars(importlib.import_module(module)).items():
        if re.search(rf"^{variable}\b.* = ", text, re.MULTILINE):
            found.update(statements_in(f"{module}.{variable}", value))
    return found


def everything(dialect):
    """Return the statements for that database: what is by dialect is for one of them only."""
    other = {"sqlite": "[postgresql]", "postgresql": "[sqlite]"}[dialect]
    found = [statements_of(module, text).items() for module, text in sources()]
    return {name: one for items in found for name, one in items if other not in name}


def faults(url):
    """Return what the database says of each statement that it does not take, by name."""
    driver, found = driver_for(url), {}
    with closing(driver.connect()) as raw:
        cursor = raw.cursor()
        texts = {
            name: one.text(driver.dialect) for name, one in everything(driver.dialect).items()
        }
        for name, text in sorted(texts.items(), key=lambda one: bool(EXPLAINED.match(one[1].sql))):
            before = "EXPLAIN " if EXPLAINED.match(text.sql) else ""
            try:
                cursor.execute(before + text.sql, text.bind(NOTHING))
            except driver.errors as error:
                found[name] = str(error)
    return found


def test_the_database_takes_every_statement(database_url):
    assert faults(database_url) == {}


@pytest.mark.parametrize(("module", "text"), [pytest.param(*one, id=one[0]) for one in sources()])
def test_none_is_made_where_this_does_not_look(module, text):
    assert len(statements_of(module, text)) >= text.count("Statement(")
