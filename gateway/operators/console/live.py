"""Figures that keep up: one server-sent event, and when to come again.

No connection stays open: a browser comes back by itself, and a draining gateway waits for none.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from gateway.operators.console.visit import Visit

RETRY_SECONDS: Final = 10
ACT: Final = "today"


async def figures(visit: Visit) -> Response:
    """Return the figures of the first page, as text by name; none to whoever may not see them."""
    today = (await visit.read(ACT, {})).value if visit.may(ACT) else {}
    data = json.dumps(_figures(today) if today else {})
    event = f"retry: {RETRY_SECONDS * 1_000}\nevent: figures\ndata: {data}\n\n"
    return Response(event, media_type="text/event-stream")


def _figures(today: Mapping[str, Any]) -> dict[str, str]:
    sums = {name: sum(one["count"] for one in today[name]) for name in ("cases", "dead")}
    counts = {name: today[name]["count"] for name in ("approvals", "queued", "checks")}
    return {name: str(value) for name, value in (sums | counts).items()}
