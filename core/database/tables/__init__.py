"""The tables, for SQLite and PostgreSQL alike; `migrations` brings a database to this state.

Times are ISO 8601 text in UTC of one width, dates ISO text, booleans 1 and 0, JSON text.
"""

from core.database.tables import clinics, desk, keys, letters, messages, people
from core.database.tables.base import metadata

__all__ = ["clinics", "desk", "keys", "letters", "messages", "metadata", "people"]
