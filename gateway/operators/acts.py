"""An act of the desk: what an operator can do, as one row that the API and the console share.

A row says who may (its scope), what the audit notes, and whether it changes anything; an act that
lacks one of these cannot be written down. The API's routes, the console's buttons, the OpenAPI
document and the test of every route with every role are derived from the rows.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from core.operators.roles import Role, Scope

SHARED: Final = "operator"  # who speaks with SATUPINTU_OPERATOR_TOKEN: a manager


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who acts; `scopes` are those of the role, or fewer for a personal token."""

    name: str
    role: Role
    scopes: frozenset[Scope]
    facility_code: str = ""  # of the role `facility`: the only one it sees


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One use of an act, by whatever way it came.

    `key` is the `Idempotency-Key`, made up where none was given; `version` the `If-Match`, None
    where none was given. `body` is the checked JSON object; `path` the parameters in the path.
    """

    operator: Operator
    at: datetime
    key: str = field(repr=False)
    version: int | None = None
    reason: str = field(default="", repr=False)
    path: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of it: JSON, and for the audit the numbers of the records that were shown."""

    value: Any = field(repr=False)
    status: int = 200
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One row. `path` has Starlette's parameters; `says` is one sentence for the API's document.

    `audit` is the word that the audit notes, with the numbers of the answer and the reason; `body`
    is the JSON schema of the body (OpenAPI 3.1), None for an act without one. An act that `writes`
    needs a reason, and its answer is kept under its Idempotency-Key; one that needs `two` people
    only files an approval, which a second person confirms.
    """

    name: str
    method: str
    path: str
    scope: Scope
    audit: str
    says: str
    run: Callable[[Call], Awaitable[Answer]]
    body: Mapping[str, Any] | None = None
    writes: bool = False
    two: bool = False
