"""Made-up people, to try everything as."""

import tomllib
from importlib.resources import files
from typing import Any


def people() -> list[dict[str, Any]]:
    """Return them in the order of the file."""
    text = files(__package__ or "").joinpath("people.toml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text)["people"]
    return found
