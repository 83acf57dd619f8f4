"""Write `core/database/migrations/sqlite.sql` again: what the revisions leave in a new SQLite.

After adding a revision: `.venv/bin/python -m tests.docs.sqlite_tables`.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config

from core.database import migrations

PATH = Path(migrations.__file__).with_name("sqlite.sql")


def left_by_the_revisions():
    """Return the SQL of all tables that Alembic makes, and of the rows that tell which."""
    config = Config()
    config.set_main_option("script_location", str(PATH.parent))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        config.attributes["url"] = f"sqlite:///{path}"
        command.upgrade(config, "head")
        with closing(sqlite3.connect(path)) as connection:
            made = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
            statements = [row[0] for row in connection.execute(made)]
            for table in ("alembic_version", "compatibility"):
                (value,) = connection.execute(f"SELECT * FROM {table}").fetchone()  # noqa: S608 ours
                statements.append(f"INSERT INTO {table} VALUES ('{value}')")  # noqa: S608 ours
    lines = ";\n".join(statements).splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip()) + ";\n"


if __name__ == "__main__":
    PATH.write_text(left_by_the_revisions(), encoding="utf-8")
