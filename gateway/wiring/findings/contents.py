"""What the doctor notes about the database's contents: an import cut off, and what is missing."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from core.database.statements import Connection
from core.operators.appointments import has_openings
from core.roster.lookup import has_roster, unfinished_since
from gateway.runtime.finding import Finding, note
from gateway.settings.settings import Settings


class Contents(NamedTuple):
    """What the database holds; nothing if it has no tables yet."""

    import_unfinished_since: str | None = None  # when it began
    roster: bool = False
    facilities: bool = False
    slots: bool = False


def read_contents(connection: Connection, campaign: str, now: datetime) -> Contents:
    """Return what the database holds for a campaign."""
    return Contents(
        unfinished_since(connection, campaign),
        has_roster(connection, campaign),
        *has_openings(connection, campaign, now),
    )


def look_at_contents(contents: Contents, settings: Settings) -> Iterator[Finding]:
    """Yield an import that was cut off, and what people need that is missing."""
    if contents.import_unfinished_since:
        begun = f"the import begun at {contents.import_unfinished_since}"
        yield note("roster", f"{begun} goes on, or was cut off: then run it again")
    if settings.production or not settings.demo:  # else a start puts in whatever is missing
        yield from _missing(contents, settings)


def _missing(contents: Contents, settings: Settings) -> Iterator[Finding]:
    if not contents.roster and not settings.registry_url:
        fault = "empty, so whoever registers is never verified; satupintu roster import FILE"
        yield note("roster", fault)
    if not contents.facilities:
        fault = "none, so nobody can book; satupintu facilities import FILE"
        yield note("facilities", fault)
    elif not contents.slots:
        yield note("slots", "no free seat ahead, so nobody can book; satupintu slots open …")
