"""An act of the desk: what an operator can do, as one row that the API and the console share.

A row says who may (its scope), what the audit notes, and whether it changes anything; an act that
lacks one of these cannot be written down. The API's routes, the console's buttons, the OpenAPI
document and the test of every route with every role are derived from the rows.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from core.database.audit import Noted
from core.operators.roles import SHARED, Operator, Scope

REVEAL: Final = "reveal_nik"  # what the audit notes of an act that showed NIKs whole

__all__ = ["REVEAL", "SHARED", "Act", "Answer", "Call", "Content", "NeedsSecondError", "Operator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One use of an act, by whatever way it came.

    `key` is the `Idempotency-Key`, made up where none was given; `version` the `If-Match`, None
    where none was given. `body` is the checked JSON object, without `reason`; `path` and `query`
    are the parameters of the address; `file` is a body that is no JSON. `reveal` shows NIKs
    whole. `confirmed_by` is the second person, "" until there is one. `word` is what the audit
    notes; whoever runs the act sets it.
    """

    operator: Operator
    at: datetime
    key: str = field(repr=False)
    version: int | None = None
    reason: str = field(default="", repr=False)
    path: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    file: bytes = field(default=b"", repr=False)
    reveal: bool = False
    confirmed_by: str = ""
    word: str = ""

    def noted(self, action: str, number: str | None = None) -> Noted:
        """Return the row of the audit, for an act that notes it in its own transaction."""
        return Noted(self.at, action, self.operator.name, number, self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """An answer that is no JSON: a file, whole or in pieces as they are read."""

    media_type: str
    data: bytes | AsyncIterator[bytes] = field(repr=False)
    name: str = ""  # under which a browser saves it; "" to show it


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of it: JSON or `Content`.

    For the audit: `numbers` of the records that were shown or changed, and `what` else it was
    about, such as the number of a case. `noted` says that the act noted it itself, in the
    transaction that changed something.
    """

    value: Any = field(repr=False)
    status: int = 200
    numbers: tuple[str, ...] = ()
    what: str = ""
    noted: bool = False


def rows_of(call: Call, answer: Answer) -> list[Noted]:
    """Return what the audit notes: a row for each person whom the answer is about, or one."""
    action = f"{call.word} {answer.what}".strip()
    return [call.noted(action, number) for number in dict.fromkeys(answer.numbers or (None,))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One row. `path` has Starlette's parameters; `says` is one sentence for the API's document.

    `audit` is the word that the audit notes, with the numbers of the answer and the reason; `body`
    is the JSON schema of the body without `reason`, and `query` that of each parameter in the
    address (OpenAPI 3.1; `gateway.operators.schema` says which parts of it are known). An act that
    `writes` needs a reason, and its answer is kept under its Idempotency-Key; one that needs `two`
    people only files an approval, which a second person confirms. One that is `versioned` needs
    `If-Match`; one that `reveals` shows NIKs whole with `?reveal=1`. A `plain` one is done
    so often that it needs no reason. The body of one with `file` is a file of at most so many
    bytes; it is never kept in an approval, so such an act cannot need `two`.
    """

    name: str
    method: str
    path: str
    scope: Scope
    audit: str
    says: str
    run: Callable[[Call], Awaitable[Answer]]
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    writes: bool = False
    two: bool = False
    file: int = 0
    versioned: bool = False
    reveals: bool = False
    media_types: tuple[str, ...] = ("application/json",)  # of its answer
    plain: bool = False


class NeedsSecondError(Exception):
    """This use of an act needs a second person, as every use of an act with `two` does.

    An act raises it before it has changed anything, unless `call.confirmed_by` names one.
    """
