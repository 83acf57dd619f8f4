"""The two stores of all gateways: SQL and sessions, in memory, which can lose what is newest.

The SQL is what ships, in SQLite. A schedule is one transaction that is rolled back in the end, so
that the tables and the compiled statements serve the next; an operation is a savepoint in it.
"""

import sqlite3
from zlib import crc32

from core.conversation.session import Session
from core.database.links import FaultyStatementError
from core.database.statements import Connection
from core.database.unavailable import UnavailableError
from core.turns.sessions import SHARDS, Saved

STATEMENTS_MAX = 2_000  # compiled ones that are kept: more than there are
_FRESH = Saved(Session(), 0)


class Tables:
    """All tables with the rows of a house, for one schedule after the other."""

    def __init__(self, house):
        self._raw = sqlite3.connect(
            ":memory:", isolation_level=None, cached_statements=STATEMENTS_MAX
        )
        house.stores.database._raw.backup(self._raw)
        self._raw.execute("PRAGMA foreign_keys=ON")
        self.cursor = self._raw.cursor()
        self.connection = Connection(self.cursor, "sqlite")

    def begin(self):
        self.cursor.execute("BEGIN IMMEDIATE")
        self.marked = False

    def end(self):
        self.cursor.execute("ROLLBACK")

    def changes(self):
        """Return how many rows were changed so far."""
        return self._raw.total_changes

    def mark(self):
        """From here on all commits are lost if `lose` is called: a replica falls behind."""
        if self.marked:
            self.cursor.execute("RELEASE mark")
        self.cursor.execute("SAVEPOINT mark")
        self.marked = True

    def lose(self):
        """Lose what was committed since the mark; return whether there was one."""
        if not self.marked:
            return False
        self.cursor.execute("ROLLBACK TO mark")
        return True

    def run(self, operation):
        """Run an operation in a transaction."""
        execute = self.cursor.execute
        execute("SAVEPOINT operation")
        try:
            result = operation(self.connection)
        except BaseException as error:
            execute("ROLLBACK TO operation")
            execute("RELEASE operation")
            if isinstance(error, sqlite3.OperationalError):
                raise UnavailableError("the database did not answer") from error
            if isinstance(error, sqlite3.Error):
                raise FaultyStatementError(str(error)) from error
            raise
        execute("RELEASE operation")
        return result


class SimDatabase:
    """The `Database` of one gateway; each call goes through its nemesis."""

    def __init__(self, tables, nemesis, gateway):
        self._tables, self._nemesis, self._gateway = tables, nemesis, gateway

    async def write(self, operation, *, alone=False, keys=()):
        def act():
            result = self._nemesis.followed(operation, self._tables.run)
            self._nemesis.committed(self._gateway, operation, result)
            return result

        return await self._nemesis.around(self._gateway, "sql", act, writes=True)

    async def read(self, operation):
        def act():
            return operation(self._tables.connection)

        return await self._nemesis.around(self._gateway, "sql", act)

    async def close(self):
        """Nothing is to be closed."""


class SessionRows:
    """All sessions, and the newest writes, which may be lost."""

    def __init__(self, rows):
        self.rows = dict(rows)
        self.before = []  # (conversation, what it was), the newest last

    def put(self, conversation, saved):
        self.before.append((conversation, self.rows.get(conversation)))
        self.rows[conversation] = saved

    def pending(self):
        """Return when each conversation that has a pending effect was saved, the oldest first."""
        sessions = ((saved.session, key) for key, saved in self.rows.items())
        return sorted((one.at, key) for one, key in sessions if one.pending is not None)

    def lose(self, writes):
        """Lose the newest writes, as a failover to a replica does."""
        for _ in range(min(writes, len(self.before))):
            conversation, saved = self.before.pop()
            if saved is None:
                self.rows.pop(conversation, None)
            else:
                self.rows[conversation] = saved


class SimSessions:
    """The `SessionStore` of one gateway; each call goes through its nemesis."""

    def __init__(self, rows, nemesis, gateway):
        self._rows, self._nemesis, self._gateway = rows, nemesis, gateway

    async def load(self, conversation):
        def act():
            return self._rows.rows.get(conversation, _FRESH)

        return await self._nemesis.around(self._gateway, "redis", act)

    async def save(self, conversation, session, *, after):
        def act():
            if self._rows.rows.get(conversation, _FRESH).version != after:
                return False
            self._rows.put(conversation, Saved(session, after + 1))
            return True

        return await self._nemesis.around(self._gateway, "redis", act, writes=True)

    async def forget(self, conversation):
        def act():
            self._rows.rows.pop(conversation, None)

        return await self._nemesis.around(self._gateway, "redis", act, writes=True)

    async def pending(self, *, before, each, shards=range(SHARDS), past=()):
        def act():
            room, found = dict.fromkeys(shards, each), []
            for at, key in self._rows.pending():
                shard = crc32(key.encode()) % SHARDS
                if at < before.timestamp() and key not in past and room.get(shard, 0):
                    room[shard] -= 1
                    found.append(key)
            return found

        return await self._nemesis.around(self._gateway, "redis", act)
