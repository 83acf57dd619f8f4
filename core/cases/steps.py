"""The steps of a plan, carried out in SQL: one row for each kind of step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from core.cases.changes import Actor, Changed, Refused
from core.cases.changes.correct import correct
from core.cases.changes.links import link, move_phone
from core.cases.changes.merge import merge
from core.cases.changes.nik import move_nik
from core.cases.evidence import Column, Evidence
from core.cases.plans import Step, StepKind
from core.cases.settling import clear, hold_again, settle
from core.database.statements import Connection, Statement
from core.registration.addresses import NOT_LINKED, Contact, LostRaceError, link_address
from core.registration.decision import Decision
from core.registration.intent import OutcomeKind
from core.registration.standing import RecordStanding
from core.registration.store import New, add_record
from core.registration.superseding import Seen, supersede
from core.registration.terms import Terms
from core.registration.verdict import ask_roster, status_of
from core.roster.lookup import uninvite

_HELD: Final = Decision(kind=OutcomeKind.REGISTERED, makes=RecordStanding.HELD)
_OWN_INTENT = Statement("""
    UPDATE intents
    SET record_id = :record_id, outcome = 'registered', number = :number
    WHERE intent_id = :intent_id
""")


class StepRefusedError(Exception):
    """A step cannot be done: nothing of the plan is; `why` is a key of `Refusal`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class Work:
    """What the steps of one plan share; `made` is the id of the record that one of them makes."""

    evidence: Evidence
    actor: Actor
    terms: Terms
    made: int | None = None

    def column(self, side: str) -> Column:
        """Return the column of a side that the plan has seen."""
        found = self.evidence.column(side)
        if found is None:
            raise StepRefusedError("no_record")
        return found

    def record_id(self, side: str) -> int:
        """Return the id of the record of that side."""
        found = self.column(side).record_id
        if found is None:
            raise StepRefusedError("no_record")
        return found


def run_steps(connection: Connection, steps: tuple[Step, ...], work: Work) -> None:
    """Run the steps in their order; each is known by a key of its own.

    Raises `StepRefusedError` if one cannot be done, and `LostRaceError` to be run again.
    """
    whole = work.actor
    for place, step in enumerate(steps):
        work.actor = replace(whole, key=f"{whole.key}/{place}")
        _STEPS[step.kind](connection, step, work)
    work.actor = whole


def _register(connection: Connection, _: Step, work: Work) -> None:
    """Make a record of the incoming intent, as the roster would have it; it is held."""
    intent, number = work.evidence.intent, work.evidence.spare
    if intent is None or not number:
        raise StepRefusedError("nothing_incoming")
    now = intent.model_copy(update={"received_at": work.actor.at})
    word = ask_roster(connection, now, work.terms)
    status = status_of(now, RecordStanding.HELD, word, work.terms.limits)
    data_key = connection.draw_key()
    new = New(number, _HELD, word, status, work.terms, data_key)
    work.made = add_record(connection.under(data_key), now, new)
    contact = Contact(intent.address, intent.channel, work.actor.at)
    proven = intent.proves_address
    link_address(connection, work.made, contact, NOT_LINKED, verified=proven)
    own = intent.intent_id
    if not connection.run(_OWN_INTENT, record_id=work.made, number=number, intent_id=own):
        raise LostRaceError
    uninvite(connection, campaign=intent.campaign, nik=intent.nik, at=work.actor.at)


def _correct(connection: Connection, step: Step, work: Work) -> None:
    _done(correct(connection, work.record_id(step.side), dict(step.values), work.actor))


def _move_nik(connection: Connection, step: Step, work: Work) -> None:
    nik = step.values["nik"]
    _done(move_nik(connection, work.record_id(step.side), nik, work.actor))


def _link(connection: Connection, step: Step, work: Work) -> None:
    """Link the address that wrote to the record; the official's word proves that it may be."""
    incoming = work.column("incoming")
    if incoming.address is None or incoming.channel is None:
        raise StepRefusedError("nothing_incoming")
    record_id = work.record_id(step.side)
    _done(link(connection, record_id, incoming.address, incoming.channel, work.actor))


def _move_phone(connection: Connection, step: Step, work: Work) -> None:
    phone = step.values["phone"]
    _done(move_phone(connection, work.record_id(step.side), phone, work.actor))


def _supersede(connection: Connection, step: Step, work: Work) -> None:
    column = work.column(step.side)
    seen = Seen(work.record_id(step.side), column.version, column.standing)
    supersede(connection, seen, key=work.actor.key, at=work.actor.at)


def _hold(connection: Connection, step: Step, work: Work) -> None:
    if not hold_again(connection, work.record_id(step.side), work.actor):
        raise StepRefusedError("nik_taken")


def _settle(connection: Connection, step: Step, work: Work) -> None:
    status = step.values.get("status", "")
    settle(connection, work.record_id(step.side), status, work.actor, work.terms)


def _merge(connection: Connection, step: Step, work: Work) -> None:
    fields = step.values.get("fields", "").split(",") if step.values.get("fields") else []
    gone = work.record_id(step.values["gone"])
    _done(merge(connection, work.record_id(step.side), gone, fields, work.actor))


def _clear(connection: Connection, step: Step, work: Work) -> None:
    if not clear(connection, work.record_id(step.side), work.actor):
        raise StepRefusedError("no_record")


def _done(result: Changed | Refused) -> None:
    """Raise the refusal of a change: the plan is wrong by now."""
    if isinstance(result, Refused):
        why = "nik_taken" if result.why == "nik_taken" else "no_record"
        raise StepRefusedError("too_many_addresses" if result.why == "full" else why)


_STEPS: Final[Mapping[StepKind, Callable[[Connection, Step, Work], None]]] = {
    StepKind.REGISTER: _register,
    StepKind.CORRECT: _correct,
    StepKind.MOVE_NIK: _move_nik,
    StepKind.LINK: _link,
    StepKind.MOVE_PHONE: _move_phone,
    StepKind.SUPERSEDE: _supersede,
    StepKind.HOLD: _hold,
    StepKind.SETTLE: _settle,
    StepKind.MERGE: _merge,
    StepKind.CLEAR: _clear,
}
