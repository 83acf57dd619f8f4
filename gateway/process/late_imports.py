"""Modules that a start does without: imported once the worker is ready.

A ticket needs the first two, a page of the public form the last, its templates compiled.
"""

import asyncio
from importlib import import_module
from typing import Final

from gateway.runtime.logs import report

LATE: Final = ("icalendar", "segno", "channels.web.templates")


async def import_late() -> None:
    """Import them in a thread, or the first use would stall the event loop; log what fails."""
    for name in LATE:
        try:
            await asyncio.to_thread(import_module, name)
        except Exception as error:  # noqa: BLE001 a worker without them still registers people
            report("a module cannot be imported", error, part=name)
