"""An application that its first request makes."""

import asyncio
import sys

from gateway.wiring.late import late_app

MODULE = "first_request_makes"
SOURCE = """
made = []

def make(greeting):
    made.append(greeting)

    async def app(scope, receive, send):
        await send({"greeting": greeting, "path": scope["path"]})

    return app
"""


async def test_the_first_requests_make_it_once(tmp_path, monkeypatch):
    (tmp_path / f"{MODULE}.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    app, sent = late_app(MODULE, "make", "hello"), []

    async def send(message):
        sent.append(message)

    assert MODULE not in sys.modules
    await asyncio.gather(*(app({"path": path}, None, send) for path in ("/a", "/b")))
    assert sys.modules.pop(MODULE).made == ["hello"]
    assert sorted(each["path"] for each in sent) == ["/a", "/b"]
    assert {each["greeting"] for each in sent} == {"hello"}
