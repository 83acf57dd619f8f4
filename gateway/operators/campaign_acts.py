"""Acts on the campaign as a whole: its set-up, and invitations to those who may register."""

from dataclasses import replace
from functools import partial
from typing import Any, Final

from core.appointments.proposals import proposing
from core.operators.roles import Scope
from core.roster.invitations import Wave, count_members, draft_invitation, invite
from core.roster.recalling import count_waiting, recall
from core.wording.catalog import Wording
from core.wording.gsm7 import septets, to_gsm7
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.deeds import note_first
from gateway.operators.desk import Desk

WAVE_MAX: Final = 10_000  # people of one wave
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

    async def setup(call: Call) -> Answer:
        language = call.query.get("language", campaign.language)
        if language not in desk.wording.languages:
            raise ProblemError(404, "the campaign does not speak this language")
        found = await desk.examine()
        return Answer(
            value={
                "campaign": campaign.model_dump(mode="json"),
                "findings": [{"part": one.part, "fault": one.fault} for one in found],
                "phrases": _phrases(desk.wording, language),
            }
        )

    async def invitations(_call: Call) -> Answer:
        counts = await count_members(database, campaign.id)
        waiting = await database.read(partial(count_waiting, campaign=campaign.id))
        return Answer(value={**counts, "waiting": waiting})

    async def send(call: Call) -> Answer:
        wave = Wave(call.body.get("regency", ""), call.body.get("profession", ""))
        draft = replace(draft_invitation(campaign, desk.wording), wave=wave)
        draft = proposing(draft, asks_registry=desk.effects.terms.asks_registry)
        await note_first(database, call)
        done = invite(database, draft, lambda: call.at, limit=call.body["limit"])
        return Answer(value={"invited": sum([count async for count in done])}, noted=True)

    async def take_back(call: Call) -> Answer:
        await note_first(database, call)
        done = recall(database, campaign.id)
        return Answer(value={"taken_back": sum([count async for count in done])}, noted=True)

    return (
        Act(
            name="setup",
            method="GET",
            path="/api/v1/setup",
            scope=Scope.SETUP,
            audit="setup",
            says="Show the campaign, what the doctor finds, and every phrase as people read it.",
            run=setup,
            query={"language": {"type": "string", "maxLength": 12}},
        ),
        Act(
            name="invitations",
            method="GET",
            path="/api/v1/invitations",
            scope=Scope.INVITE,
            audit="invitations",
            says="Count the people on the roster by how far they are, and the SMS that wait.",
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
        Act(
            name="recall_invitations",
            method="POST",
            path="/api/v1/invitations/recall",
            scope=Scope.INVITE,
            audit="recall_invitations",
            says="Take back the invitations that wait to be sent; a later wave takes them up.",
            run=take_back,
            writes=True,
        ),
    )


def _phrases(wording: Wording, language: str) -> list[dict[str, Any]]:
    short, long = (wording.phrases(language, style) for style in ("short", "long"))
    return [
        {"key": key, "short": words, "septets": septets(to_gsm7(words)), "long": long[key]}
        for key, words in short.items()
    ]
