"""Where the console is served: its own port, or in dev the main one; never there in production."""

import re

import httpx2
import pytest

from tests.fixtures.ports import free_port
from tests.fixtures.process import Process

PRODUCTION = {
    "MODE": "production",
    "ALLOW_EMBEDDED": 1,
    "WIRES": "africastalking",
    "PUBLIC_URL": "https://gateway.example",
}


def status(url, path="/console/sign-in"):
    return httpx2.get(f"{url}{path}", trust_env=False).status_code


@pytest.fixture
def started(tmp_path):
    made = []

    def start(**settings):
        made.append(Process(tmp_path / f"var{len(made)}", **settings).start())
        return made[-1]

    yield start
    for process in made:
        process.end()


@pytest.mark.parametrize("workers", [1, 2])
def test_production_serves_it_on_its_own_port_only(started, workers):
    port = free_port()
    gateway = started(CONSOLE_PORT=port, WORKERS=workers, **PRODUCTION)
    desk = f"http://127.0.0.1:{port}"
    assert status(desk) == 200
    assert [status(gateway.url, path) for path in ("/console", "/console/sign-in")] == [404, 404]
    assert [status(desk, path) for path in ("/api/v1/stats", "/health/live")] == [404, 404]
    assert "console" not in gateway.said
    assert gateway.stop() == 0


def test_production_without_a_port_for_it_serves_none(started):
    gateway = started(**PRODUCTION)
    assert status(gateway.url) == 404


def test_dev_prints_a_link_that_signs_a_manager_in_once(started):
    gateway = started()
    link = re.search(r"http://\S+/console/sign-in/\S+", gateway.said)
    assert link, gateway.said
    with httpx2.Client(trust_env=False, follow_redirects=True) as browser:
        home = browser.get(link[0])
        assert (home.status_code, home.url.path) == (200, "/console")
        assert ">dev<" in home.text
        assert browser.get(link[0]).status_code == 404


def test_dev_serves_it_on_its_own_port_where_it_has_one(started):
    port = free_port()
    gateway = started(CONSOLE_PORT=port)
    assert f"http://127.0.0.1:{port}/console/sign-in/" in gateway.said
    assert (status(f"http://127.0.0.1:{port}"), status(gateway.url)) == (200, 404)
