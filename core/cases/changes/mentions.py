"""Where texts name a person who is erased: in calls, undos, reasons, counts, messages and forms.

SQL never looks into them: they are read in pages and looked through here.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from core.database.statements import Connection, Row, Statement
from core.messages import Address
from core.registration.addresses import address_columns

PAGE_MAX: Final = 1_000  # rows in memory at once


class Mentions(NamedTuple):
    """What names a person: `words` anywhere in a text, `addresses` and `names` as whole ones."""

    words: frozenset[str]
    names: frozenset[str]
    addresses: frozenset[str] = frozenset()

    def in_values(self, *texts: str | None) -> bool:
        """Return whether JSON has one of the words, or a name as a value: no part of another."""
        text = "\n".join(filter(None, texts)).casefold()
        named = (quoted for name in self.names for quoted in (f'"{name}"', f':{name}"'))
        return any(one.casefold() in text for one in (*self.words, *self.addresses, *named))

    def in_prose(self, *texts: str | None) -> bool:
        """Return whether officials name the person: the name may go on, not begin before."""
        if self.in_values(*texts):
            return True
        begun = [f"\n{text}".casefold() for text in texts if text]
        ways = [f"{before}{name}".casefold() for name in self.names for before in '\n ":']
        return any(way in text for way in ways for text in begun)

    def in_count(self, *texts: str) -> bool:
        """Return whether a count is of the person: an address that is part of another is not."""
        parts = [f":{text.replace('/', ':')}:" for text in texts]
        whole = [f":{address}:" for address in self.addresses]
        return any(one in part for one in (*whole, *self.words) for part in parts)


_UNDOS = Statement("""
    SELECT id, undo
    FROM cases
    WHERE undo <> '' AND id > :after
    ORDER BY id
    LIMIT :limit
""")
_EMPTY_UNDO = Statement("UPDATE cases SET undo = '' WHERE id = :key")
_REASONS = Statement("""
    SELECT id, reason
    FROM cases
    WHERE reason <> '' AND id > :after
    ORDER BY id
    LIMIT :limit
""")
_EMPTY_REASON = Statement("UPDATE cases SET reason = '' WHERE id = :key")
_REQUESTS = Statement("""
    SELECT id, call
    FROM approvals
    WHERE call <> '' AND id > :after
    ORDER BY id
    LIMIT :limit
""")
_ASKED = Statement("""
    SELECT id, reason
    FROM approvals
    WHERE reason <> '' AND id > :after
    ORDER BY id
    LIMIT :limit
""")
_EMPTY_CALL = Statement("UPDATE approvals SET call = '', reason = '' WHERE id = :key")
_EMPTY_WHY = Statement("UPDATE approvals SET reason = '' WHERE id = :key")
_CALLS = Statement("""
    SELECT key, body
    FROM api_calls
    WHERE key > :after
    ORDER BY key
    LIMIT :limit
""")
_FORGET_CALL = Statement("DELETE FROM api_calls WHERE key = :key")
_COUNTS = Statement("SELECT subject, key FROM tallies")  # of a day
_FORGET_COUNT = Statement("DELETE FROM tallies WHERE subject = :subject")
_FORMS = Statement("SELECT kind, value, phone, answers, intent FROM handovers")  # half an hour's
_FORGET_FORM = Statement("DELETE FROM handovers WHERE kind = :kind AND value = :value")
_MESSAGES = Statement("""
    SELECT id, reply, ticket
    FROM outbox
    WHERE kind = :kind AND value = :value AND id > :after
    ORDER BY id
    LIMIT :limit
""")
_FORGET_MESSAGE = Statement("DELETE FROM outbox WHERE id = :key")


def forget_mentions(connection: Connection, who: Mentions) -> None:
    """Empty what is kept to undo a decision or repeat a call, and reasons; forget counts."""
    for pages, first, is_named, forget in (
        (_UNDOS, 0, who.in_values, _EMPTY_UNDO),
        (_REASONS, 0, who.in_prose, _EMPTY_REASON),
        (_REQUESTS, 0, who.in_prose, _EMPTY_CALL),
        (_ASKED, 0, who.in_prose, _EMPTY_WHY),
        (_CALLS, "", who.in_prose, _FORGET_CALL),
    ):
        for key, text in _pages(connection, pages, first):
            if is_named(text):
                connection.run(forget, key=key)
    for subject, key in connection.all(_COUNTS):
        if who.in_count(subject, key):
            connection.run(_FORGET_COUNT, subject=subject)


def forget_forms(connection: Connection, who: Mentions, used: AbstractSet[str]) -> None:
    """Erase the forms that name the person: by name only where it is from one of its addresses."""
    elsewhere = who._replace(names=frozenset())
    for kind, value, phone, *texts in connection.all(_FORMS):
        named = who if used & {value, phone} else elsewhere
        if named.in_values(*texts):
            connection.run(_FORGET_FORM, kind=kind, value=value)


def forget_messages(connection: Connection, who: Mentions, address: Address) -> None:
    """Erase the messages to a shared address that name the person."""
    for row_id, *texts in _pages(connection, _MESSAGES, 0, **address_columns(address)):
        if who.in_values(*texts):
            connection.run(_FORGET_MESSAGE, key=row_id)


def mentions_of(people: Iterable[tuple[int, str, str, str]], addresses: Iterable[str]) -> Mentions:
    """Return what names these people: id, number, NIK and name of each; and their addresses."""
    ids, numbers, niks, names = zip(*people, strict=True)
    rows = (f'"record_id":{row_id},' for row_id in ids)
    return Mentions(frozenset((*numbers, *niks, *rows)), frozenset(names), frozenset(addresses))


def _pages(
    connection: Connection, statement: Statement, after: str | int, **where: str
) -> Iterator[Row]:
    rows = connection.all(statement, after=after, limit=PAGE_MAX, **where)
    while rows:
        yield from rows
        rows = connection.all(statement, after=rows[-1][0], limit=PAGE_MAX, **where)
