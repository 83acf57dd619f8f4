"""The image is built, started as an engine would, asked for its health, and stopped."""

import os
import time
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from tests.fixtures.image import Container, Image, missing
from tests.fixtures.ports import free_port

READY_SECONDS = 120  # unpacking the image takes most of it
SECRET = "a secret that is long enough for production"


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    if lacks := missing():
        assert "buildah" not in os.environ.get("TESTS_REQUIRE", ""), lacks
        pytest.skip(f"the image cannot be built here without {lacks}")
    return Image(tmp_path_factory.mktemp("image")).build()


@pytest.fixture
def start(image):
    made = []

    def start(**settings):
        made.append(Container(image, **settings))
        return made[-1]

    yield start
    for container in made:
        container.end()


def settings(**more):
    return {
        "HTTP_PORT": free_port(),
        "SMTP_PORT": free_port(),
        "WIRES": "africastalking",
        "OPERATOR_TOKEN": SECRET,
        "WEBHOOK_KEY": SECRET,
        "SECRET": SECRET,
        "PUBLIC_URL": "https://gateway.example",
        "ALLOW_EMBEDDED": 1,
        **more,
    }


def ready(container, port):
    """Wait until it is ready, and return what it answers."""
    end = time.monotonic() + READY_SECONDS
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        while time.monotonic() < end:
            assert container.process.poll() is None, container.said()
            with suppress(httpx2.TransportError):
                answer = client.get("/health/ready")
                if answer.status_code == 200:
                    return answer.json()
            time.sleep(0.05)
    pytest.fail(f"not ready: {container.said()}")


def status(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}


@pytest.mark.parametrize("workers", [1, 2])
def test_it_serves_and_is_stopped(start, image, workers):
    given = settings(WORKERS=workers)
    container = start(**given).start()
    assert ready(container, given["HTTP_PORT"]) == {"status": "ok"}
    of = status(container.gateway())
    assert set(of["Uid"] + of["Gid"]) == {"10001"}
    assert set(of["CapEff"] + of["CapPrm"]) == {"0" * 16}
    how, *command = image.config()["Healthcheck"]["Test"]
    assert (how, container.run(*command)) == ("CMD", (0, ""))
    assert container.stop() == 0


def test_a_faulty_setting_ends_it_with_2(start):
    container = start(OPERATOR_TOKEN="short").start()
    assert container.process.wait(READY_SECONDS) != 0
    assert "cannot start as it is configured" in container.said()


def test_its_user_can_write_only_the_data(start):
    container = start()
    code, said = container.run(
        "sh", "-c", "touch /opt/satupintu/x /etc/x; touch /var/lib/satupintu/x"
    )
    assert (code, said.count("Permission denied")) == (0, 2)
