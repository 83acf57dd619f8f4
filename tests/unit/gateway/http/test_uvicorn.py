"""What of uvicorn our protocol leans on. An upgrade that changes any of it fails here.

Read what changed, see that `gateway/http/bounds.py` and `lane.py` still fit it, run
`python -m tests.soak.test_streams 600`, and only then write down the new digests.
"""

import inspect
from hashlib import sha256
from pathlib import Path

import httptools
import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import Server, ServerState

from gateway.http.bounds import BoundedProtocol
from gateway.http.lane import Exchange

REQUIREMENTS = Path(__file__).parents[4] / "requirements.in"
LEANED_ON = {
    # what is called, or called by super()
    HttpToolsProtocol.__init__: "4f0899941034",
    HttpToolsProtocol.connection_made: "6efb565ff3d3",
    HttpToolsProtocol.connection_lost: "c91a4c9bf2e2",  # tells the cycle
    HttpToolsProtocol.on_message_begin: "96d377fdc7c2",  # the scope shares the list of headers
    HttpToolsProtocol.on_headers_complete: "1ea8589acfad",  # the queue of cycles
    HttpToolsProtocol.on_body: "dba9c32aeba3",
    HttpToolsProtocol.on_message_complete: "1fbad42dc31f",
    HttpToolsProtocol._start_asgi_task: "9c08c2571ae9",  # run_asgi(app), a task
    HttpToolsProtocol.shutdown: "d7351fa33f00",  # cycle.response_complete, cycle.keep_alive
    # what is replaced, and must go on doing as much as ours
    HttpToolsProtocol.data_received: "010a7ae59a5d",
    HttpToolsProtocol.on_header: "65d62c044f61",
    HttpToolsProtocol.on_response_complete: "64e254f28e38",
    HttpToolsProtocol.pause_writing: "17a8fd215d96",
    # what must say what ours says
    RequestResponseCycle.run_asgi: "0f33f2449a44",
    RequestResponseCycle.send: "abdd8601b326",
    RequestResponseCycle.receive: "8124ae006be7",
    # what stops us
    Server.on_tick: "60ea49b06ccf",  # default_headers is a new list whenever it changes
    Server.shutdown: "9b33c5056299",
    Server._wait_tasks_to_complete: "17209be1e991",
    ServerState.__init__: "8daf3a9b4e4e",
}


def digest(function):
    return sha256(inspect.getsource(function).encode()).hexdigest()[:12]


@pytest.mark.parametrize("function", LEANED_ON, ids=lambda one: one.__qualname__)
def test_this_is_as_it_was_when_we_read_it(function):
    assert digest(function) == LEANED_ON[function]


@pytest.mark.parametrize("library", [uvicorn, httptools])
def test_the_versions_that_were_read_are_the_ones_that_are_asked_for(library):
    asked = REQUIREMENTS.read_text().splitlines()
    assert f"{library.__name__}=={library.__version__}" in asked


def test_all_that_uvicorn_touches_of_a_cycle_is_there():
    source = inspect.getsource(HttpToolsProtocol)
    touched = {
        part.split("(")[0].split(".")[0].split()[0].rstrip(":,)")
        for part in source.split("cycle.")[1:]
    }
    # body is touched by on_body alone, which is ours
    assert touched - {"body"} <= set(dir(Exchange))
    assert touched >= {"run_asgi", "response_complete", "disconnected", "keep_alive", "more_body"}


def test_the_parser_calls_what_is_named_so():
    callbacks = ("on_message_begin", "on_url", "on_header", "on_headers_complete", "on_body")
    chunks = ("on_message_complete", "on_chunk_header", "on_chunk_complete")
    seen = []
    spy = type(
        "Spy",
        (),
        {name: lambda self, *_a, name=name: seen.append(name) for name in (*callbacks, *chunks)},
    )
    httptools.HttpRequestParser(spy()).feed_data(
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n"
    )
    assert seen == [
        *callbacks[:3],
        "on_headers_complete",
        "on_chunk_header",
        "on_body",
        "on_chunk_complete",
        "on_chunk_header",
        "on_header",
        "on_chunk_complete",
        "on_message_complete",
    ]
    assert all(hasattr(BoundedProtocol, name) for name in (*callbacks, *chunks))
