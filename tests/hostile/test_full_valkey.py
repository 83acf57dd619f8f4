"""The embedded Valkey at its bound of memory: an honest 503, nothing dropped, and no restart."""

import json

import pytest
from pydantic import ValidationError
from redis import Redis

from gateway.process.embedded_valkey import MEMORY_MB, EmbeddedValkey
from gateway.settings.settings import MEMORY_MB_MAX, MEMORY_MB_MIN, Settings
from tests.fixtures.process import eventually
from tests.fixtures.valkey import answering

PHONE, OTHER = "+6281211110001", "+6281211110002"


def fill(client):
    """Fill it a mebibyte beyond its bound: a command that begins below it is carried out."""
    room = client.info("memory")["maxmemory"] - client.info("memory")["used_memory"]
    assert room > 0
    client.setrange("ballast", room + 1_048_576, "x")


def test_it_has_the_bound_that_is_set(tmp_path):
    with answering(EmbeddedValkey(tmp_path, memory_mb=20)) as url, Redis.from_url(url) as client:
        assert client.config_get("maxmemory") == {"maxmemory": str(20 * 1_048_576)}
    assert Settings(_env_file=None).valkey_memory_mb == MEMORY_MB


@pytest.mark.parametrize("bad", [MEMORY_MB_MIN - 1, MEMORY_MB_MAX + 1])
def test_the_bound_has_bounds(bad):
    with pytest.raises(ValidationError):
        Settings(_env_file=None, valkey_memory_mb=bad)


def test_a_full_one_gives_503_and_loses_nobody(gateway):
    running = gateway(VALKEY_MEMORY_MB=MEMORY_MB_MIN).start()
    assert running.ussd(PHONE, "call", "1").status_code == 200
    state = json.loads((running.data_dir / "valkey/server.json").read_text())
    with Redis(unix_socket_path=state["socket"]) as client:
        fill(client)
        refused = running.ussd(OTHER, "call2", "")
        assert refused.status_code == 503
        assert refused.text.startswith("END ")
        assert eventually(lambda: running.client.get("/health/ready").status_code == 503)
        assert (
            'store_errors_total{cause="OOM",store="redis"}' in running.client.get("/metrics").text
        )
        client.delete("ballast")
    assert eventually(lambda: running.client.get("/health/ready").status_code == 200)
    assert running.ussd(OTHER, "call3", "").status_code == 200
    resumed = running.ussd(PHONE, "call4", "")  # her form is there
    assert "1 " in resumed.text
    assert running.stop() == 0
