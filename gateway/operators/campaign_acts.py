"""Acts on the campaign as a whole: its funnel, and the invitations to those who may register."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from core.conversation.funnel import STEPS
from core.fields.timezones import WIB, local
from core.operators.funnel import DAYS_SHOWN_MAX, Passed, read_funnel
from core.operators.roles import Scope
from core.roster.invitations import Wave, count_members, draft_invitation, invite
from core.wording.catalog import Wording
from core.wording.gsm7 import septets, to_gsm7
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.desk import Desk

DAYS: Final = 7  # of the funnel, unless the call says which
WAVE_MAX: Final = 10_000  # people of one wave
_DAY: Final = {"type": "string", "format": "date"}
_WAVE: Final = {
    "type": "object",
    "properties": {
        "limit": {"type": "integer", "minimum": 1, "maximum": WAVE_MAX},
        "regency": {"type": "string", "pattern": r"^[0-9]{2}([0-9]{2})?$"},
        "profession": {"type": "string", "maxLength": 32},
    },
    "required": ["limit"],
}


def campaign_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""
    database, campaign = desk.database, desk.campaign

    async def funnel(call: Call) -> Answer:
        since, until = _days(call)
        rows = await database.read(partial(read_funnel, since=since, until=until))
        return Answer(value=_funnel(rows, since, until))

    async def setup(call: Call) -> Answer:
        language = call.query.get("language", campaign.language)
        if language not in desk.wording.languages:
            raise ProblemError(404, "the campaign does not speak this language")
        phrases = _phrases(desk.wording, language)
        return Answer(value={"campaign": campaign.model_dump(mode="json"), "phrases": phrases})

    async def invitations(_call: Call) -> Answer:
        return Answer(value=await count_members(database, campaign.id))

    async def send(call: Call) -> Answer:
        wave = Wave(call.body.get("regency", ""), call.body.get("profession", ""))
        draft = replace(draft_invitation(campaign, desk.wording), wave=wave)
        done = invite(database, draft, lambda: call.at, limit=call.body["limit"])
        return Answer(value={"invited": sum([count async for count in done])})

    return (
        Act(
            name="funnel",
            method="GET",
            path="/api/v1/funnel",
            scope=Scope.OVERVIEW,
            audit="funnel",
            says="Count the people who passed each step, by day and by channel.",
            run=funnel,
            query={"since": _DAY, "until": _DAY},
        ),
        Act(
            name="setup",
            method="GET",
            path="/api/v1/setup",
            scope=Scope.SETUP,
            audit="setup",
            says="Show the campaign, and every phrase as people read it.",
            run=setup,
            query={"language": {"type": "string", "maxLength": 12}},
        ),
        Act(
            name="invitations",
            method="GET",
            path="/api/v1/invitations",
            scope=Scope.INVITE,
            audit="invitations",
            says="Count the people on the roster: registered, invited, and still to be invited.",
            run=invitations,
        ),
        Act(
            name="invite",
            method="POST",
            path="/api/v1/invitations",
            scope=Scope.INVITE,
            audit="invite",
            says="Invite a wave of people on the roster by SMS, each at most once.",
            run=send,
            body=_WAVE,
            writes=True,
        ),
    )


def _days(call: Call) -> tuple[date, date]:
    """Return the first and last day that are asked for; raise 422 for too many."""
    today = local(call.at, WIB).date()
    until = date.fromisoformat(call.query.get("until") or today.isoformat())
    since = date.fromisoformat(call.query["since"]) if call.query.get("since") else None
    since = since or until - timedelta(days=DAYS - 1)
    if not 0 <= (until - since).days < DAYS_SHOWN_MAX:
        raise ProblemError(422, f"ask for 1 to {DAYS_SHOWN_MAX} days")
    return since, until


def _funnel(rows: Sequence[Passed], since: date, until: date) -> dict[str, Any]:
    """Return totals, then the same by channel and by day, the newest first."""
    channels = sorted({row.channel for row in rows})
    days = sorted({row.day for row in rows}, reverse=True)
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "steps": _steps(rows),
        "channels": [
            {"channel": name, "steps": _steps([row for row in rows if row.channel == name])}
            for name in channels
        ],
        "days": [
            {"day": day.isoformat(), "steps": _steps([row for row in rows if row.day == day])}
            for day in days
        ],
    }


def _steps(rows: Sequence[Passed]) -> list[dict[str, Any]]:
    """Return the people of each step, in order, and how many were lost on the way to it."""
    people = [sum(row.people for row in rows if row.step == step) for step in STEPS]
    before = [people[0], *people]
    return [
        {"step": step, "people": count, "lost": max(was - count, 0)}
        for step, count, was in zip(STEPS, people, before, strict=False)
    ]


def _phrases(wording: Wording, language: str) -> list[dict[str, Any]]:
    short, long = (wording.phrases(language, style) for style in ("short", "long"))
    return [
        {"key": key, "short": words, "septets": septets(to_gsm7(words)), "long": long[key]}
        for key, words in short.items()
    ]
