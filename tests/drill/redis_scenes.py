"""What happens to Redis."""

import shutil
import signal
import time
from contextlib import contextmanager, nullcontext
from functools import partial

import redis

from tests.drill.stage import Scene, Stage, fill, small_disk
from tests.fixtures.redis_servers import Server

DOWN_SECONDS = 3.0
REFUSING_SECONDS = 4.0
DISK = "24m"


def _on_redis(*faults, disk=None):
    """Return a scene's set-up: one Redis that writes each second, and its faults."""

    @contextmanager
    def set_up(folder):
        home = folder / "redis"
        with small_disk(folder / "disk", disk) if disk else nullcontext() as small:
            kept = small / "redis" if small else home
            server = Server(
                kept, appendonly="yes", appendfsync="everysec", maxmemory_policy="noeviction"
            )
            try:
                server.start()
                server.home = kept
                url = f"redis://127.0.0.1:{server.port}"
                yield Stage({"REDIS_URL": url}, tuple(partial(one, server) for one in faults))
            finally:
                server.kill()

    return set_up


def _flush(server, _gateway):
    server.ask("FLUSHALL")
    server.ask("FUNCTION", "FLUSH")


def _kill(server, _gateway):
    server.kill()
    time.sleep(DOWN_SECONDS)
    server.start()


def _lose_file(server, _gateway):
    server.kill()
    shutil.rmtree(server.home / "appendonlydir")
    server.start()


def _stop(server, _gateway):
    server.signal(signal.SIGSTOP)
    time.sleep(DOWN_SECONDS)
    server.signal(signal.SIGCONT)


def _fill_memory(server, _gateway):
    server.ask("CONFIG", "SET", "maxmemory", "1")
    time.sleep(REFUSING_SECONDS)
    server.ask("CONFIG", "SET", "maxmemory", "0")


def _take_all_clients(server, _gateway):
    """Leave no connection but our own, and cut all others."""
    with redis.Redis(port=server.port, single_connection_client=True) as held:
        held.config_set("maxclients", 1)
        held.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        time.sleep(REFUSING_SECONDS)
        held.config_set("maxclients", 10_000)


def _fill_disk(server, _gateway):
    filler = fill(server.home)
    time.sleep(REFUSING_SECONDS)
    filler.unlink()


SCENES = (
    Scene("redis-flush", "Redis: FLUSHALL and FUNCTION FLUSH, twice", _on_redis(_flush, _flush)),
    Scene(
        *("redis-kill", "Redis: kill -9, 3 s down", _on_redis(_kill)),
        "no turn without its session",
    ),
    Scene(
        *("redis-empty", "Redis: kill -9, its file lost, starts empty", _on_redis(_lose_file)),
        "no turn without its session",
    ),
    Scene("redis-stop", "Redis: SIGSTOP for 3 s", _on_redis(_stop), "turns wait for it"),
    Scene(
        *("redis-memory", "Redis: memory full, `noeviction`, 4 s", _on_redis(_fill_memory)),
        "no turn is answered that cannot be kept",
    ),
    Scene(
        *("redis-clients", "Redis: `maxclients` reached, 4 s", _on_redis(_take_all_clients)),
        "no turn without its session",
    ),
    Scene(
        *("redis-disk", "Redis: disk of the AOF full, 4 s", _on_redis(_fill_disk, disk=DISK)),
        "no turn is answered that cannot be kept",
    ),
)
