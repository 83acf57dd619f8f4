"""Acts on the audit: search it, and export it with its chain."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime, timedelta, timezone
from functools import partial
from typing import Any, Final

from core.database.database import Database
from core.database.statements import iso_utc
from core.operators.audit_search import Wanted, read_page, search_audit
from core.operators.roles import Scope
from gateway.operators.acts import Act, Answer, Call, Content
from gateway.operators.desk import Desk
from gateway.operators.requests import read_number
from gateway.operators.schema import Schema

ITEMS_MAX: Final = 100
_SHOWN: Final = ("id", "at", "operator", "action", "number", "why")
_JAKARTA: Final = timezone(timedelta(hours=7))
_DATE: Final[Schema] = {"type": "string", "format": "date"}
_BODY: Final[Schema] = {
    "type": "object",
    "properties": {
        "who": {"type": "string", "minLength": 1, "maxLength": 64},
        "number": {"type": "string", "minLength": 1, "maxLength": 40},
        "action": {"type": "string", "pattern": "^[a-z_]+$", "maxLength": 40},
        "since": _DATE,
        "until": _DATE,
        "before": {"type": "integer", "minimum": 1, "maximum": 2**62},
    },
}


def audit_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""
    database = desk.database

    async def search(call: Call) -> Answer:
        searching = partial(search_audit, wanted=_wanted(call), limit=ITEMS_MAX + 1)
        found = await database.read(searching)
        items = [{name: getattr(row, name) for name in _SHOWN} for row in found[:ITEMS_MAX]]
        more = items[-1]["id"] if len(found) > ITEMS_MAX else None
        return Answer(value={"items": items, "next": more})

    async def export(_call: Call) -> Answer:
        lines = Content(media_type="application/jsonl", data=_lines(database), name="audit.jsonl")
        return Answer(value=lines)

    return (
        Act(
            name="search_audit",
            method="POST",
            path="/api/v1/audit/search",
            scope=Scope.AUDIT_OWN,
            audit="audit",
            says="Find what was done or seen, the newest first; an officer finds only own rows.",
            run=search,
            body=_BODY,
        ),
        Act(
            name="export_audit",
            method="GET",
            path="/api/v1/audit",
            scope=Scope.AUDIT,
            audit="export_audit",
            says="Export the whole audit, a JSON object a line, for verify_audit.py.",
            run=export,
            media_types=("application/jsonl",),
        ),
    )


def _wanted(call: Call) -> Wanted:
    """Return what is searched for; whoever may not see all sees what they did themselves."""
    body: Mapping[str, Any] = call.body
    number = read_number(body["number"]) if "number" in body else ""
    return Wanted(
        who=body.get("who", "") if Scope.AUDIT in call.operator.scopes else call.operator.name,
        number=number,
        action=body.get("action", ""),
        since=_begin(body["since"]) if "since" in body else "",
        until=_begin(body["until"], days=1) if "until" in body else "",
        before=body.get("before", 0),
    )


def _begin(day: str, *, days: int = 0) -> str:
    """Return when the day, or one so many later, begins in Jakarta, as times are stored."""
    later = date.fromisoformat(day) + timedelta(days=days)
    return iso_utc(datetime(later.year, later.month, later.day, tzinfo=_JAKARTA))


async def _lines(database: Database) -> AsyncIterator[bytes]:
    """Yield a line for each row in the order of the chain, and one with its head."""
    after, head = 0, ""
    while True:
        rows, head = await database.read(partial(read_page, after=after))
        if not rows:
            break
        yield b"".join(_line(row._asdict()) for row in rows)
        after = rows[-1].id
    yield _line({"head": head})


def _line(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
