"""What the tables share: their names for keys, and the kinds of columns."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Text

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


def text_column(name: str, *, optional: bool = False) -> Column[str]:
    """Return a column of text."""
    return Column(name, Text, nullable=optional)


def number_column(name: str) -> Column[int]:
    """Return a column of whole numbers."""
    return Column(name, Integer, nullable=False)


def count_column(name: str) -> Column[int]:
    """Return a column of whole numbers that begin at 0."""
    return Column(name, Integer, nullable=False, server_default="0")


def record_column(*, optional: bool = False, primary: bool = False) -> Column[int]:
    """Return the column that says whose record a row belongs to."""
    key = ForeignKey("records.id")
    return Column("record_id", Id, key, nullable=optional, primary_key=primary)
