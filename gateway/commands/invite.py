"""`satupintu invite`: enqueue invitations, and report what they cost."""

import asyncio
from time import monotonic

import typer

from core.appointments.proposals import proposing
from core.database.database import Database
from core.roster.invitations import Draft, count_members, draft_invitation, invite
from core.wording.catalog import load_wording
from gateway.commands.database import on_database, progress
from gateway.commands.report import lines
from gateway.runtime.clock import Clock, make_clock
from gateway.settings.configuration import Configuration, ConfigurationError

PAUSE_SHARE = 0.5  # of a batch's time, as a pause after it for the gateway's own writes
AGAIN = "nobody is invited twice: run it again to go on"

_LABELS = {
    "registered": "registered already",
    "invited": "invited before",
    "without_phone": "without a phone",
    "opted_out": "want no messages",
    "to_invite": "to be invited",
}


def run(configuration: Configuration, *, dry: bool, limit: int | None) -> None:
    """Invite, or only count if `dry`."""
    campaign = configuration.campaign
    try:
        plain = draft_invitation(campaign, load_wording(None, campaign))
    except ValueError as error:
        raise ConfigurationError([str(error)]) from None
    draft = proposing(plain, asks_registry=bool(configuration.settings.registry_url))

    async def work(database: Database) -> None:
        counts = await count_members(database, campaign.id)
        due = counts["to_invite"] if limit is None else min(limit, counts["to_invite"])
        typer.echo(_report(counts, due))
        if not dry:
            done = await _invite(database, draft, make_clock(configuration.settings), due)
            result = lines([(done, "invited now; sent by the gateway, between 08:00 and 20:00")])
            typer.echo("\n".join(result))

    on_database(configuration.settings, work, advice=AGAIN)


async def _invite(database: Database, draft: Draft, clock: Clock, due: int) -> int:
    done, began = 0, monotonic()
    with progress("inviting", due) as bar:
        async for invited in invite(database, draft, clock, limit=due):
            done += invited
            bar.update(invited)
            await asyncio.sleep((monotonic() - began) * PAUSE_SHARE)
            began = monotonic()
    return done


def _report(counts: dict[str, int], due: int) -> str:
    rows = [(sum(counts.values()), "on the roster")]
    rows += [(counts[kind], label) for kind, label in _LABELS.items()]
    rows.append((due, f"SMS segments, one for each of {due:,} now"))
    return "\n".join(lines(rows))
