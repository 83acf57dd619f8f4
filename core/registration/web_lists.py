"""Lists of staff from the web: staged whole or not at all, and answered where they were sent.

Nobody vouches for them, so each row is what a row of such a letter is: claimed, and its person
is asked by SMS. Whoever sends them is no more than a network address, which bounds them.

The sender sees who has answered YA, which a phone says of itself: in the same words whether the
NIK was on file or not. That a phone has denied it is for the desk alone.
"""

from collections.abc import Container, Sequence
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from core.database.statements import Connection, Statement
from core.messages import AddressKind, Inbound, ListedPerson, Prompt, Reply
from core.outbox.rate_limits import count
from core.outbox.sms_bounds import Bound
from core.registration.intent import OutcomeKind
from core.registration.lists import add, list_key
from core.registration.notice_answers import MINE

ROWS_OF_NETWORK_MAX: Final = 100  # in a day: the staff of a large clinic
LISTS_OF_NETWORK_MAX: Final = 20  # in a day

_RECEIVED: Final = f"@list_result_{OutcomeKind.RECEIVED.value}"
_ASKED: Final = "@list_result_asked"
_CONFIRMED: Final = "@list_result_confirmed"

_STATE = Statement("""
    SELECT lists.state, outbox.reply, lists.value
    FROM lists
    LEFT JOIN outbox ON outbox.key = lists.key
    WHERE lists.key = :key
""")
_CONFIRMED_OF = Statement("""
    SELECT intents.number
    FROM intents
    JOIN history ON history.record_id = intents.record_id
    WHERE intents.kind = :kind
        AND intents.value = :value
        AND intents.outcome = :received
        AND history.field = 'notice'
        AND history.new = :mine
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
    key = list_key(given)
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
    """Return what became of the list with this `list_key`; None if there is none.

    A row that was received is told as asked, or as confirmed once its phone has answered YA.
    """
    found = connection.one(_STATE, key=key)
    if found is None:
        return None
    state, reply, browser = found
    if not reply:
        return WebList(state, None)
    told = msgspec.json.decode(reply, type=Reply)
    confirmed = _confirmed(connection, browser)
    return WebList(
        state, replace(told, prompts=tuple(_now(one, confirmed) for one in told.prompts))
    )


def _confirmed(connection: Connection, browser: str) -> Container[str]:
    """Return the numbers of this browser's rows whose phones have answered YA."""
    of = {"kind": AddressKind.WEB.value, "value": browser}
    rows = connection.all(_CONFIRMED_OF, **of, received=OutcomeKind.RECEIVED.value, mine=MINE)
    return {number for (number,) in rows}


def _now(prompt: Prompt, confirmed: Container[str]) -> Prompt:
    if prompt.args.get("result") != _RECEIVED:
        return prompt
    result = _CONFIRMED if prompt.args["number"] in confirmed else _ASKED
    return replace(prompt, args={**prompt.args, "result": result})
