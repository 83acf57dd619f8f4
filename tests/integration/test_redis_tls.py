"""A cluster and Sentinels that are spoken to by TLS only."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from core.database.unavailable import UnavailableError
from core.turns.redis_opening import open_calls
from gateway.runtime.locks import wait_until
from tests.fixtures.ports import free_port
from tests.fixtures.programs import find_program
from tests.fixtures.redis_servers import NAME, READY_SECONDS, SLOTS, Server

FOLDER = Path(__file__).parents[1] / "fixtures" / "tls"
CERT = FOLDER / "mail.crt"
TLS = {
    "tls_cert_file": CERT,
    "tls_key_file": FOLDER / "mail.key",
    "tls_ca_cert_file": CERT,
    "tls_auth_clients": "no",
}
TRUST = urlencode({"ssl_ca_certs": CERT})


@pytest.fixture
def start(tmp_path):
    """Return a function that starts servers with a port for TLS; all are ended afterwards."""
    program, made = find_program("redis-server", package="redis-server"), []

    def start(*words, **options):
        folder = tmp_path / str(len(made))
        port = free_port()
        made.append(Server(folder, program=program, tls_port=port, **TLS, **options))
        return made[-1].start(*words), port

    yield start
    for server in made:
        server.kill()


async def works(url):
    calls = open_calls(url)
    await calls.call("SET", "k", "v")
    assert await calls.call("GET", "k") == b"v"
    await calls.close()


async def test_a_cluster(start):
    node, port = start(cluster_enabled="yes", cluster_port=free_port(), tls_cluster="yes")
    node.ask("CLUSTER", "ADDSLOTSRANGE", 0, SLOTS - 1)
    assert wait_until(lambda: node.ask("CLUSTER INFO").get("cluster_state") == "ok", READY_SECONDS)
    await works(f"rediss+cluster://127.0.0.1:{free_port()},127.0.0.1:{port}?{TRUST}")


async def test_sentinels(start, tmp_path):
    _, port = start(tls_replication="yes")
    file = tmp_path / "sentinel.conf"
    file.write_text(f"sentinel monitor {NAME} 127.0.0.1 {port} 1\n")
    _, port = start(file, "--sentinel", tls_replication="yes")
    where = f"127.0.0.1:{port}/{NAME}"
    await works(f"rediss+sentinel://{where}?{TRUST}")
    calls = open_calls(f"rediss+sentinel://{where}")  # it trusts nobody who signed this
    with pytest.raises(UnavailableError):
        await calls.call("GET", "k")
    await calls.close()
