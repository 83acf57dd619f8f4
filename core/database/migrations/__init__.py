"""The history of the tables, one for SQLite and PostgreSQL, and `migrate`, which applies it."""

from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

from core.database.drivers import Driver, driver_for, sqlalchemy_url

HEAD = "0032"  # the newest revision in `versions`; a test holds it there
# What the revisions up to HEAD leave in SQLite; a test compares it with them.
SQLITE_TABLES = files(__name__).joinpath("sqlite.sql")


def migrate(url: str) -> None:
    """Bring the database to the newest revision; quick where it is there already. Blocks."""
    driver = driver_for(url)
    with closing(driver.connect()) as connection:
        revision = _revision(driver, connection)
        if revision is None and driver.dialect == "sqlite":
            create_tables(connection)
            revision = _revision(driver, connection)
    if revision != HEAD:
        _upgrade(url)


def create_tables(connection: Any) -> None:
    """Give a new SQLite its tables, in 5 ms where the revisions take 500; leave others alone."""
    connection.execute("BEGIN IMMEDIATE")
    is_new = connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None
    for statement in SQLITE_TABLES.read_text(encoding="utf-8").split(";\n") if is_new else ():
        connection.execute(statement)
    connection.execute("COMMIT")


def _revision(driver: Driver, connection: Any) -> str | None:
    """Return the revision of the database without importing Alembic, which takes a while."""
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None
    except driver.errors:
        return None  # there is no such table: a new database


def _upgrade(url: str) -> None:
    from alembic import command  # noqa: PLC0415 (see _revision)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = sqlalchemy_url(url)
    command.upgrade(config, "head")
