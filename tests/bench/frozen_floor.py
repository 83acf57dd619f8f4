"""The floor: the least that one durable USSD turn can cost on this HTTP server and this store.

A bare ASGI route reads the form, loads a session and writes it by compare-and-set, and answers a
constant. It imports nothing of ours, so that it stays where it is when what is measured changes.
Versions of uvicorn and redis-py move it; the bench tells them.
"""

import asyncio
import sys
from urllib.parse import parse_qsl

import uvicorn
from redis.asyncio import Redis

FIELDS_MAX = 20
AT_ONCE_MAX = 256  # commands in one pipeline
SESSION = b"x" * 600  # about what a session in mid-form takes
ANSWER = b"CON Ketik 16 angka NIK di KTP Anda:\n0 kembali"
HEADERS = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"content-length", b"%d" % len(ANSWER)),
]
CODE = """#!lua name=bench_floor
redis.register_function('bench_floor_save', function(keys, args)
  local stored = redis.call('GET', keys[1])
  local version = stored and string.match(stored, '^(%d+):') or '0'
  if version ~= args[1] then
    return 0
  end
  redis.call('SET', keys[1], args[2], 'EX', 86400)
  return 1
end)
"""


class Calls:
    """Commands of turns that go on at the same time, in as few round trips as may be."""

    def __init__(self, redis):
        self._redis, self._waiting, self._sending = redis, [], None

    def ask(self, *command):
        """Return a future of what the store answers."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((command, future))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())
        return future

    async def _send(self):
        while self._waiting:
            batch, self._waiting = self._waiting[:AT_ONCE_MAX], self._waiting[AT_ONCE_MAX:]
            pipeline = self._redis.pipeline(transaction=False)
            for command, _ in batch:
                pipeline.execute_command(*command)
            answers = await pipeline.execute(raise_on_error=False)
            for (_, future), answer in zip(batch, answers, strict=True):
                future.set_result(answer)


def create_floor(redis_url):
    """Return the ASGI app. Its keys begin with `floor:`."""
    calls = None

    async def app(scope, receive, send):
        nonlocal calls
        if calls is None:
            redis = Redis.from_url(redis_url)
            calls = Calls(redis)
            await redis.function_load(CODE, replace=True)
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX))
        key = "floor:" + form["phoneNumber"]
        stored = await calls.ask("GET", key)
        version = int(stored.partition(b":")[0]) if stored else 0
        session = b"%d:%b" % (version + 1, SESSION)
        await calls.ask("FCALL", "bench_floor_save", 1, key, version, session)
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": ANSWER})

    return app


if __name__ == "__main__":
    uvicorn.run(
        create_floor(sys.argv[1]),
        port=int(sys.argv[2]),
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
    )
