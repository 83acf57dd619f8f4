"""A gateway as `make run` starts it, with the page of its simulator."""

import pytest

from tests.e2e.console.site import TEN
from tests.fixtures.process import Process


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """No secret, the demo's places and people, on a Monday at ten."""
    unset = {"WEBHOOK_KEY": None, "TWILIO_AUTH_TOKEN": None}
    running = Process(
        tmp_path_factory.mktemp("try") / "var", DEMO=1, SIMULATOR=1, NOW=TEN, **unset
    )
    yield running.start()
    running.end()
