"""The history of the tables ends where `core/database/tables.py` stands, on both databases."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Text, column, create_engine, insert, table, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool

import core.database.migrations
from core.database.migrations import (
    HEAD,
    SQLITE_TABLES,
    NewerTablesError,
    Tables,
    migrate,
    tables_at,
)
from core.database.tables import metadata
from tests.docs.sqlite_tables import left_by_the_revisions
from tests.fixtures.engines import sqlalchemy_url

RECORD = {
    one.name: 1 if one.name in {"id", "version"} else ""
    for one in metadata.tables["records"].columns
    if not one.nullable and one.server_default is None
}
PROOF = {"record_id": 1, "kind": "phone", "code": "123456", "key": "k", "tries": 0}
PROOF["expires_at"] = "2021-01-20"

MESSAGE = {
    one.name: 0 if one.name in {"answers_request", "attempts"} else "x"
    for one in metadata.tables["outbox"].columns
    if not one.nullable and one.server_default is None and one.name not in {"id", "key"}
}
MESSAGE["status"] = "queued"
TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}


def add(name, **row):
    return insert(table(name, *map(column, row))).values(row)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    return request.getfixturevalue("pg_dsn")


def upgrade(url, revision):
    config = Config()
    config.set_main_option("script_location", str(Path(core.database.migrations.__file__).parent))
    config.attributes["url"] = sqlalchemy_url(url)
    command.upgrade(config, revision)


def test_migrations_end_in_the_tables_of_the_code(url):
    upgrade(url, "head")

    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_migrations_end_in_the_triggers(url):
    upgrade(url, "head")

    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        found = connection.execute(text(TRIGGERS[connection.dialect.name]))
        assert {name for (name,) in found} == {
            *("tr_outbox_release", "tr_outbox_release_deleted"),
            *("tr_cases_intents", "tr_cases_records", "tr_cases_records_moved"),
            *("tr_cases_history", "tr_cases_screenings", "tr_cases_evidence", "tr_cases_close"),
            "tr_cases_filed",
            "tr_slots_closed",
            *("tr_records_count_insert", "tr_records_count_update", "tr_records_count_delete"),
            *("tr_intents_count_insert", "tr_intents_count_update", "tr_intents_count_delete"),
        }


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
    upgrade(url, "0003")
    with engine.begin() as connection:
        connection.execute(add("records", **RECORD))
        connection.execute(add("proofs", **PROOF, value="+62"))

    migrate(url)

    with engine.begin() as connection:
        connection.execute(add("proofs", **PROOF, value="+63"))
        kept = connection.execute(text("SELECT value, code, key FROM proofs ORDER BY value"))
        assert [tuple(row) for row in kept] == [(one, "123456", "k") for one in ("+62", "+63")]


def test_existing_records_are_held_where_something_vouches_for_them(url):
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    upgrade(url, "0007")
    records = {
        "proven": ("received", 1),
        "listed": ("verified", 0),
        "written": ("not_listed", 0),
    }
    with engine.begin() as connection:
        for place, (nik, (status, verified)) in enumerate(records.items(), 1):
            row = {**RECORD, "id": place, "nik": nik, "number": nik, "status": status}
            connection.execute(add("records", **row))
            linked = {"record_id": place, "kind": "x", "value": nik, "verified": verified}
            connection.execute(add("addresses", **linked, channels="[]", linked_at=""))

    migrate(url)

    with engine.begin() as connection:
        kept = connection.execute(text("SELECT nik, standing FROM records ORDER BY id"))
        assert [tuple(row) for row in kept] == [
            ("proven", "held"),
            ("listed", "held"),
            ("written", "claimed"),
        ]
        linked = connection.execute(text("SELECT count(*) FROM addresses")).scalar()
        assert linked == len(records)


def test_of_a_nik_one_record_is_current(url):
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    migrate(url)
    standings = ("held", "superseded", "contested", "contested")
    with engine.begin() as connection:
        for place, standing in enumerate(standings, 1):
            row = {**RECORD, "id": place, "number": str(place), "standing": standing}
            connection.execute(add("records", **row))
    again = add("records", **{**RECORD, "id": 9, "number": "9", "standing": "claimed"})
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(again)


def test_a_new_sqlite_has_at_once_what_the_migrations_leave():
    assert SQLITE_TABLES.read_text(encoding="utf-8") == left_by_the_revisions(), (
        "write it again: python -m tests.docs.sqlite_tables"
    )


def test_a_new_sqlite_is_made_without_alembic(tmp_path):
    url = f"sqlite:///{tmp_path / 'test.db'}"
    code = f"import sys, core.database.migrations as m; m.migrate({url!r}); print(*sys.modules)"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"alembic", "sqlalchemy"} & set(made.stdout.split())

    with closing(sqlite3.connect(tmp_path / "test.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [
            (HEAD,)
        ]
        assert connection.execute("SELECT count(*) FROM records").fetchall() == [(0,)]


def test_several_may_make_the_same_new_sqlite(tmp_path):
    url = f"sqlite:///{tmp_path / 'test.db'}"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(migrate, [url] * 8))


def test_what_waits_is_held_by_the_migration_and_released_by_any_version(url):
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(Path(core.database.migrations.__file__).parent))
    config.attributes["url"] = sqlalchemy_url(url)
    command.upgrade(config, "0006")
    with engine.begin() as connection:
        for key in "123":
            connection.execute(add("outbox", **MESSAGE, key=key))
        connection.execute(add("outbox", **{**MESSAGE, "value": "+63"}, key="other"))

    migrate(url)

    with engine.begin() as connection:
        held = text("SELECT key, held_by FROM outbox WHERE held_by IS NOT NULL ORDER BY id")
        assert [tuple(row) for row in connection.execute(held)] == [("2", 1), ("3", 2)]
        connection.execute(text("UPDATE outbox SET status = 'sent' WHERE key = '1'"))
        assert [tuple(row) for row in connection.execute(held)] == [("3", 2)]


def test_head_is_the_newest_revision():
    config = Config()
    config.set_main_option("script_location", str(Path(core.database.migrations.__file__).parent))

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///", "redis://x", ""])
def test_a_url_of_no_known_database_is_refused(url):
    with pytest.raises(ValueError, match="should begin with"):
        migrate(url)


def test_no_row_of_any_table_is_lost_on_the_way_from_0007(url):
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    upgrade(url, "0007")
    with engine.begin() as connection:
        before = MetaData()
        before.reflect(connection)
        for one in before.sorted_tables:
            if one.name != "alembic_version":
                connection.execute(insert(one).values(_filled(one)))
        kept = {
            one.name: connection.execute(one.select()).mappings().all()
            for one in before.sorted_tables
        }

    migrate(url)

    after = MetaData()
    with engine.begin() as connection:
        after.reflect(connection)
        for name, rows in kept.items():
            now = connection.execute(after.tables[name].select()).mappings().all()
            for row, same in zip(rows, now, strict=True):
                assert name == "alembic_version" or row.items() <= same.items()


def _filled(one):
    """Return a value for each column: 1 also refers to the row with that key."""
    return {column.name: "1" if isinstance(column.type, Text) else 1 for column in one.columns}


NEWER = "9999"
FIRST_TO_SAY = "0029"  # the first revision that says which programs may serve on it


def make_newer(url, compatible_from):
    """Leave the tables as a newer release would that says so."""
    migrate(url)
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": NEWER})
        connection.execute(text("DELETE FROM compatibility"))
        if compatible_from:
            connection.execute(add("compatibility", compatible_from=compatible_from))


def test_an_older_program_leaves_newer_tables_that_it_may_serve_on(url):
    make_newer(url, HEAD)
    assert migrate(url) == Tables(NEWER, HEAD)
    assert tables_at(url) == Tables(NEWER, HEAD)


@pytest.mark.parametrize("compatible_from", [f"{HEAD}.", NEWER, None])
def test_an_older_program_is_refused_by_newer_tables_that_have_left_it_behind(
    url, compatible_from
):
    make_newer(url, compatible_from)
    with pytest.raises(NewerTablesError, match=f"knows {compatible_from or NEWER} or newer"):
        migrate(url)


def test_new_tables_say_which_programs_may_serve_on_them(url):
    migrate(url)
    scripts = ScriptDirectory(str(Path(core.database.migrations.__file__).parent))
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        said = connection.execute(text("SELECT compatible_from FROM compatibility")).fetchall()
    assert said == [(scripts.get_revision(HEAD).module.compatible_from,)]


def test_who_was_left_behind_stays_so(url):
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    upgrade(url, FIRST_TO_SAY)
    with engine.begin() as connection:
        connection.execute(text("UPDATE compatibility SET compatible_from = '9999'"))
    migrate(url)
    with engine.connect() as connection:
        said = connection.execute(text("SELECT compatible_from FROM compatibility"))
        assert said.fetchall() == [("9999",)]


def test_each_revision_says_which_programs_may_serve_and_none_comes_back():
    scripts = ScriptDirectory(str(Path(core.database.migrations.__file__).parent))
    said = [
        (getattr(one.module, "compatible_from", f"missing in {one.revision}"), one.revision)
        for one in reversed(list(scripts.walk_revisions()))
        if one.revision >= FIRST_TO_SAY
    ]
    assert said == sorted(said), "see CONTRIBUTING.md, Tables"
    ordered = [revision for _oldest, revision in said]
    assert ordered == sorted(ordered), "a higher number is a newer revision"
    assert all(oldest <= revision for oldest, revision in said)
