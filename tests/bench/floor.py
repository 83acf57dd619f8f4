"""The floor: a bare ASGI route with the same form parse and the same two Redis calls.

It answers a constant. What the gateway does beyond that is all that can be told by comparing.
"""

import sys
from urllib.parse import parse_qsl

import uvicorn

from core.coalescing import Coalescing
from core.sessions import connect

STORED = b"1:" + b"x" * 600  # about what a session in mid-form takes
ANSWER = b"CON Ketik 16 angka NIK di KTP Anda:\n0 kembali"
HEADERS = [(b"content-type", b"text/plain"), (b"content-length", str(len(ANSWER)).encode())]


def create_floor(redis_url):
    redis = Coalescing(connect(redis_url))

    async def app(scope, receive, send):
        message = await receive()
        form = dict(parse_qsl(message["body"].decode(), keep_blank_values=True))
        key = f"floor:{form['phoneNumber']}"
        await redis.call("GET", key)
        await redis.call("SET", key, STORED, "EX", "600")
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
