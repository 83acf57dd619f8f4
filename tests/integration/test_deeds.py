"""What an act changes is in the audit by the same commit: a crash leaves no deed unnoted."""

from functools import partial

import pytest

from core.database.statements import Statement
from core.operators.roles import Scope, shared_operator
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.deeds import followed, note_first, noting, write_noted
from tests.fixtures.deeds import WatchedDatabase, WatchedRunner
from tests.fixtures.desk import make_desk
from tests.scripts import START

CALL = Call(operator=shared_operator(), at=START, key="k", reason="asked by phone", word="toy")
DO = Statement("""
    INSERT INTO opt_outs (kind, value, out, at)
    VALUES ('phone', '+62811', 1, '2021')
""")
DONE = Statement("SELECT value FROM opt_outs")
NOTED = Statement("SELECT action FROM audit ORDER BY id")


def do(connection):
    connection.run(DO)
    return Answer(value={}, what="done")


async def apart(desk, call):
    await desk.database.write(do)
    await note_first(desk.database, call)
    return Answer(value={}, noted=True)


async def never(desk, _call):
    await desk.database.write(do)
    return Answer(value={}, noted=True)


async def together(desk, call):
    return await write_noted(desk.database, call, do)


async def as_an_effect(desk, call):
    await noting(desk, call.noted("toy done")).database.write(do)
    return Answer(value={}, noted=True)


async def first(desk, call):
    await note_first(desk.database, call, "done")
    await desk.database.write(do)
    return Answer(value={}, noted=True)


async def carry_out(database, deed, name="toy"):
    desk = make_desk(WatchedDatabase(database))
    given = {"method": "POST", "path": "/toy", "scope": Scope.DECIDE, "says": "A toy."}
    act = Act(name=name, audit="toy", run=partial(deed, desk), writes=True, **given)
    return await WatchedRunner(desk.database).carry_out(act, CALL)


async def kept(database):
    """Return whether the deed is kept, and what is noted."""
    done = await database.read(lambda on: on.all(DONE))
    noted = await database.read(lambda on: on.all(NOTED))
    return bool(done), [row[0] for row in noted]


@pytest.mark.parametrize("deed", [apart, never, first])
async def test_a_deed_that_another_transaction_notes_is_found_out(database, deed):
    with pytest.raises(AssertionError, match=r"toy changed {'opt_outs'}"):
        await carry_out(database, deed)


@pytest.mark.parametrize(
    ("deed", "name"), [(together, "toy"), (as_an_effect, "toy"), (first, "invite")]
)
async def test_what_is_done_is_noted_with_it(database, deed, name):
    await carry_out(database, deed, name)
    assert await kept(database) == (True, ["toy done"])


async def test_a_deed_without_a_note_is_no_act(database):
    async def look(_desk, _call):
        return Answer(value={})

    with pytest.raises(AssertionError, match="toy notes nothing"):
        await carry_out(database, look)


async def test_a_deed_that_is_refused_is_neither_done_nor_noted(database):
    def refuse(connection):
        do(connection)
        raise ProblemError(409, "not now")

    async def deed(desk, call):
        return await write_noted(desk.database, call, refuse)

    with pytest.raises(ProblemError):
        await carry_out(database, deed)
    assert await kept(database) == (False, [])


async def test_a_deed_is_not_kept_where_noting_it_fails(database):
    def crash(*_):
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await followed(make_desk(database), crash).database.write(do)
    assert await kept(database) == (False, [])
