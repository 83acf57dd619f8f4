"""What the drill would say, were a promise broken."""

from random import Random
from types import SimpleNamespace

import pytest

from tests.drill.play import Row, judge
from tests.drill.redis_scenes import SCENES
from tests.drill.table import BEGIN, COLUMNS, END, HEAD, line_of, write
from tests.fixtures.load import Load
from tests.fixtures.wires import SECRETS

PEOPLE = 4


async def test_whoever_was_told_what_is_not_on_record_is_lost(gateway):
    running = gateway(**SECRETS).start()
    row = Row(SCENES[0], Load(PEOPLE, 0.1, Random(1)))
    await row.load.play(running.http_port)
    judge(row, running)
    assert (row.told, row.lost, row.doubled, row.is_broken) == (PEOPLE, 0, 0, False)
    one, other, *_ = row.load.people
    one.told, other.told = "0000-0000", one.told
    judge(row, running)
    assert (row.told, row.lost, row.is_broken) == (PEOPLE, 2, True)
    other.told = row.load.people[2].told
    row.load.people[3].told = None
    judge(row, running)
    assert (row.told, row.lost, row.doubled) == (PEOPLE - 1, 2, 1)


@pytest.mark.parametrize(
    ("errors", "said"), [([], "green"), ([3.0], "green: it"), ([3.0, 9.5, 0.5], "kept, but 2 ")]
)
def test_the_verdict_tells_a_fault_from_its_aftermath(errors, said):
    load = SimpleNamespace(people=[], errors=errors, unlike=0)
    row = Row(SCENES[0]._replace(meaning="it"), load, faults=[(1.0, 4.0)])
    assert row.verdict().startswith(said)


def test_a_scene_that_is_not_played_keeps_its_line(tmp_path):
    page, rest = tmp_path / "page.md", "-" * (len(COLUMNS) - 1)
    page.write_text(f"before\n{BEGIN}\n{END}\nafter\n")
    write([line_of("b", *rest), line_of("a", *rest)], "ab", "", page=page)
    write([line_of("b", *rest.replace("-", "1"))], "ab", "It was busy.", page=page)
    text = page.read_text()
    table = "\n".join((*HEAD, line_of("a", *rest), line_of("b", *rest.replace("-", "1"))))
    assert f"{table}\n" in text
    assert "It was busy.\n" in text
    assert (text.startswith("before\n"), text.endswith("after\n")) == (True, True)
