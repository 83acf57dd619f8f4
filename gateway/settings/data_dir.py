"""The directory of the embedded stores."""

from pathlib import Path

from gateway.settings.configuration import ConfigurationError
from gateway.settings.settings import variable


def make_data_dir(path: Path) -> None:
    """Make the data directory, private: it holds people's registrations."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
    except OSError as error:
        fault = f"{variable('data_dir')} ({path}): cannot be used: {error.strerror}"
        raise ConfigurationError([fault]) from None
