"""The history of the tables ends where `core/database/tables.py` stands, on both databases."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import column, create_engine, insert, table, text
from sqlalchemy.pool import NullPool

import core.database.migrations
from core.database.drivers import sqlalchemy_url
from core.database.migrations import HEAD, migrate
from core.database.tables import metadata

RECORD = {
    one.name: 1 if one.name in {"id", "version"} else ""
    for one in metadata.tables["records"].columns
    if not one.nullable and one.server_default is None
}
PROOF = {"record_id": 1, "kind": "phone", "code": "123456", "key": "k", "tries": 0}
PROOF["expires_at"] = "2021-01-20"


def add(name, **row):
    return insert(table(name, *map(column, row))).values(row)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    return request.getfixturevalue("pg_dsn")


def test_migrations_end_in_the_tables_of_the_code(url):
    migrate(url)

    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_migrating_again_changes_nothing(url):
    migrate(url)
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO audit (at, action) VALUES ('now', 'reveal')"))

    migrate(url)

    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar() == 1


def test_a_code_that_lives_outlives_the_migration(url):
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(Path(core.database.migrations.__file__).parent))
    config.attributes["url"] = sqlalchemy_url(url)
    command.upgrade(config, "0003")
    with engine.begin() as connection:
        connection.execute(add("records", **RECORD))
        connection.execute(add("proofs", **PROOF, value="+62"))

    migrate(url)

    with engine.begin() as connection:
        connection.execute(add("proofs", **PROOF, value="+63"))
        kept = connection.execute(text("SELECT value, code, key FROM proofs ORDER BY value"))
        assert [tuple(row) for row in kept] == [(one, "123456", "k") for one in ("+62", "+63")]


def test_head_is_the_newest_revision():
    config = Config()
    config.set_main_option("script_location", str(Path(core.database.migrations.__file__).parent))

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///", "redis://x", ""])
def test_a_url_of_no_known_database_is_refused(url):
    with pytest.raises(ValueError, match="should begin with"):
        migrate(url)
