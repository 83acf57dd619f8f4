"""Decisions about two people, or one under two names, NIKs or records. Pure."""

from core.cases.evidence import Column, Evidence
from core.cases.plans import Params, Plan, Refusal, Step, StepKind, Telling, Words
from core.fields.name_matching import fold_name
from core.registration.standing import RecordStanding


def keep_record(e: Evidence, _: Params) -> Plan | Refusal:
    """Take both for one person; the record stays, and the incoming address belongs to it."""
    if e.on_file is None:
        return Refusal(why="no_record")
    links = _links(e)
    retires = _retires(e)
    return Plan(steps=(*retires, *links), tells=(tell(Words.KEPT, "incoming", e.on_file),))


def take_new(e: Evidence, _: Params) -> Plan | Refusal:
    """Take both for one person; the record gets the incoming name, profession and phone."""
    if e.on_file is None or e.incoming is None:
        return Refusal(why="no_record")
    steps = [*_retires(e), *_corrects(e.incoming, e.on_file), *_links(e)]
    if e.same("incoming", "roster") and e.on_file.status != "verified":
        steps.append(Step(kind=StepKind.SETTLE, side="on_file", values={"status": "verified"}))
    return Plan(steps=tuple(steps), tells=_tell_both(Words.CORRECTED, e, e.on_file))


def hand_over(e: Evidence, params: Params) -> Plan | Refusal:
    """Give the NIK to the incoming person; the record on file yields, or moves to another NIK."""
    if e.incoming is None or e.on_file is None:
        return Refusal(why="no_record")
    if e.wish:
        return Refusal(why="nothing_incoming")
    if params.get("nik"):
        return move_away(e, params)
    gone = Step(kind=StepKind.SUPERSEDE, side="on_file")
    told = tell(Words.YIELDED, "on_file", e.on_file)
    return Plan(steps=(gone, *_enters(e)), tells=(*_tell_entered(e), told))


def move_away(e: Evidence, params: Params) -> Plan | Refusal:
    """Move the record on file to its right NIK, and give this one to the incoming person."""
    if e.wish:
        return Refusal(why="nothing_incoming")
    moved = move_to(e, params.get("nik", ""))
    if isinstance(moved, Refusal) or e.incoming is None:
        return moved
    return Plan(steps=(*moved.steps, *_enters(e)), tells=(*_tell_entered(e), *moved.tells))


def move_to(e: Evidence, nik: str) -> Plan | Refusal:
    """Move the record on file to the NIK, unless another record holds it; its number stays."""
    if e.on_file is None:
        return Refusal(why="no_record")
    if not nik or nik == e.on_file.nik:
        return Refusal(why="nik_needed")
    if e.target is not None and e.target.record_id != e.on_file.record_id:
        return Refusal(why="nik_taken")
    step = Step(kind=StepKind.MOVE_NIK, side="on_file", values={"nik": nik})
    told = tell(Words.NIK_MOVED, "on_file", e.on_file, nik_end=nik[-4:])
    return Plan(steps=(step,), tells=(told,))


def move_to_incoming(e: Evidence, params: Params) -> Plan | Refusal:
    """Move the record on file, whose NIK was mistyped, to the incoming one; its number stays."""
    nik = params.get("nik") or (e.incoming.nik if e.incoming else "")
    moved = move_to(e, nik)
    if isinstance(moved, Refusal):
        return moved
    steps = [*moved.steps, *_links(e)]
    if nik == (e.roster.nik if e.roster else "") and e.same("on_file", "roster"):
        steps.append(Step(kind=StepKind.SETTLE, side="on_file"))
    told = tell(Words.NIK_MOVED, "incoming", e.on_file, nik_end=nik[-4:])
    return Plan(steps=tuple(steps), tells=(told, *moved.tells))


def register(e: Evidence, _: Params) -> Plan | Refusal:
    """Make a record of what is incoming, beside the one on file: two people."""
    if e.incoming is None or e.incoming.record_id is not None or e.wish:
        return Refusal(why="nothing_incoming")
    if e.on_file is not None and e.on_file.nik == e.incoming.nik:
        return Refusal(why="nik_taken")
    return Plan(steps=(Step(kind=StepKind.REGISTER, side="new"),), tells=_tell_entered(e))


def refuse_incoming(e: Evidence, _: Params) -> Plan | Refusal:
    """Tell the incoming person that the NIK is another's; what is on file stays."""
    if e.incoming is None:
        return Refusal(why="nothing_incoming")
    if e.wish:
        return Plan(tells=(tell(Words.KEPT, "incoming", e.on_file),))
    yielded = e.incoming.standing in (RecordStanding.CONTESTED, RecordStanding.SUPERSEDED)
    if yielded:
        told = tell(Words.YIELDED, "incoming", e.incoming)
    else:
        end = e.incoming.nik[-4:]
        told = Telling(words=Words.REFUSED, side="incoming", facts={"nik_end": end})
    return Plan(steps=tuple(_retires(e)), tells=(told,))


def merge(e: Evidence, params: Params) -> Plan | Refusal:
    """Make one record of the record on file and another: the incoming one, or the named one."""
    other = "incoming" if e.incoming and e.incoming.record_id is not None else "target"
    gone = e.column(other)
    if e.on_file is None or gone is None or gone.record_id is None:
        return Refusal(why="number_needed")
    if gone.record_id == e.on_file.record_id:
        return Refusal(why="same_record")
    kept, lost = "on_file", other
    if params.get("keeps") == gone.number:
        kept, lost = other, "on_file"
    elif params.get("keeps", e.on_file.number) != e.on_file.number:
        return Refusal(why="number_needed")
    numbers = {"number": _at(e, kept).number, "gone": _at(e, lost).number}
    step = Step(
        kind=StepKind.MERGE, side=kept, values={"gone": lost, "fields": params.get("fields", "")}
    )
    tells = tuple(
        Telling(words=Words.MERGED, side=side, facts=numbers) for side in ("on_file", other)
    )
    return Plan(steps=(step,), tells=tells)


def is_reached(column: Column | None) -> bool:
    """Return whether a message can reach the person of the column."""
    return column is not None and column.address is not None


def tell(words: Words, side: str, record: Column | None, **facts: str) -> Telling:
    """Return words for one side, with the number of the record that they are about."""
    number = {"number": record.number} if record else {}
    return Telling(words=words, side=side, facts={**number, **facts})


def _tell_both(words: Words, e: Evidence, record: Column) -> tuple[Telling, ...]:
    """Tell whoever came, and whoever is on file: the same words, once where they are one."""
    sides = ("incoming", "on_file")
    return tuple(tell(words, side, record) for side in sides if e.column(side))


def _tell_entered(e: Evidence) -> tuple[Telling, ...]:
    number = e.incoming.number if e.incoming and e.incoming.number else e.spare
    return (Telling(words=Words.REGISTERED, side="incoming", facts={"number": number}),)


def _corrects(new: Column, old: Column) -> list[Step]:
    values = {name: value for name in ("profession",) if (value := getattr(new, name))}
    if fold_name(new.full_name) != fold_name(old.full_name):
        values["full_name"] = new.full_name
    if new.proves_address and new.phone:
        values["phone"] = new.phone
    values = {name: value for name, value in values.items() if value != getattr(old, name)}
    return [Step(kind=StepKind.CORRECT, side="on_file", values=values)] if values else []


def _links(e: Evidence) -> list[Step]:
    """Link an incoming address that the network vouches for, unless it is linked as proven."""
    incoming, on_file = e.incoming, e.on_file
    if incoming is None or on_file is None or e.wish or not incoming.proves_address:
        return []
    known = incoming.address in on_file.proven
    return [] if known else [Step(kind=StepKind.LINK, side="on_file")]


def _retires(e: Evidence) -> list[Step]:
    """Let an incoming record that is contested yield for good."""
    contested = e.incoming is not None and e.incoming.standing == RecordStanding.CONTESTED
    return [Step(kind=StepKind.SUPERSEDE, side="incoming")] if contested else []


def _enters(e: Evidence) -> list[Step]:
    """Make the incoming person a record that is held: its own where it has one, or a new one."""
    assert e.incoming is not None
    if e.incoming.record_id is None:
        return [Step(kind=StepKind.REGISTER, side="new")]
    held = Step(kind=StepKind.HOLD, side="incoming")
    return [held, Step(kind=StepKind.SETTLE, side="incoming")]


def _at(e: Evidence, side: str) -> Column:
    found = e.column(side)
    assert found is not None
    return found
