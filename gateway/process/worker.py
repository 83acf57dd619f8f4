"""A worker process: takes over the parent's sockets, serves, and drains when it must stop."""

import asyncio
import socket
from collections.abc import Sequence

from gateway.process.serve import Listeners, Stop, run_loop, serve
from gateway.process.signals import SIGNALS
from gateway.process.workers import READY
from gateway.settings.configuration import Configuration


def work(configuration: Configuration, control: int, listening: Sequence[int]) -> int:
    """Serve on inherited file descriptors until `control` ends; return the exit status.

    Those of `listening` are in the order of the fields of `Listeners`.
    """
    listeners = Listeners(*(socket.socket(fileno=each) for each in listening))
    return run_loop(_serve(configuration, listeners, socket.socket(fileno=control)))


async def _serve(
    configuration: Configuration, listeners: Listeners, control: socket.socket
) -> int:
    stop = Stop(twice_forces=False)
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.ask)
    reader, writer = await asyncio.open_connection(sock=control)
    waiting = asyncio.create_task(_ask_at_end(reader, stop))
    await serve(configuration, listeners, stop, lambda: writer.write(READY))
    waiting.cancel()
    writer.close()
    return 0


async def _ask_at_end(reader: asyncio.StreamReader, stop: Stop) -> None:
    """Ask to stop at the end of file: the parent wants us to drain, or was killed."""
    await reader.read()
    stop.ask()
