"""A change of one record by an official: found, compared, changed, told and noted at once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from core.cases.changes import Actor, Changed, Refused, Why
from core.cases.plans import Words
from core.cases.tell import Telling, tell
from core.database.audit import note
from core.database.statements import Connection, Statement
from core.messages import AddressKind
from core.operators.calls import digest_of
from core.registration.addresses import retry_lost_races
from core.registration.statements import OF_NUMBER
from gateway.http.problems import ProblemError
from gateway.operators.acts import Answer, Call
from gateway.operators.desk import Desk
from gateway.operators.requests import read_number
from gateway.operators.runner import check_version

DESK: Final = "desk"  # the provider of what an official writes, and the channel of a consent
UNKNOWN: Final = "no registration has this number"
_WHY: Final[dict[Why, tuple[int, str]]] = {
    "unknown": (404, UNKNOWN),
    "closed": (409, "the registration was withdrawn or merged, or gave way to another"),
    "nik_taken": (409, "another registration has this NIK"),
    "not_linked": (409, "the address is none of the registration's"),
    "full": (409, "the registration has as many addresses as it may"),
    "same": (422, "these are one registration"),
}
# Locked as a booking locks it: the version that is compared is the one that is changed.
_FIND = Statement(
    "SELECT id, version FROM records WHERE id = {of_number} FOR UPDATE", of_number=OF_NUMBER
)


class Tells(NamedTuple):
    """What the person is told of the change, with the facts that stand in the words."""

    words: Words
    facts: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change: `run` gets the record's id; `keys` are those to lock, of a new NIK or phone."""

    word: str  # in the audit
    run: Callable[[Connection, int, Actor], Changed | Refused]
    tells: tuple[Tells, ...] = ()
    keys: tuple[int, ...] = ()


def actor_of(call: Call) -> Actor:
    """Return who changes something: the same Idempotency-Key of an operator changes it once."""
    key = digest_of(call.operator.name, call.key)
    return Actor(name=call.operator.name, key=key, at=call.at, reason=call.reason)


async def change_record(desk: Desk, call: Call, change: Change) -> Answer:
    """Return what was changed; raise `ProblemError` (404, 409, 422) if it cannot be."""
    number = read_number(call.path["number"])
    operation = partial(_change, desk=desk, call=call, change=change, number=number)
    write = partial(desk.database.write, operation, alone=True, keys=change.keys)
    changed = await retry_lost_races(write)
    value = {"number": changed.number, "changed": sorted(changed.old)}
    return Answer(value=value, numbers=(changed.number,), noted=True)


def refuse(refused: Refused) -> ProblemError:
    """Return the error that says why nothing was changed."""
    status, detail = _WHY[refused.why]
    return ProblemError(status, detail, more={"number": refused.number} if refused.number else {})


def find(connection: Connection, number: str, call: Call) -> int:
    """Return the id of the record, locked; raise `ProblemError` (404, 409) as things stand."""
    row = connection.one(_FIND, number=number)
    if row is None:
        raise ProblemError(404, UNKNOWN)
    check_version(call, row[1], {"number": number})
    return int(row[0])


def _change(
    connection: Connection, *, desk: Desk, call: Call, change: Change, number: str
) -> Changed:
    actor = actor_of(call)
    record_id = find(connection, number, call)
    changed = change.run(connection, record_id, actor)
    if isinstance(changed, Refused):
        raise refuse(changed)
    if changed.old:
        tells = (*change.tells, *_told_of_unlinking(changed))
        _tell(connection, record_id, tells, actor, desk.countries)
    note(connection, call.noted(change.word, changed.number))
    return changed


def _told_of_unlinking(changed: Changed) -> tuple[Tells, ...]:
    """Return what a phone that was unlinked is told, once."""
    kind, _, value = (changed.old.get("unlink") or "").partition(":")
    return (Tells(Words.UNLINKED, {"to": value}),) if kind == AddressKind.PHONE else ()


def _tell(
    connection: Connection,
    record_id: int,
    tells: Iterable[Tells],
    actor: Actor,
    countries: frozenset[str],
) -> None:
    for place, one in enumerate(tells):
        how = Telling(f"{actor.key}/told/{place}", actor.at, countries)
        tell(connection, record_id, one.words, how, one.facts)
