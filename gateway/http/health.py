"""Health and metrics: liveness, readiness, and Prometheus counters."""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.http.problems import guarded, respond
from gateway.runtime.logs import describe, log
from gateway.runtime.metrics import CONTENT_TYPE, Metrics
from gateway.runtime.readiness import ReadinessCheck

CHECK_SECONDS = 2.0


def health_routes(checks: Mapping[str, ReadinessCheck], metrics: Metrics) -> list[Route]:
    """Return the routes for monitoring; `checks` are the parts that must work, by name."""

    async def live(_request: Request) -> Response:
        return respond({"status": "ok"})

    async def ready(_request: Request) -> Response:
        names = list(checks)
        works = await asyncio.gather(*(_works(name, checks[name]) for name in names))
        down = [name for name, up in zip(names, works, strict=True) if not up]
        if down:
            return respond({"status": "unavailable", "down": down}, 503)
        return respond({"status": "ok"})

    async def metrics_text(_request: Request) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return [
        Route("/health/live", guarded(live)),
        Route("/health/ready", guarded(ready)),
        Route("/metrics", guarded(metrics_text)),
    ]


async def _works(name: str, check: ReadinessCheck) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001 any error means that the part does not work
        cause = getattr(error, "cause", "")
        log.warning("a readiness check failed", part=name, cause=cause, **describe(error))
        return False
    return True
