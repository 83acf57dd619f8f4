"""The history of the tables, one for SQLite and PostgreSQL, and `migrate`, which applies it."""

from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from core.database.drivers import Driver, driver_for

HEAD = "0034"  # the newest revision in `versions`; a test holds it there
# What the revisions up to HEAD leave in SQLite; a test compares it with them.
SQLITE_TABLES = files(__name__).joinpath("sqlite.sql")

_TELLS = "satupintu --version tells"


class NewerTablesError(Exception):
    """The tables are of a newer release, which left nothing that this one could serve on."""


class Tables(NamedTuple):
    """The tables of a database: their revision, and the oldest HEAD that may serve on them."""

    revision: str | None = None  # None: there are no tables yet
    compatible_from: str = ""

    @property
    def newer(self) -> bool:
        """Whether a newer release made them."""
        return self.revision is not None and self.revision > HEAD

    def check(self) -> None:
        """Raise `NewerTablesError` if this release may not serve on them."""
        if self.newer and self.compatible_from > HEAD:
            found = f"its tables ({self.revision}) are of a newer release of satupintu"
            needed = f"start one that knows {self.compatible_from} or newer"
            raise NewerTablesError(f"{found}, and this one knows {HEAD}; {needed} ({_TELLS})")


def migrate(url: str) -> Tables:
    """Bring the database to the newest revision, or leave a newer one as it is. Blocks.

    Return what it was found to be; quick where nothing is to be done. Raises `NewerTablesError`.
    """
    driver = driver_for(url)
    with closing(driver.connect()) as connection:
        found = _tables(driver, connection)
        if found.revision is None and driver.dialect == "sqlite":
            create_tables(connection)
            found = _tables(driver, connection)
    found.check()
    if found.revision is None or found.revision < HEAD:
        _upgrade(url)
    return found


def tables_at(url: str) -> Tables:
    """Return what the tables of a database are. Blocks."""
    driver = driver_for(url)
    with closing(driver.connect()) as connection:
        return _tables(driver, connection)


def create_tables(connection: Any) -> None:
    """Give a new SQLite its tables, in 5 ms where the revisions take 500; leave others alone."""
    connection.execute("BEGIN IMMEDIATE")
    is_new = connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None
    for statement in SQLITE_TABLES.read_text(encoding="utf-8").split(";\n") if is_new else ():
        connection.execute(statement)
    connection.execute("COMMIT")


def _tables(driver: Driver, connection: Any) -> Tables:
    """Look without importing Alembic, which takes a while."""
    revision = _only_value(driver, connection, "SELECT version_num FROM alembic_version")
    if revision is None or revision <= HEAD:
        return Tables(revision)
    oldest = _only_value(driver, connection, "SELECT compatible_from FROM compatibility")
    return Tables(revision, oldest or revision)


def _only_value(driver: Driver, connection: Any, statement: str) -> str | None:
    try:
        row = connection.execute(statement).fetchone()
    except driver.errors:
        return None  # there is no such table
    return str(row[0]) if row else None


def _upgrade(url: str) -> None:
    from alembic import command  # noqa: PLC0415 (see _tables)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = url
    command.upgrade(config, "head")
