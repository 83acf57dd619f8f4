"""What the first ticket would otherwise import in the middle of serving."""

import subprocess
import sys

FIRST_TICKET = """
import asyncio, sys
from datetime import UTC, datetime

from channels.shared.calendar import write_calendar
from channels.shared.ticket_image import draw_qr_code
from core.outbox.ticket import Ticket
from gateway.process.late_imports import import_late

asyncio.run(import_late())
known = {name.partition(".")[0] for name in sys.modules}
start = datetime(2021, 1, 20, tzinfo=UTC)
ticket = Ticket("BCDF-2345", "K7Q2M9", "booked", "Puskesmas Coblong", "Jl. Dago 1", start)
write_calendar(ticket, summary="Vaksinasi", domain="pintu.example", at=start)
draw_qr_code("SATUPINTU:BCDF-2345:1:K7Q2M9")
print(*({name.partition(".")[0] for name in sys.modules} - known))
"""


def test_a_ticket_imports_no_further_package():
    done = subprocess.run(
        [sys.executable, "-c", FIRST_TICKET], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
