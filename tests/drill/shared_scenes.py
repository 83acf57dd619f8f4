"""Scenes that the suite plays as well: Sentinel, Cluster, a standby, PgBouncer."""

from contextlib import contextmanager

from tests.drill.stage import Scene, Stage
from tests.fixtures import scenes

_MEANING = {
    "sentinel": "until a new master is chosen",
    "cluster": "until the replica took over",
    "standby": "until the standby was promoted",
}
_KEYS = ("pooler", "sentinel", "sentinel-asked", "cluster", "standby")


def _adopt(key, scene):
    """Return the drill's scene of one of the suite's, whose faults do not ask for the gateway."""

    @contextmanager
    def set_up(folder):
        with scene.set_up(folder / "stores") as stage:
            faults = tuple(lambda _gateway, fault=fault: fault() for fault in stage.faults)
            yield Stage(stage.settings, faults)

    return Scene(key, scene.name, set_up, _MEANING.get(key, ""))


SCENES = tuple(map(_adopt, _KEYS, scenes.SCENES))
