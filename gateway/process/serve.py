"""One worker: opens everything, serves, drains when asked to stop, and closes in order."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import uvicorn
import uvloop
from typing_extensions import override

from core.database.unavailable import UnavailableError
from gateway.http.asgi import App
from gateway.http.bounds import BoundedProtocol, Bounds
from gateway.http.lane import Lane, LaneProtocol
from gateway.mail.server import MailServer, listen_for_mail
from gateway.process.late_imports import import_late
from gateway.runtime import collector
from gateway.runtime.logs import report, report_from_loop
from gateway.settings.configuration import Configuration
from gateway.wiring.app import create_app, gateway_webhooks
from gateway.wiring.console import console
from gateway.wiring.gateway import Gateway, Work, open_gateway

DRAIN_SECONDS = 15
KEEP_ALIVE_SECONDS = 75
BACKLOG_MAX = 2_048
RESTART_SECONDS = 1.0
CONSOLE_CONNECTIONS_MAX = 200  # some twenty officials, each with a live page


@dataclass(frozen=True, slots=True)
class Listeners:
    """The bound sockets on which a worker accepts connections."""

    http: socket.socket
    smtp: socket.socket
    console: socket.socket | None = None  # where the console has a port of its own

    def files(self) -> tuple[int, ...]:
        """Return the file descriptors, in the order of the fields."""
        found = (self.http, self.smtp, self.console)
        return tuple(each.fileno() for each in found if each is not None)


class Stop:
    """A request to stop: the first drains; the second, if `twice_forces`, ends the drain."""

    def __init__(self, *, twice_forces: bool) -> None:
        self.wanted = asyncio.Event()
        self.forced = asyncio.Event()
        self._twice_forces = twice_forces

    def ask(self) -> None:
        """Ask to stop, or for the second time."""
        if self.wanted.is_set() and self._twice_forces:
            self.forced.set()
        self.wanted.set()


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers; `ready` is set when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


def run_loop(work: Coroutine[None, None, int]) -> int:
    """Run `work` on the fast event loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def serve(
    configuration: Configuration, listeners: Listeners, stop: Stop, on_ready: Callable[[], None]
) -> None:
    """Serve until `stop` is asked for; return when every request is answered and all is closed."""
    asyncio.get_running_loop().set_exception_handler(report_from_loop)
    async with open_gateway(configuration) as gateway, _background(gateway):
        server = _Server(_config(gateway))
        mail = await _listen_for_mail(listeners.smtp, gateway)
        desk = _Server(_console_config(gateway))
        desk_served = _serve_on(desk, listeners.console)
        http = asyncio.create_task(server.serve(sockets=[listeners.http]))
        await _first(http, server.ready.wait())
        if not http.done():
            collector.resume()
            on_ready()
            await import_late()
        await _first(http, stop.wanted.wait())
        gateway.peer.draining = True  # later requests on open connections go to the peer
        server.should_exit = desk.should_exit = True
        forcing = asyncio.create_task(_force((server, desk), stop))
        draining = asyncio.create_task(_drain(mail))
        await asyncio.gather(http, desk_served)
        await _first(draining, stop.forced.wait())
        await _end(draining)
        await _end(forcing)


def _serve_on(server: _Server, listener: socket.socket | None) -> "asyncio.Future[None]":
    """Serve on the socket; a future that is done where there is none."""
    if listener is not None:
        return asyncio.create_task(server.serve(sockets=[listener]))
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done


def _config(gateway: Gateway) -> uvicorn.Config:
    webhooks = gateway_webhooks(gateway)
    bounds = Bounds(rejected=partial(gateway.intake.metrics.rejected, "http"))
    return _http(
        create_app(gateway, webhooks), partial(LaneProtocol, lane=Lane(webhooks), bounds=bounds)
    )


def _console_config(gateway: Gateway) -> uvicorn.Config:
    rejected = partial(gateway.intake.metrics.rejected, "console")
    bounds = Bounds(connections_max=CONSOLE_CONNECTIONS_MAX, rejected=rejected)
    return _http(console(gateway), partial(BoundedProtocol, bounds=bounds))


def _http(app: App, protocol: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=cast("type[asyncio.Protocol]", protocol),  # in place of "httptools"
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


async def _listen_for_mail(listener: socket.socket, gateway: Gateway) -> MailServer | None:
    if "smtp" in gateway.settings.wires:
        return await listen_for_mail(listener, gateway.mail_intake)
    listener.close()
    return None


async def _drain(mail: MailServer | None) -> None:
    if mail is not None:
        await mail.drain(DRAIN_SECONDS)


async def _force(servers: Iterable[_Server], stop: Stop) -> None:
    await stop.forced.wait()
    for server in servers:
        server.force_exit = True


async def _first(task: asyncio.Task[None], other: Awaitable[object]) -> None:
    """Wait for `other`, or until `task` ends."""
    waiting = asyncio.ensure_future(other)
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    await _end(waiting)


async def _end(task: asyncio.Future[Any]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@contextlib.asynccontextmanager
async def _background(gateway: Gateway) -> AsyncIterator[None]:
    """Run the background tasks; cancel them in reverse order at the end."""
    works = gateway.background
    if gateway.simulator is not None:
        works = gateway.simulator.hurry.hurried(works)
    tasks = [asyncio.create_task(_run_forever(name, work)) for name, work in works.items()]
    try:
        yield
    finally:
        for task in reversed(tasks):
            await _end(task)


async def _run_forever(name: str, work: Work) -> None:
    while True:
        try:
            await work()
        except UnavailableError as error:
            if not error.cause:  # else the store logged it
                report("a background task failed", error, part=name)
        except Exception as error:  # noqa: BLE001 it is logged and retried
            report("a background task failed", error, part=name)
        await asyncio.sleep(RESTART_SECONDS)
