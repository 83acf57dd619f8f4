"""The data directory: of the embedded stores and of counts, and the mark of what has used it."""

from pathlib import Path
from typing import Final

from gateway.settings.configuration import ConfigurationError
from gateway.settings.settings import Settings, variable

PRODUCTION: Final = "production"  # the file that production leaves, for good


def make_data_dir(path: Path) -> None:
    """Make the data directory, private: it holds people's registrations."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
    except OSError as error:
        raise _unusable(path, error) from None


def mark_data_dir(settings: Settings) -> None:
    """Mark the directory where production uses it: nothing may be simulated there any more."""
    if settings.production:
        try:
            (settings.data_dir / PRODUCTION).touch(mode=0o600)
        except OSError as error:
            raise _unusable(settings.data_dir, error) from None


def held_production(path: Path) -> bool:
    """Return True if production has used this directory."""
    return (path / PRODUCTION).exists()


def metrics_dir(settings: Settings) -> Path:
    """Return the folder in which several workers add up their counts."""
    return settings.data_dir.resolve() / "metrics"


def _unusable(path: Path, error: OSError) -> ConfigurationError:
    fault = f"{variable('data_dir')} ({path}): cannot be used: {error.strerror}"
    return ConfigurationError([fault])
