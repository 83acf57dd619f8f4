"""The history of the tables, one for SQLite and PostgreSQL, and `migrate`, which applies it."""

from pathlib import Path

from core.database.drivers import driver_for, sqlalchemy_url

HEAD = "0006"  # the newest revision in `versions`; a test holds it there


def migrate(url: str) -> None:
    """Bring the database to the newest revision; quick where it is there already. Blocks."""
    if _revision(url) != HEAD:
        _upgrade(url)


def _revision(url: str) -> str | None:
    """Return the revision of the database without importing Alembic, which takes a while."""
    driver = driver_for(url)
    connection = driver.connect()
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None
    except driver.errors:
        return None  # there is no such table: a new database
    finally:
        connection.close()


def _upgrade(url: str) -> None:
    from alembic import command  # noqa: PLC0415 (see _revision)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = sqlalchemy_url(url)
    command.upgrade(config, "head")
