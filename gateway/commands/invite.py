"""`satupintu invite`: owe the invitation to everybody who is to have one; say what it costs."""

import asyncio
from time import monotonic

import typer

from core.database.database import Database, open_database
from core.database.unavailable import UnavailableError
from core.roster.invitations import Draft, count_members, draft_invitation, invite
from core.wording.catalog import load_wording
from gateway.commands.database import prepare_database, progress
from gateway.runtime.clock import Clock, make_clock
from gateway.settings.configuration import Configuration, ConfigurationError

BREATH_SHARE = 0.5  # of a batch's time, after it: a gateway beside it writes then
UNAVAILABLE = 1  # exit status: the database gave out; what was invited until then is

_SAID = {
    "registered": "registered already",
    "invited": "invited before",
    "without_phone": "without a phone",
    "opted_out": "want no messages",
    "to_invite": "to be invited",
}


def run(configuration: Configuration, *, dry: bool, limit: int | None) -> int:
    """Invite, or only count where it is `dry`; return the exit status."""
    campaign = configuration.campaign
    try:
        draft = draft_invitation(campaign, load_wording(None, campaign))
    except ValueError as error:
        raise ConfigurationError([str(error)]) from None
    prepare_database(configuration.settings)
    try:
        asyncio.run(_run(configuration, draft, dry=dry, limit=limit))
    except UnavailableError as error:
        typer.echo(f"{error}; nobody is invited twice: run it again to go on", err=True)
        return UNAVAILABLE
    return 0


async def _run(
    configuration: Configuration, draft: Draft, *, dry: bool, limit: int | None
) -> None:
    database = open_database(configuration.settings.database)
    try:
        counts = await count_members(database, configuration.campaign.id)
        due = counts["to_invite"] if limit is None else min(limit, counts["to_invite"])
        typer.echo(_report(counts, due))
        if not dry:
            done = await _invite(database, draft, make_clock(configuration.settings), due)
            typer.echo(f"{done:>12,}  invited now; sent by the gateway, between 08:00 and 20:00")
    finally:
        await database.close()


async def _invite(database: Database, draft: Draft, clock: Clock, due: int) -> int:
    """Invite `due` people and show how far it is; return how many."""
    done, began = 0, monotonic()
    with progress("inviting", due) as bar:
        async for invited in invite(database, draft, clock, limit=due):
            done += invited
            bar.update(invited)
            await asyncio.sleep((monotonic() - began) * BREATH_SHARE)
            began = monotonic()
    return done


def _report(counts: dict[str, int], due: int) -> str:
    lines = [f"{sum(counts.values()):>12,}  on the roster"]
    lines += [f"{counts[kind]:>12,}  {said}" for kind, said in _SAID.items()]
    lines.append(f"{due:>12,}  SMS segments, one for each of {due:,} now")
    return "\n".join(lines)
