"""The configuration of a command that logs as the gateway does."""

from gateway.runtime import logs
from gateway.settings.configuration import Configuration, load_configuration


def configured() -> Configuration:
    """Set up the log, and return the configuration."""
    logs.configure()
    return load_configuration()
