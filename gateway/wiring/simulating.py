"""Makes the simulator, in dev alone: production neither makes nor imports any of it."""

from typing import TYPE_CHECKING, TypeAlias

from gateway.runtime.clock import Clock, TurnedClock

if TYPE_CHECKING:
    from gateway.simulator.simulator import Simulator

Simulated: TypeAlias = "Simulator | None"


def make_simulator(clock: Clock) -> Simulated:
    """Return what can be simulated; None unless the clock can be turned (`simulates`)."""
    if not isinstance(clock, TurnedClock):
        return None
    from gateway.simulator.simulator import Simulator  # noqa: PLC0415 never in production

    return Simulator(clock)
