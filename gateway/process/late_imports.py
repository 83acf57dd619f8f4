"""Modules that a start does without and a ticket needs: imported once the worker is ready."""

import asyncio
from importlib import import_module
from typing import Final

from gateway.runtime.logs import report

LATE: Final = ("icalendar", "segno")


async def import_late() -> None:
    """Import them in a thread, or the first ticket would stall the event loop; log what fails."""
    for name in LATE:
        try:
            await asyncio.to_thread(import_module, name)
        except Exception as error:  # noqa: BLE001 a worker without tickets still registers people
            report("a module cannot be imported", error, part=name)
