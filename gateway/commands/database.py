"""What commands that work beside a running gateway share: a database to write to, and a bar."""

import sys
from typing import Any

import typer

from core.database.migrations import migrate
from gateway.settings.data_dir import make_data_dir
from gateway.settings.settings import Settings


def prepare_database(settings: Settings) -> None:
    """Make the database, or bring it to this version; quick where it is."""
    if not settings.database_url:
        make_data_dir(settings.data_dir)
    migrate(settings.database)


def progress(label: str, length: int) -> Any:
    """Return a bar on stderr; none where nobody watches."""
    hidden = not sys.stderr.isatty()
    return typer.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden)
