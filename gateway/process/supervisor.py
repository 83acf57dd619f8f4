"""The parent process: prepares the database, binds the ports, runs the workers."""

import asyncio
import contextlib
import errno
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from functools import partial

from core.database.unavailable import UnavailableError
from gateway.mail.tls import load_certificate
from gateway.process.preparation import Preparation
from gateway.process.respawning import FORKS, serve_again
from gateway.process.serve import BACKLOG_MAX, Listeners, Stop, run_loop, serve
from gateway.process.sign_in_link import console_url, make_sign_in_link
from gateway.process.signals import SIGNALS, exit_if_signalled
from gateway.process.workers import serve_with_workers
from gateway.runtime import collector
from gateway.runtime.clock import base_clock
from gateway.settings.configuration import Configuration, ConfigurationError
from gateway.settings.keys import keys_of
from gateway.settings.settings import Settings, reveal, variable
from gateway.settings.simulating import simulates

FAULTY = 2  # exit status: the configuration is faulty


def supervise(configuration: Configuration, *, made_up: bool) -> int:
    """Serve until a signal stops it; return the exit status.

    `made_up` is True if the operator token is, so the greeting shows it.
    """
    settings, preparation = configuration.settings, Preparation(configuration)
    load_certificate(settings.smtp_tls_cert, settings.smtp_tls_key)  # or say what is wrong, once
    prepared = preparation.try_once()
    with bind(settings) as listeners:
        greet = partial(_greet, settings, made_up=made_up)
        exit_if_signalled()
        unprepared = None if prepared else preparation
        if FORKS and simulates(settings):
            return serve_again(_Child(configuration, listeners, greet, unprepared))
        return run_loop(_serve(configuration, listeners, greet, unprepared))


class _Child:
    """What a child runs that may be killed; the next one's clock goes on from there."""

    def __init__(
        self,
        configuration: Configuration,
        listeners: Listeners,
        greet: Callable[[], Awaitable[None]],
        preparation: Preparation | None,
    ) -> None:
        self._given, self._listeners = configuration, listeners
        self._greet, self._preparation = greet, preparation
        self._clock = base_clock(configuration.settings)

    def __call__(self, ends: int, before: int) -> int:
        """Serve until a signal comes, or `ends` does; greet but the first time."""
        settings = self._given.settings
        if settings.now is not None:
            settings = settings.model_copy(update={"now": self._clock()})
        configuration = Configuration(settings, self._given.campaign)
        greet = partial(_greet_again, before) if before else self._greet
        try:
            return run_loop(_serve(configuration, self._listeners, greet, self._preparation, ends))
        except ConfigurationError as error:  # as `main` would, which the child never reaches
            print(error, file=sys.stderr)  # noqa: T201 for the terminal
            return FAULTY


async def _serve(
    configuration: Configuration,
    listeners: Listeners,
    greet: Callable[[], Awaitable[None]],
    preparation: Preparation | None,
    ends: int | None = None,
) -> int:
    stop, opened = Stop(twice_forces=True), asyncio.Event()
    if ends is not None:
        asyncio.get_running_loop().add_reader(ends, _stop_at_end, ends, stop)
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.ask)
    welcome = asyncio.create_task(_welcome(opened, greet, preparation, stop))
    status = 0
    if configuration.settings.workers > 1:
        collector.resume()  # the workers do the rest
        status = await serve_with_workers(configuration, listeners, stop, opened.set)
    else:
        await serve(configuration, listeners, stop, opened.set)
    welcome.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await welcome  # or raise what made it give up
    return status


def _stop_at_end(ends: int, stop: Stop) -> None:
    """Ask to stop: the parent was killed, and its ports and its Valkey are gone."""
    asyncio.get_running_loop().remove_reader(ends)
    stop.ask()


async def _welcome(
    opened: asyncio.Event,
    greet: Callable[[], Awaitable[None]],
    preparation: Preparation | None,
    stop: Stop,
) -> None:
    """Greet once the ports are served and the database is migrated."""
    if preparation is not None:
        await preparation.finish(stop.ask)
    await opened.wait()
    await greet()


@contextlib.contextmanager
def bind(settings: Settings) -> Iterator[Listeners]:
    """Bind the ports; a connection waits in the backlog until a worker accepts it."""
    with ExitStack() as stack:
        http = stack.enter_context(_bound(settings.host, settings.http_port, "http_port"))
        smtp = stack.enter_context(_bound(settings.host, settings.smtp_port, "smtp_port"))
        console = None
        if settings.console_port is not None:
            console = stack.enter_context(
                _bound(settings.host, settings.console_port, "console_port")
            )
        yield Listeners(http, smtp, console)


def _bound(host: str, port: int, field: str) -> socket.socket:
    try:
        return socket.create_server(
            (host, port), family=_family(host, port), backlog=BACKLOG_MAX, reuse_port=False
        )
    except OSError as error:
        used = error.errno == errno.EADDRINUSE
        why = "is in use; stop what uses it, or choose another port" if used else "cannot be used"
        fault = f"{variable(field)}: {host} port {port} {why}"
        raise ConfigurationError([fault]) from None


def _family(host: str, port: int) -> socket.AddressFamily:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]


async def _greet(settings: Settings, *, made_up: bool) -> None:
    """Print that the gateway is ready and, in dev, how to try it."""
    url = f"http://{settings.host}:{settings.http_port}"
    lines = [f"satupintu is ready: {url} and smtp port {settings.smtp_port}"]
    if made_up:
        lines.append(f"operator token of this run: {reveal(settings.operator_token)}")
    if not settings.production:
        fields = "-d sessionId=1 -d phoneNumber=%2B6281211110001 -d text="
        key = "?key=..." if keys_of(settings, "africastalking") else ""
        lines.append(f"open it in a browser: {url}/")
        if simulates(settings):
            lines.append(f"try every door on drawn phones: {url}/try")
        lines.append(f"dial it: curl {url}/ussd/africastalking{key} {fields}")
        lines.append("or without a network: make phone")
        lines.append(f"the operators' console, as a manager, once: {await _link(settings)}")
    print("\n".join(lines), flush=True)  # noqa: T201 the output of the command


async def _greet_again(before: int) -> None:
    print(f"satupintu was killed, and is ready again ({before})", flush=True)  # noqa: T201


async def _link(settings: Settings) -> str:
    try:
        return await make_sign_in_link(settings)
    except UnavailableError:
        return console_url(settings)
