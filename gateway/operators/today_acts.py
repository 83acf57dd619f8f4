"""Acts that the first pages of the desk show: the day, the seats, the outbox."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from core.database.statements import Connection
from core.messages import Channel
from core.operators.dead_letters import STATUSES, retry
from core.operators.outbox_search import ITEMS_MAX, Wanted, find_messages
from core.operators.roles import Scope
from core.operators.today import read_seats, read_today
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.deeds import write_noted
from gateway.operators.desk import Desk

SEATS_SECONDS: Final = 60  # how long the counts of seats are kept: they read every slot
TEXT_CHARACTERS_MAX: Final = 120
_TEXT: Final = {"type": "string", "maxLength": TEXT_CHARACTERS_MAX}
_DAY: Final = {"type": "string", "format": "date"}
_MESSAGES: Final = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": sorted(STATUSES)},
        "channel": {"type": "string", "enum": sorted(Channel)},
        "provider": _TEXT,
        "why": _TEXT,
        "since": _DAY,
        "until": _DAY,
        "after": {"type": "integer", "minimum": 0},
    },
}
_ID: Final = {"type": "string", "pattern": r"^[0-9]{1,18}$", "maxLength": 18}
_IDS: Final = {
    "type": "object",
    "properties": {"ids": {"type": "array", "items": _ID, "minItems": 1, "maxItems": ITEMS_MAX}},
    "required": ["ids"],
}
Read = Callable[[datetime], Awaitable[dict[str, Any]]]


def today_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""
    database, campaign = desk.database, desk.campaign.id

    async def today(call: Call) -> Answer:
        return Answer(value=await database.read(partial(read_today, now=call.at)))

    async def count_seats(now: datetime) -> dict[str, Any]:
        return await database.read(partial(read_seats, campaign=campaign, now=now))

    kept = _Kept(count_seats)

    async def seats(call: Call) -> Answer:
        return Answer(value=await kept.read(call.at))

    async def messages(call: Call) -> Answer:
        found = await database.read(partial(find_messages, wanted=Wanted(**call.body)))
        return Answer(value=found._asdict())

    async def retry_messages(call: Call) -> Answer:
        ids = [int(one) for one in call.body["ids"]]

        def run(connection: Connection) -> Answer:
            return Answer(value={"ids": list(retry(connection, ids, call.at))})

        return await write_noted(database, call, run)

    return (
        Act(
            name="today",
            method="GET",
            path="/api/v1/today",
            scope=Scope.OVERVIEW,
            audit="today",
            says="Count what waits: cases, messages, checks and approvals, and since when.",
            run=today,
        ),
        Act(
            name="seats",
            method="GET",
            path="/api/v1/seats",
            scope=Scope.OVERVIEW,
            audit="seats",
            says="Count the free seats of the next days by regency, and today's appointments.",
            run=seats,
        ),
        Act(
            name="find_messages",
            method="POST",
            path="/api/v1/messages/search",
            scope=Scope.OVERVIEW,
            audit="find_messages",
            says="List messages by what became of them, addresses masked, without texts.",
            run=messages,
            body=_MESSAGES,
        ),
        Act(
            name="retry_messages",
            method="POST",
            path="/api/v1/messages/retry",
            scope=Scope.SETUP,
            audit="retry_messages",
            says="Try dead messages again, at once and by any provider.",
            run=retry_messages,
            body=_IDS,
            writes=True,
        ),
    )


class _Kept:
    """An answer that is read anew once it is older than `SEATS_SECONDS`."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._answer: dict[str, Any] = {}
        self._until: datetime | None = None

    async def read(self, now: datetime) -> dict[str, Any]:
        if self._until is None or now >= self._until:
            self._answer = await self._read(now)
            self._until = now + timedelta(seconds=SEATS_SECONDS)
        return self._answer
