"""The list of staff that a letter brought beside its files, as the letter's case shows it.

Once the list is answered, its rows are those of the answer, as long as the outbox says it; then
only the result of each is left.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from pydantic import Field

from core.cases.case import Case
from core.conversation.register.list_answer import FAILED, WRONG
from core.database.statements import Connection, Statement
from core.fields.nik import DIGITS, mask
from core.messages import Inbound, ListedPerson, Prompt, Reply
from core.operators.views import View
from core.registration.evidence import evidence_key

ROWS_SHOWN_MAX: Final = 100
WAITING: Final = "waiting"  # the result of a row that is not recorded yet
_LETTER: Final = "letter:"  # how the key of a letter's case begins
_LISTS = Statement("""
    SELECT key, letter, state, persons, results
    FROM lists
    WHERE received_at = :at AND value = :mailbox
    ORDER BY id
""")
_ANSWER = Statement("SELECT reply FROM outbox WHERE key = :key")


class ListRow(View):
    """A row; `row` is its place as the sender reads it, `part/row` in a letter of several lists.

    `result` is that of the row in the answer, such as `registered_verified`, or `wrong` (with
    `faults`, keys of phrases), `failed`, `waiting`. `nik` is masked; number is that of the record.
    """

    row: str
    result: str
    full_name: str = Field(default="", repr=False)
    nik: str = ""
    number: str | None = None
    faults: tuple[str, ...] = ()


class LetterList(View):
    """A list: `staged`, `answered`, or `failed` (left to an official).

    `counts` has all its rows by result; `rows` at most `ROWS_SHOWN_MAX`, those to mend first.
    """

    status: str
    counts: dict[str, int]
    rows: tuple[ListRow, ...]


def read_list(connection: Connection, case: Case) -> LetterList | None:
    """Return the list in the letter that the case is about; None if it brought none."""
    if not case.key.startswith(_LETTER):
        return None
    found = connection.all(_LISTS, at=case.opened_at, mailbox=case.value)
    for key, letter, state, persons, results in found:
        if f"{_LETTER}{evidence_key(msgspec.json.decode(letter, type=Inbound))}" == case.key:
            answered = state == "answered"
            rows = list(
                _of_answer(connection, key, results) if answered else _kept(state, persons)
            )
            return _ordered(state, rows)
    return None


def _ordered(state: str, rows: Iterable[ListRow]) -> LetterList:
    ordered = sorted(rows, key=lambda one: one.result not in (WRONG, FAILED))
    counts = Counter(one.result for one in ordered)
    return LetterList(status=state, counts=dict(counts), rows=tuple(ordered[:ROWS_SHOWN_MAX]))


def _of_answer(connection: Connection, key: str, results: str) -> Iterator[ListRow]:
    """Yield the rows that the answer tells; without it, the result of each."""
    answer = connection.one(_ANSWER, key=key)
    reply = msgspec.json.decode(answer[0], type=Reply) if answer else Reply((), "")
    rows = [row for prompt in reply.prompts if (row := _told(prompt))]
    yield from rows or _bare(results)


def _bare(results: str) -> Iterator[ListRow]:
    for part, row, result in msgspec.json.decode(results, type=list[tuple[int, int, str]]):
        yield ListRow(row=f"{part}/{row}", result=result)


def _told(prompt: Prompt) -> ListRow | None:
    args = prompt.args
    results = {
        "list_row": args.get("result", "").removeprefix("@list_result_"),
        "list_row_wrong": FAILED if prompt.choices == ("list_fault_failed",) else WRONG,
    }
    if prompt.key not in results:
        return None
    return ListRow(
        row=args["row"],
        result=results[prompt.key],
        full_name=args["full_name"].removeprefix("@text:"),
        nik=args["nik"].removeprefix("-"),
        number=args.get("number", "").removeprefix("-") or None,
        faults=prompt.choices,
    )


def _kept(state: str, persons: str) -> Iterator[ListRow]:
    """Yield the rows of a list that is not answered, as they were written."""
    for one in msgspec.json.decode(persons, type=tuple[ListedPerson, ...]):
        yield ListRow(
            row=f"{one.part}/{one.row}",
            result=WAITING if state == "staged" else FAILED,
            full_name=one.answers.get("full_name", ""),
            nik=_masked(one.answers.get("nik", "")),
        )


def _masked(text: str) -> str:
    digits = "".join(one for one in text if one.isdecimal())
    return mask(digits) if len(digits) == DIGITS else ""
