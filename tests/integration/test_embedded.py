"""The embedded Valkey: one on its data, dead with its gateway, and nothing lost that it wrote."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from redis import Redis

import gateway.process.embedded_valkey
from gateway.process.embedded_valkey import (
    LOG_BYTES_MAX,
    SOCKET_PATH_BYTES_MAX,
    EmbeddedValkey,
    find_binary,
    trim_log,
)
from gateway.runtime.locks import holds_open, take_lock, wait_until
from gateway.settings.configuration import ConfigurationError
from tests.fixtures.hostile import in_time
from tests.fixtures.valkey import answering, write_out

ROOT = Path(__file__).parents[2]
SOON_SECONDS = 15
CHILD = """
import sys, time
from pathlib import Path
from gateway.process.embedded_valkey import EmbeddedValkey
valkey = EmbeddedValkey(Path(sys.argv[1]))
with valkey as url:
    valkey.await_answer()
    print(url, valkey.pid, flush=True)
    time.sleep(600)
"""


def soon(what):
    assert wait_until(what, SOON_SECONDS)


def runs(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def socket_of(url):
    return Path(url.removeprefix("unix://"))


def write(url, value):
    with Redis.from_url(url) as client:
        client.set("k", value)


def read(url):
    with Redis.from_url(url) as client:
        return client.get("k")


@pytest.fixture
def parent(tmp_path):
    """Return a gateway's process that keeps a Valkey on `tmp_path`, its URL, and its pid."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        url, pid = process.stdout.readline().split()
        yield process, url, int(pid)
        process.kill()
        process.wait()
    soon(lambda: not runs(int(pid)))
    shutil.rmtree(socket_of(url).parent, ignore_errors=True)


def test_it_is_ready_soon(tmp_path):
    begun = time.monotonic()
    with answering(EmbeddedValkey(tmp_path)) as url:
        seconds = time.monotonic() - begun
        print(f"ready after {seconds * 1000:.0f} ms")
        assert in_time(seconds, 2)
        assert read(url) is None


def test_only_we_may_reach_it(tmp_path):
    with answering(EmbeddedValkey(tmp_path)) as url:
        for folder in (tmp_path / "valkey", socket_of(url).parent):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with Redis.from_url(url) as client:
            assert client.config_get("port") == {"port": "0"}


def test_it_never_forgets_to_make_room(tmp_path):
    with answering(EmbeddedValkey(tmp_path)) as url, Redis.from_url(url) as client:
        settings = client.config_get("maxmemory-policy", "appendonly", "appendfsync")
        assert sorted(settings.values()) == ["everysec", "noeviction", "yes"]


def test_a_clean_stop_leaves_data_and_nothing_else(tmp_path):
    valkey = EmbeddedValkey(tmp_path)
    with answering(valkey) as url:
        write(url, "kept")
        pid = valkey.pid
    assert not runs(pid)
    assert not socket_of(url).parent.exists()
    with answering(EmbeddedValkey(tmp_path)) as url:
        assert read(url) == b"kept"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_dies_with_its_parent(number, parent):
    process, _, pid = parent
    assert os.getsid(pid) == pid  # so that Ctrl-C reaches the gateway alone
    process.send_signal(number)
    soon(lambda: not runs(pid))


def test_what_was_written_survives_the_death_of_all(tmp_path, parent):
    process, url, pid = parent
    write(url, "kept")
    write_out(url)
    os.kill(pid, signal.SIGKILL)
    process.kill()
    with answering(EmbeddedValkey(tmp_path)) as url:
        assert read(url) == b"kept"


def test_a_killed_gateway_leaves_no_folder_behind(tmp_path, parent):
    process, url, _ = parent
    process.kill()
    process.wait()
    with answering(EmbeddedValkey(tmp_path)):
        assert not socket_of(url).parent.exists()


def test_its_log_begins_anew_at_its_bound_while_it_runs(tmp_path):
    log = tmp_path / "valkey" / "valkey.log"
    with answering(EmbeddedValkey(tmp_path)) as url, Redis.from_url(url) as client:
        log.write_text("x" * (LOG_BYTES_MAX - 1))
        trim_log(log)
        assert log.stat().st_size == LOG_BYTES_MAX - 1
        log.write_text("x" * LOG_BYTES_MAX)
        trim_log(log)
        client.bgrewriteaof()
        soon(log.exists)
    before = log.with_name("valkey.log.1")
    assert before.stat().st_size >= LOG_BYTES_MAX
    assert 0 < log.stat().st_size < LOG_BYTES_MAX


def test_a_log_that_was_left_long_begins_anew_at_the_start(tmp_path):
    log = tmp_path / "valkey" / "valkey.log"
    log.parent.mkdir()
    log.write_text("x" * LOG_BYTES_MAX)
    with answering(EmbeddedValkey(tmp_path)):
        assert log.stat().st_size < LOG_BYTES_MAX


def orphan(folder):
    """Start a server as a gateway would that died where nobody tells the server."""
    valkey = EmbeddedValkey(folder)
    valkey._binary = find_binary(None)
    valkey._folder.mkdir(mode=0o700, parents=True)
    valkey._sockets = gateway.process.embedded_valkey._make_socket_folder()
    process = valkey._spawn()
    soon(
        lambda: gateway.process.embedded_valkey._ask(valkey._socket, b"PING\r\n").startswith(
            b"+PONG"
        )
    )
    write(valkey.url, "kept")
    return process, valkey


def test_an_orphan_is_replaced_and_its_data_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(gateway.process.embedded_valkey, "ORPHAN_SECONDS", 0.05)
    process, old = orphan(tmp_path)
    with answering(EmbeddedValkey(tmp_path)) as url:
        assert process.wait(SOON_SECONDS) == 0
        assert read(url) == b"kept"
        assert not old._sockets.exists()


def test_an_orphan_that_does_not_listen_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(gateway.process.embedded_valkey, "ORPHAN_SECONDS", 0.05)
    monkeypatch.setattr(gateway.process.embedded_valkey, "EVICT_SECONDS", 0.5)
    process, old = orphan(tmp_path)
    write_out(old.url)
    process.send_signal(signal.SIGSTOP)
    with answering(EmbeddedValkey(tmp_path)) as url:
        assert process.wait(SOON_SECONDS) == -signal.SIGKILL
        assert read(url) == b"kept"


@pytest.mark.parametrize("state", ['{"pid": OURS, "socket": "/nowhere"}', "{", "[]"])
def test_what_is_not_its_server_is_never_killed(state, tmp_path, monkeypatch):
    monkeypatch.setattr(gateway.process.embedded_valkey, "ORPHAN_SECONDS", 0.05)
    monkeypatch.setattr(gateway.process.embedded_valkey, "EVICT_SECONDS", 0.05)
    process, old = orphan(tmp_path)
    (tmp_path / "valkey" / "server.json").write_text(state.replace("OURS", str(os.getpid())))
    with pytest.raises(ConfigurationError), answering(EmbeddedValkey(tmp_path)):
        pass
    assert process.poll() is None
    assert read(old.url) == b"kept"
    process.kill()
    process.wait()
    old._socket.unlink()
    old._sockets.rmdir()


def test_a_second_gateway_on_the_same_data_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(gateway.process.embedded_valkey, "PREDECESSOR_SECONDS", 0.05)
    with answering(EmbeddedValkey(tmp_path)) as url:
        with (
            pytest.raises(ConfigurationError, match="another gateway"),
            answering(EmbeddedValkey(tmp_path)),
        ):
            pass
        assert read(url) is None


def test_a_start_that_is_interrupted_leaves_nothing(tmp_path, monkeypatch):
    start = threading.Thread.start

    def interrupted(thread):
        start(thread)
        raise SystemExit

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    valkey = EmbeddedValkey(tmp_path)
    with pytest.raises(SystemExit), valkey:
        pass
    assert not valkey._sockets.exists()
    assert not runs(valkey.pid)
    for name in ("gateway.lock", "valkey/valkey.lock"):
        lock = take_lock(tmp_path / name, 0)
        assert lock is not None
        os.close(lock)


def test_a_successor_waits_for_a_gateway_that_drains(tmp_path, parent):
    process, url, _ = parent
    write(url, "kept")
    heir = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    lock = tmp_path / "gateway.lock"
    soon(lambda: holds_open(heir.pid, lock))
    process.kill()
    url = heir.stdout.readline().split()[0]
    assert read(url) == b"kept"
    heir.kill()
    heir.wait()
    heir.stdout.close()
    (valkey_lock,) = (tmp_path / "valkey").glob("*.lock")
    handle = take_lock(valkey_lock, SOON_SECONDS)  # once its server is gone too
    assert handle is not None
    os.close(handle)
    socket_of(url).parent.rmdir()


def test_it_is_started_again_when_it_dies_alone(tmp_path):
    valkey = EmbeddedValkey(tmp_path)
    with answering(valkey) as url:
        write(url, "kept")
        write_out(url)
        pid = valkey.pid
        os.kill(pid, signal.SIGKILL)
        soon(
            lambda: gateway.process.embedded_valkey._ask(socket_of(url), b"PING\r\n").startswith(
                b"+PONG"
            )
        )
        assert valkey.pid != pid
        assert read(url) == b"kept"


def test_a_stop_while_it_is_started_again_leaves_no_server(tmp_path, monkeypatch):
    monkeypatch.setattr(gateway.process.embedded_valkey, "RESTART_SECONDS", 0)
    for _ in range(5):
        valkey = EmbeddedValkey(tmp_path)
        with answering(valkey) as url:
            read(url)
            pid = valkey.pid
            os.kill(pid, signal.SIGKILL)
            soon(lambda valkey=valkey, pid=pid: valkey.pid != pid)
        assert not runs(valkey.pid)


def appended(folder):
    (path,) = (folder / "valkey" / "appendonlydir").glob("*.incr.aof")
    return path


def test_a_file_cut_short_by_a_power_cut_is_read_as_far_as_it_goes(tmp_path):
    with answering(EmbeddedValkey(tmp_path)) as url:
        write(url, "kept")
        write(url, "lost")
    path = appended(tmp_path)
    os.truncate(path, path.stat().st_size - 3)
    with answering(EmbeddedValkey(tmp_path)) as url:
        assert read(url) == b"kept"


def test_a_file_that_cannot_be_read_is_told_at_once(tmp_path):
    with answering(EmbeddedValkey(tmp_path)) as url:
        write(url, "kept")
    appended(tmp_path).write_bytes(b"not a list of commands\r\n")
    begun = time.monotonic()
    with pytest.raises(ConfigurationError) as caught, answering(EmbeddedValkey(tmp_path)):
        pass
    assert "valkey.log" in str(caught.value)
    assert time.monotonic() - begun < SOON_SECONDS


@pytest.mark.parametrize("name", ["d" * 200, "with spaces and 'quotes\"", "pintu-é", "--port"])
def test_any_data_directory_will_do(name, tmp_path):
    with answering(EmbeddedValkey(tmp_path / name)) as url:
        write(url, "kept")
    assert appended(tmp_path / name).stat().st_size > 0


def test_a_temporary_directory_with_a_long_name_will_do(tmp_path, monkeypatch):
    folder = tmp_path / ("d" * SOCKET_PATH_BYTES_MAX)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with answering(EmbeddedValkey(tmp_path)) as url:
        assert read(url) is None
        assert len(str(socket_of(url))) <= SOCKET_PATH_BYTES_MAX
    assert list(folder.iterdir()) == []


def test_a_temporary_directory_at_the_bound_is_used(tmp_path, monkeypatch):
    ours = len("/satupintu-valkey-12345678/s")
    with tempfile.TemporaryDirectory(dir="/tmp") as root:
        folder = Path(root) / ("d" * (SOCKET_PATH_BYTES_MAX - len(root) - 1 - ours))
        folder.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        with answering(EmbeddedValkey(tmp_path)) as url:
            assert read(url) is None
            assert len(str(socket_of(url))) == SOCKET_PATH_BYTES_MAX


def test_the_program_named_comes_first_and_must_be_one(tmp_path):
    assert find_binary(Path(sys.executable)) == Path(sys.executable)
    for wrong in (tmp_path, tmp_path / "none"):
        with pytest.raises(ConfigurationError, match="SATUPINTU_VALKEY_BIN"):
            find_binary(wrong)


def test_without_the_wheel_one_on_the_path_is_used_or_the_lack_told(tmp_path, monkeypatch):
    monkeypatch.setattr(gateway.process.embedded_valkey, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="SATUPINTU_REDIS_URL"):
        find_binary(None)
    program = tmp_path / "redis-server"
    program.touch(mode=0o755)
    assert find_binary(None) == program
