"""`satupintu outbox`: lists messages by status, and retries dead letters."""

from collections.abc import Awaitable, Callable, Sequence

import typer

from core.database.database import Database
from core.database.unavailable import UnavailableError
from core.operators.dead_letters import (
    STATUSES,
    MaskedMessage,
    list_messages,
    retry_all,
    retry_dead_letters,
)
from gateway.commands.database import on_database
from gateway.runtime.clock import make_clock
from gateway.settings.configuration import Configuration

FAILED = 1  # exit status: the database failed, or an id is no dead letter
MISUSED = 2

_HEAD = ("id", "channel", "provider", "address", "status", "attempts", "created", "due", "why")


def run_list(configuration: Configuration, *, status: str, limit: int) -> int:
    """Print messages of one status, newest first; return the exit status."""
    if status not in STATUSES:
        typer.echo(f"{status!r} is no status; known: {', '.join(STATUSES)}", err=True)
        return MISUSED

    async def work(database: Database) -> int:
        messages = await list_messages(database, status=status, limit=limit)
        typer.echo(_table(messages) if messages else f"no message is {status}")
        return 0

    return _with_database(configuration, work)


def run_retry(
    configuration: Configuration, ids: Sequence[int], *, everything: bool, why: str
) -> int:
    """Retry dead letters, these or all; return the exit status."""
    if bool(ids) == everything or (why and not everything):
        typer.echo("name dead letters by id, or give --all, alone or with --why", err=True)
        return MISUSED
    clock = make_clock(configuration.settings)

    async def work(database: Database) -> int:
        if everything:
            count = await retry_all(database, why=why, at=clock())
            typer.echo(f"{count:,} queued again")
            return 0
        done = await retry_dead_letters(database, list(dict.fromkeys(ids)), at=clock())
        typer.echo(f"{len(done):,} queued again")
        if missing := sorted(set(ids) - set(done)):
            typer.echo(f"no dead letter: {', '.join(map(str, missing))}", err=True)
        return FAILED if missing else 0

    return _with_database(configuration, work)


def _with_database(
    configuration: Configuration, work: Callable[[Database], Awaitable[int]]
) -> int:
    try:
        return on_database(configuration.settings, work)
    except UnavailableError as error:
        typer.echo(f"{error}; nothing is certain: run it again", err=True)
        return FAILED


def _table(messages: Sequence[MaskedMessage]) -> str:
    rows = [_HEAD, *map(_row, messages)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _row(message: MaskedMessage) -> tuple[str, ...]:
    created, due = message.created_at[:19] + "Z", message.due_at[:19] + "Z"
    return (
        str(message.id),
        message.channel,
        message.provider or "-",
        message.address,
        message.status,
        str(message.attempts),
        created,
        due,
        message.why,
    )
