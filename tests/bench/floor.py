"""The floor: a bare ASGI route with the same form parse and the same two Redis calls.

It answers a constant. What the gateway does beyond that is all that can be told by comparing.
"""

import sys
from urllib.parse import parse_qsl

import uvicorn

from core.turns.redis_batching import Coalescing
from core.turns.redis_sessions import connect, keys_of

SESSION = b"x" * 600  # about what a session in mid-form takes
ANSWER = b"CON Ketik 16 angka NIK di KTP Anda:\n0 kembali"
HEADERS = [(b"content-type", b"text/plain"), (b"content-length", str(len(ANSWER)).encode())]


def create_floor(redis_url):
    redis = Coalescing(connect(redis_url))

    async def app(scope, receive, send):
        message = await receive()
        form = dict(parse_qsl(message["body"].decode(), keep_blank_values=True))
        keys = keys_of(form["phoneNumber"])
        stored = await redis.call("GET", keys[0])
        version = int(stored.partition(b":")[0]) if stored else 0
        session = b"%d:%b" % (version + 1, SESSION)
        args = (version, session, "600", "floor", 1, "floor")
        await redis.call("FCALL", "satupintu_save", len(keys), *keys, *args)
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": ANSWER})

    return app


if __name__ == "__main__":
    uvicorn.run(
        create_floor(sys.argv[2]),
        port=int(sys.argv[1]),
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
    )
