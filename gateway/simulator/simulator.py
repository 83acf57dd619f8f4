"""What the simulator needs of a gateway from the start: its clock, its faults, its turns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.database.causes import Report
from core.database.database import Database, Observe
from core.database.drivers import driver_for
from core.database.unlocking import DatabaseKeys
from core.turns.pipeline import Pipeline
from core.turns.redis_calls import Calls
from gateway.runtime.clock import TurnedClock
from gateway.sending.delivery import Route
from gateway.simulator.carrier import simulated_routes
from gateway.simulator.faults import Faults, FaultyCalls, FaultyDatabase
from gateway.simulator.hurry import Hurry
from gateway.simulator.turns import SimulatedPipeline, Turns


@dataclass(frozen=True, slots=True)
class Simulator:
    """What can be turned, broken and watched in one gateway of dev."""

    clock: TurnedClock
    faults: Faults = field(default_factory=Faults)
    turns: Turns = field(default_factory=Turns)
    hurry: Hurry = field(default_factory=Hurry)

    def pipeline(self, *given: Any, **more: Any) -> Pipeline:
        """Return a pipeline whose turns are watched."""
        return SimulatedPipeline(self.turns, self.faults, *given, **more)

    def open_database(
        self, url: str, *, report: Report, observe: Observe, keys: DatabaseKeys | None = None
    ) -> Database:
        """Return a database that can be out of reach."""
        driver = keys.guard(driver_for(url)) if keys else driver_for(url)
        return FaultyDatabase(driver, self.faults, report, observe)

    def routes(self, routes: Mapping[str, list[Route]]) -> dict[str, list[Route]]:
        """Return the routes of our messages, of which those to nowhere can fail."""
        return simulated_routes(routes, self.faults)

    def calls(self, calls: Calls, report: Report) -> Calls:
        """Return calls to Redis that can be out of reach."""
        return FaultyCalls(calls, self.faults, report)
