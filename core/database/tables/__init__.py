"""The tables, for SQLite and PostgreSQL alike; `migrations` brings a database to this state.

Times are ISO 8601 text in UTC of one width, dates ISO text, booleans 1 and 0, JSON text.
"""

from core.database.tables.base import metadata
from core.database.tables.clinics import appointments, facilities, refusals, screenings, slots
from core.database.tables.messages import audit, heartbeats, leases, opt_outs, outbox
from core.database.tables.people import (
    addresses,
    history,
    intents,
    proofs,
    records,
    roster,
    rosters,
    tallies,
)

__all__ = [
    "addresses",
    "appointments",
    "audit",
    "facilities",
    "heartbeats",
    "history",
    "intents",
    "leases",
    "metadata",
    "opt_outs",
    "outbox",
    "proofs",
    "records",
    "refusals",
    "roster",
    "rosters",
    "screenings",
    "slots",
    "tallies",
]
