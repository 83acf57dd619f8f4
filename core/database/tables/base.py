"""What the tables share: naming of keys and indexes, and kinds of columns."""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, Table, Text, text

metadata = MetaData(
    naming_convention={
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
Id = BigInteger().with_variant(Integer, "sqlite")


def text_column(name: str, default: str | None = None, *, optional: bool = False) -> Column[str]:
    """Return a text column, NOT NULL unless `optional`."""
    return Column(name, Text, nullable=optional, server_default=default)


def number_column(name: str) -> Column[int]:
    """Return an integer column."""
    return Column(name, Integer, nullable=False)


def count_column(name: str) -> Column[int]:
    """Return an integer column with default 0."""
    return Column(name, Integer, nullable=False, server_default="0")


def record_column(*, optional: bool = False, primary: bool = False) -> Column[int]:
    """Return the foreign key to `records`."""
    key = ForeignKey("records.id")
    return Column("record_id", Id, key, nullable=optional, primary_key=primary)


def partial_index(name: str, where: str, *columns: Column[Any], unique: bool = False) -> None:
    """Index those rows alone for which `where` holds, an SQL condition."""
    only = text(where)
    Index(name, *columns, unique=unique, sqlite_where=only, postgresql_where=only)


compatibility = Table(
    "compatibility",
    metadata,
    Column("compatible_from", Text, primary_key=True),  # the oldest HEAD that may serve here
    sqlite_with_rowid=False,
)
