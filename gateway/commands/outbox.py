"""`satupintu outbox`: lists messages by status, and retries dead letters."""

from collections.abc import Sequence
from functools import partial

import typer

from core.operators.dead_letters import (
    STATUSES,
    MaskedMessage,
    list_messages,
    retry_all,
    retry_dead_letters,
)
from gateway.commands.database import FAILED, on_database
from gateway.runtime.clock import make_clock
from gateway.settings.configuration import Configuration

AGAIN = "nothing is certain: run it again"

_HEAD = ("id", "channel", "provider", "address", "status", "attempts", "created", "due", "why")


def run_list(configuration: Configuration, *, status: str, limit: int) -> None:
    """Print messages of one status, newest first."""
    if status not in STATUSES:
        raise typer.BadParameter(f"{status!r} is no status; known: {', '.join(STATUSES)}")
    work = partial(list_messages, status=status, limit=limit)
    messages = on_database(configuration.settings, work, advice=AGAIN)
    typer.echo(_table(messages) if messages else f"no message is {status}")


def run_retry(
    configuration: Configuration, ids: Sequence[int], *, everything: bool, why: str
) -> None:
    """Retry dead letters, these or all; exit with `FAILED` if an id is no dead letter."""
    if bool(ids) == everything or (why and not everything):
        raise typer.BadParameter("name dead letters by id, or give --all, alone or with --why")
    at = make_clock(configuration.settings)()
    if everything:
        all_of_them = partial(retry_all, why=why, at=at)
        count = on_database(configuration.settings, all_of_them, advice=AGAIN)
        typer.echo(f"{count:,} queued again")
        return
    these = partial(retry_dead_letters, ids=list(dict.fromkeys(ids)), at=at)
    done = on_database(configuration.settings, these, advice=AGAIN)
    typer.echo(f"{len(done):,} queued again")
    if missing := sorted(set(ids) - set(done)):
        typer.echo(f"no dead letter: {', '.join(map(str, missing))}", err=True)
        raise typer.Exit(FAILED)


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
