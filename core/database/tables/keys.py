"""The data keys of a sealed database, each wrapped by a key that is not in it."""

from sqlalchemy import Column, LargeBinary, Table, Text

from core.database.tables.base import metadata

data_keys = Table(
    "data_keys",
    metadata,
    Column("ref", Text, primary_key=True),  # random, of a record's; else what it is for
    Column("wrapped", LargeBinary),  # NULL once it was shredded
    sqlite_with_rowid=False,
)
