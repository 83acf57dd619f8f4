"""Lists of staff from the web: staged whole or not at all, and answered where they were sent.

Nobody vouches for them, so each row is what a row of such a letter is: claimed, and its person
is asked by SMS. Whoever sends them is no more than a network address, which bounds them.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from core.database.statements import Connection, Statement
from core.messages import Inbound, ListedPerson, Reply
from core.outbox.rate_limits import count
from core.outbox.sms_bounds import Bound
from core.registration.lists import add, answer_key

ROWS_OF_NETWORK_MAX: Final = 100  # in a day: the staff of a large clinic
LISTS_OF_NETWORK_MAX: Final = 20  # in a day

_STATE = Statement("""
    SELECT lists.state, outbox.reply
    FROM lists
    LEFT JOIN outbox ON outbox.key = lists.key
    WHERE lists.key = :key
""")


class TooManyRowsError(Exception):
    """The network has sent as much as it may today; only `left` rows still fit."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} rows fit")
        self.left = left


class WebList(NamedTuple):
    """What became of a list: `state` as in `lists`; the answer once there is one."""

    state: str
    answer: Reply | None


def stage_whole(
    connection: Connection, given: Inbound, persons: Sequence[ListedPerson], network: str
) -> None:
    """Stage the list, unless it is there already; `network` is a digest of the sender's address.

    Raises `TooManyRowsError` if not all of it fits: then nothing is to be kept.
    """
    key = answer_key(given)
    if connection.all(_STATE, key=key):
        return
    lists = [Bound(f"lists:web:{network}", LISTS_OF_NETWORK_MAX)]
    if count(connection, lists, at=given.received_at, key=key):
        raise TooManyRowsError(0)
    rows = [Bound(f"rows:web:{network}", ROWS_OF_NETWORK_MAX)]
    for row in range(len(persons)):
        if count(connection, rows, at=given.received_at, key=f"{key}/{row}"):
            raise TooManyRowsError(row)
    add(connection, given, persons)


def find_list(connection: Connection, *, key: str) -> WebList | None:
    """Return what became of the list with this `answer_key`; None if there is none."""
    found = connection.one(_STATE, key=key)
    if found is None:
        return None
    state, reply = found
    return WebList(state, msgspec.json.decode(reply, type=Reply) if reply else None)
