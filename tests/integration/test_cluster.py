"""Sessions on a cluster of three: every call stays in one slot, wherever it is."""

import asyncio
import contextlib
import subprocess

import pytest
from redis import Redis
from redis.exceptions import RedisError

from core.conversation.session import Session
from core.database.unavailable import UnavailableError
from core.turns.redis_sessions import RedisSessions
from gateway.process.embedded_valkey import find_binary
from gateway.runtime.locks import wait_until
from tests.contract.test_session_stores import AT, LATER, undecided
from tests.fixtures.ports import free_ports

NODES = 3
SLOTS = 16_384
READY_SECONDS = 30


def start(folder, port, bus):
    folder.mkdir()
    options = {
        "port": port,
        "cluster-port": bus,
        "bind": "127.0.0.1",
        "dir": folder,
        "save": "",
        "cluster-enabled": "yes",
        "cluster-node-timeout": 1000,
        "cluster-require-full-coverage": "no",
    }
    words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
    return subprocess.Popen([find_binary(None), *words], stdout=subprocess.DEVNULL)


def answers(client):
    try:
        return client.ping()
    except RedisError:
        return False


def join(clients, ports, buses):
    for n, client in enumerate(clients):
        assert wait_until(lambda client=client: answers(client), READY_SECONDS)
        first, last = n * SLOTS // NODES, (n + 1) * SLOTS // NODES - 1
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
        client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", n + 1)
    for port, bus in zip(ports[1:], buses[1:], strict=True):
        clients[0].execute_command("CLUSTER", "MEET", "127.0.0.1", port, bus)


def is_whole(client):
    told = client.execute_command("CLUSTER INFO")
    owned = told.get("cluster_slots_assigned") == str(SLOTS)
    return owned and told.get("cluster_state") == "ok"


@pytest.fixture
def cluster(tmp_path):
    ports = free_ports(2 * NODES)
    ports, buses = ports[:NODES], ports[NODES:]
    with contextlib.ExitStack() as stack:
        nodes = []
        for n in range(NODES):
            nodes.append(start(tmp_path / str(n), ports[n], buses[n]))
            stack.callback(nodes[n].wait)
            stack.callback(nodes[n].kill)
        clients = [stack.enter_context(Redis(port=port)) for port in ports]
        join(clients, ports, buses)
        assert wait_until(lambda: all(is_whole(client) for client in clients), READY_SECONDS)
        yield f"redis+cluster://127.0.0.1:{ports[0]}", nodes


async def test_sessions_live_all_over_a_cluster(cluster):
    url, nodes = cluster
    store = RedisSessions.open(url, ttl_seconds=60)
    keys = [f"phone:+62812000{n:04}" for n in range(200)]
    asked = Session(stage="menu", at=AT)
    assert all(await asyncio.gather(*(store.save(key, asked, after=0) for key in keys)))
    assert not any(await asyncio.gather(*(store.save(key, asked, after=0) for key in keys)))
    loaded = await asyncio.gather(*(store.load(key) for key in keys))
    assert all(saved == (asked, 1) for saved in loaded)
    await asyncio.gather(*(store.save(key, undecided(), after=1) for key in keys[:5]))
    assert sorted(await store.pending(before=LATER, each=10)) == keys[:5]
    assert (await store.steps())["menu"] == len(keys)

    nodes[2].kill()
    nodes[2].wait()
    async with asyncio.timeout(30):
        done = await asyncio.gather(*(store.load(key) for key in keys), return_exceptions=True)
    lost = [one for one in done if isinstance(one, Exception)]
    assert lost
    assert all(isinstance(one, UnavailableError) for one in lost)
    await store.close()
