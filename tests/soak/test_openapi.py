"""A generator of requests tries every bound of every act, and finds no failure."""

import pytest

from tests.fixtures.api_generator import generate_requests
from tests.fixtures.process import Process


@pytest.mark.timeout(1_800)
def test_a_generator_of_requests_finds_no_failure(tmp_path):
    process = Process(tmp_path / "var").start()
    try:
        assert generate_requests(process, tmp_path, "--max-examples=20") == ""
    finally:
        process.end()
