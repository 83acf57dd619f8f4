"""How much of a response is read."""

import pytest

from gateway.runtime.http_client import read_at_most


async def chunks(*sizes):
    for size in sizes:
        yield b"x" * size
    raise AssertionError("read on")


@pytest.mark.parametrize("sizes", [(10,), (11,), (4, 6), (9, 1), (9, 500)])
async def test_no_more_is_read_than_the_bound(sizes):
    assert await read_at_most(chunks(*sizes), 10) == b"x" * 10
