"""What Alembic runs: one transaction, in which no other process can migrate the same database."""

from functools import partial
from typing import Any

from alembic import context
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from core.database.postgres_url import SCHEMES, PostgresUrl
from core.database.tables import metadata

MIGRATION_LOCK = 7_351_100  # any number that nothing else locks
# Something else than a revision may have left older programs behind: sealing does.
_NOTE = text("UPDATE compatibility SET compatible_from = :oldest WHERE compatible_from < :oldest")


def _begin_alone(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver begins none for DDL


def _engine(url: str) -> Engine:
    if url.partition("://")[0] not in SCHEMES:
        return create_engine(url, poolclass=NullPool)
    # As the gateway itself connects, but for its bounds: a revision may fill a large table.
    connect = partial(PostgresUrl.of(url).connect, {}, autocommit=False)
    return create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)


def _migrate() -> None:
    engine = _engine(context.config.attributes["url"])
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin_alone)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            on_version_apply=_note_compatibility,
        )
        with context.begin_transaction():
            context.run_migrations()


def _note_compatibility(ctx: Any, step: Any, heads: Any, run_args: Any) -> None:  # noqa: ARG001
    """Write which releases may serve on the tables as the revision leaves them."""
    oldest = getattr(step.up_revision.module, "compatible_from", None)
    if oldest is not None:
        ctx.connection.execute(_NOTE, {"oldest": oldest})


def _leave_transactions_to_us(raw: object, _record: object) -> None:
    raw.isolation_level = None  # type: ignore[attr-defined]  # sqlite3.Connection


_migrate()
