"""The background work that keeps the gauges of `/metrics` fresh."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from core.operators.queries import Queries
from core.registration.checks import SqlChecks
from gateway.http.peer.client import Peer
from gateway.intake.intake import Intake
from gateway.operators.gauges import (
    measure_forever,
    measure_letters_forever,
    measure_pending_forever,
    measure_seldom_forever,
)


def gauge_works(intake: Intake, peer: Peer) -> Mapping[str, Callable[[], Awaitable[object]]]:
    """Return the works by name."""
    database, metrics, clock = intake.database, intake.metrics, intake.clock
    checks = SqlChecks(database, countries=intake.countries)
    deadlines = (intake.deadline, intake.screens, peer.deadline)
    return {
        "gauges": partial(measure_forever, Queries(database), checks, metrics, clock),
        "letter gauges": partial(measure_letters_forever, database, metrics, clock),
        "pending gauges": partial(measure_pending_forever, intake.sessions, metrics, clock),
        "seldom gauges": partial(
            measure_seldom_forever, database, metrics, clock, intake.campaign
        ),
        "vitals": partial(
            metrics.vitals.watch_forever, lambda: sum(map(len, deadlines)), database.queued
        ),
    }
