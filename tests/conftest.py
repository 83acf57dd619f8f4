"""Servers that the tests run against: real ones, on loopback, started once and stopped after.

Hypothesis tries the same examples in every `make test`, so that a red run is one that a change
made; `HYPOTHESIS_PROFILE=night` looks for new ones, many more.
"""

import os

from hypothesis import settings

settings.register_profile("dev", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=100)
settings.register_profile("night", deadline=None, max_examples=20_000)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")
)

if os.environ.get("TESTS_SEALED"):
    from tests.fixtures.sealing import seal_all_tests

    seal_all_tests()

pytest_plugins = (
    "tests.fixtures.browser",
    "tests.fixtures.valkey",
    "tests.fixtures.redis_calls",
    "tests.fixtures.postgres",
    "tests.fixtures.databases",
    "tests.fixtures.logged",
    "tests.fixtures.outside",
    "tests.fixtures.process",
    "tests.fixtures.providers",
    "tests.fixtures.recorded",
    "tests.fixtures.registry",
)
