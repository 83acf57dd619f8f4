"""Servers that the tests run against: real ones, on loopback, started once and stopped after."""

pytest_plugins = (
    "tests.fixtures.valkey",
    "tests.fixtures.postgres",
    "tests.fixtures.databases",
    "tests.fixtures.logged",
    "tests.fixtures.process",
    "tests.fixtures.providers",
)
