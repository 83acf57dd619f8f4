"""Cases as JSON: three columns with their differences, the suggestion, and where they stand."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from core.cases.carry_out import Preview
from core.cases.case import Case
from core.cases.desk import Shown
from core.cases.evidence import COLUMNS, Column, Evidence
from core.cases.messages import Told
from core.cases.plans import Step
from core.cases.suggestions import Suggestion
from core.cases.undo import UNDO_HOURS
from core.fields.nik import mask
from core.messages import Channel, Prompt, Reply
from core.wording.catalog import Wording
from core.wording.data import Style
from core.wording.gsm7 import SEGMENT_SEPTETS, septets

LANGUAGE: Final = "en"  # of what the API says; the console has its own
_LONG: Final = (Channel.WHATSAPP, Channel.EMAIL)
_SHOWN: Final = (
    *("number", "full_name", "profession", "phone", "facility_code", "standing", "status"),
)
_PART_SEPTETS: Final = 153  # of one part of a longer SMS


def shown_case(shown: Shown, wording: Wording, *, now: datetime, whole: bool) -> dict[str, Any]:
    """Return a case as the API shows it; NIK, birth date and sex only if `whole`."""
    case, evidence = shown.case, shown.evidence
    columns = {
        name: shown_column(evidence.column(name), evidence, whole=whole) for name in COLUMNS
    }
    return {
        **shown_state(case, now),
        "kind": evidence.kind.value,
        "tries": case.tries,
        **columns,
        "likeness": {",".join(pair): tie.likeness for pair, tie in evidence.ties.items()},
        "suggestion": shown_suggestion(shown.suggestion, wording),
        "version": evidence.version,
    }


def shown_state(case: Case, now: datetime) -> dict[str, Any]:
    """Return where a case stands."""
    return {
        "id": case.number,
        "number": case.number,
        "kind": case.kind,
        "status": case.state(now).value,
        "opened_at": case.opened_at,
        "taken_by": case.holder(now) or None,
        "decision": case.decision or None,
        "decided_by": case.decided_by or None,
        "decided_at": case.decided_at or None,
        "reason": case.reason or None,
        "undo_until": _undo_until(case),
    }


def _undo_until(case: Case) -> str | None:
    if not case.undo:
        return None
    return (datetime.fromisoformat(case.decided_at) + timedelta(hours=UNDO_HOURS)).isoformat()


def shown_column(
    column: Column | None, evidence: Evidence, *, whole: bool
) -> dict[str, Any] | None:
    """Return what one side says, and on which fields the sides differ."""
    if column is None:
        return None
    said = {name: getattr(column, name) or None for name in _SHOWN}
    address = column.address
    return {
        **said,
        "nik": (column.nik if whole else mask(column.nik)) if column.nik else None,
        "birth_date": (column.birth_date or None) if whole else None,
        "sex": (column.sex or None) if whole else None,
        "address": address.value if address else None,
        "proven": bool(address and address in column.proven) or column.proves_address,
        "booked": column.booked,
        "channel": column.channel,
        "voucher": column.voucher,
        "received_at": column.at.isoformat() if column.at else None,
        "differs": sorted(name for name in evidence.differences if getattr(column, name)),
    }


def shown_suggestion(
    suggestion: Suggestion | None, wording: Wording, language: str = LANGUAGE
) -> dict[str, Any] | None:
    """Return a suggestion, with its reason in words, and as a phrase to be said otherwise."""
    if suggestion is None:
        return None
    decision, reason, certain = suggestion
    words = say(reason, wording, language)
    phrase = {"code": reason.key, "facts": dict(reason.args)}
    return {"decision": decision.value, "reason": words, "certain": certain, **phrase}


def say(prompt: Prompt, wording: Wording, language: str = LANGUAGE) -> str:
    """Return the words of one phrase."""
    return wording.text(Reply((prompt,), language), "short")


def shown_preview(preview: Preview, wording: Wording) -> dict[str, Any]:
    """Return what a decision would change, and the words that each person would get."""
    return {
        "version": preview.evidence.version,
        "ends": preview.plan.ends.value,
        "changes": [_change(step, preview.evidence) for step in preview.plan.steps],
        "messages": [shown_message(one, wording) for one in preview.messages],
    }


def _change(step: Step, evidence: Evidence) -> dict[str, Any]:
    """Return one change: the number of its record, and each field before and after."""
    column = evidence.column(step.side) if step.side != "new" else None
    number = column.number if column else evidence.spare
    fields = {
        name: {"from": getattr(column, name, None) or None, "to": _masked(name, value)}
        for name, value in step.values.items()
    }
    return {"change": step.kind.value, "number": number, "fields": _mask_from(fields)}


def _masked(name: str, value: str) -> str:
    return mask(value) if name == "nik" else value


def _mask_from(fields: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Hide the NIK before, too."""
    return {
        name: {**field, "from": mask(field["from"])} if name == "nik" and field["from"] else field
        for name, field in fields.items()
    }


def shown_message(told: Told, wording: Wording) -> dict[str, Any]:
    """Return a message word for word, as its channel will show it."""
    message = told.message
    style: Style = "long" if message.channel in _LONG else "short"
    text = wording.text(message.reply, style)
    return {
        "to": told.side,
        "channel": message.channel.value,
        "address": message.address.value,
        "language": message.reply.language,
        "text": text,
        "segments": _segments(text) if message.channel is Channel.SMS else None,
    }


def _segments(text: str) -> int:
    length = septets(text)
    return 1 if length <= SEGMENT_SEPTETS else -(-length // _PART_SEPTETS)
