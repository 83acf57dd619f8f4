"""Wrapping all data keys anew, under the key-encryption key that wraps now, beside gateways.

What they seal does not change, and who holds both keys reads on all the while.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from core.database.data_keys import Wrapped, next_keys, rewrap_key
from core.database.database import Database
from core.database.key_wrapper import KeyWrapper, rewrap
from core.database.statements import Connection


async def rotate(
    database: Database, wrapper: KeyWrapper, pause: Callable[[], Awaitable[None]]
) -> int:
    """Return how many data keys were wrapped anew; `pause` after each batch.

    Gateways that began before with another first key may draw more of them under that one: so it
    goes over all until none is left. Raises `WrongKeyError` for one that cannot be unwrapped.
    """
    total, last, found = 0, "", 1
    while found:
        found, done = 0, False
        while not done:
            work = partial(_rotate, wrapper=wrapper, after=last)
            count, last = await database.write(work, alone=True)
            found, done = found + count, not last
            await pause()
        total += found
    return total


def _rotate(connection: Connection, *, wrapper: KeyWrapper, after: str) -> tuple[int, str]:
    """Return how many were wrapped anew, and the last that was looked at, "" at the end."""
    keys = next_keys(connection, after=after)
    count = sum(_rewrap(connection, wrapper, key) for key in keys)
    return count, keys[-1].ref if keys else ""


def _rewrap(connection: Connection, wrapper: KeyWrapper, key: Wrapped) -> int:
    anew = rewrap(wrapper, *key)
    return 0 if anew is None else rewrap_key(connection, key, anew)
