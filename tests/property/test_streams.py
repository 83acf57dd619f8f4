"""Whatever comes, however it is cut: the lane says what the plain way says."""

import logging
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.http_streams import noise, orderly, serve_echo

STREAMS = 10  # an example
SEEDS = st.integers(0, 2**32).map(Random)
PATIENT = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _quiet(caplog):
    caplog.set_level(logging.CRITICAL, "uvicorn.error")


@given(random=SEEDS)
@PATIENT
async def test_whole_requests_are_answered_as_by_uvicorn_alone(random):
    servers, _house = serve_echo()
    for _ in range(STREAMS):
        ours, own = await orderly(servers, random)
        assert ours == own


@given(random=SEEDS)
@PATIENT
async def test_noise_is_answered_as_on_the_plain_way(random):
    servers, _house = serve_echo()
    for _ in range(STREAMS):
        ours, plain = await noise(servers, random)
        assert ours == plain
