"""The address of a Redis, as redis-py parses it from the same URL."""

import pytest
from redis.asyncio import Redis

from core.turns.redis_address import RedisAddress

PLAIN = {
    "redis://": (),
    "redis://redis.example": (),
    "redis://redis.example:6380/3": (("SELECT", 3),),
    "redis://redis.example/0": (),
    "redis://:p%40ss@redis.example/1": (("AUTH", "p@ss"), ("SELECT", 1)),
    "redis://siti:p%2Fss@redis.example?db=2": (("AUTH", "siti", "p/ss"), ("SELECT", 2)),
    "redis://siti@redis.example": (("AUTH", "siti", ""),),
    "redis://[::1]:7000": (),
    "unix:///run/redis%20one/s?db=4": (("SELECT", 4),),
    "unix://siti:pass@/run/redis.sock": (("AUTH", "siti", "pass"),),
}


@pytest.mark.parametrize("url", PLAIN)
def test_a_plain_url_is_read_as_redis_py_reads_it(url):
    address = RedisAddress.of(url)
    theirs = Redis.from_url(url).connection_pool.make_connection()
    assert address.greeting == PLAIN[url]
    assert address.path == getattr(theirs, "path", "")
    if not address.path:
        assert (address.host, address.port) == (theirs.host, theirs.port)
    words = {word for command in address.greeting for word in command[1:]}
    assert words == {one for one in (theirs.username, theirs.password, theirs.db) if one} | (
        {""} if theirs.username and not theirs.password else set()
    )


@pytest.mark.parametrize(
    "url",
    [
        "rediss://redis.example",
        "redis+cluster://redis.example",
        "redis://redis.example?protocol=3",
        "redis://redis.example?socket_timeout=1",
        "unix:///run/s?decode_responses=true",
    ],
)
def test_what_asks_for_more_is_left_to_redis_py(url):
    assert RedisAddress.of(url) is None


def test_a_password_is_not_shown():
    assert "secret" not in repr(RedisAddress.of("redis://siti:secret@redis.example"))
