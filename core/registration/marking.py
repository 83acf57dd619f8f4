"""What finds a record without reading parts of its NIK or name, in SQL.

The release before writes records without it. Every start of a gateway fills that in; the last one
of an update comes after the last gateway of the release before has stopped.
"""

from contextlib import closing
from typing import Final

from core.database.drivers import driver_for
from core.database.statements import Connection, Statement
from core.fields.name_marks import name_marks
from core.fields.nik import regency_of

BATCH_MAX: Final = 1_000  # records of one transaction, for which turns wait
NO_REGENCY: Final = "-"  # of what is no NIK: the empty one says that nothing was filled in yet

_ANY = Statement("SELECT 1 FROM records WHERE regency = '' LIMIT 1")
_UNMARKED = Statement("""
    SELECT id, nik, full_name
    FROM records
    WHERE regency = ''
    LIMIT :limit
    FOR NO KEY UPDATE
""")
_MARK = Statement("""
    UPDATE records
    SET regency = :regency, name_marks = :name_marks
    WHERE id = :row_id
""")


def marks_of(nik: str, full_name: str) -> dict[str, str]:
    """Return the columns by which a record is found: its regency, and the marks of its name."""
    return {"regency": regency_of(nik) or NO_REGENCY, "name_marks": name_marks(full_name)}


def mark(connection: Connection, *, limit: int) -> int:
    """Fill in those columns of up to `limit` records that lack them; return of how many."""
    found = connection.all(_UNMARKED, limit=limit)
    rows = [{"row_id": row_id, **marks_of(nik, name)} for row_id, nik, name in found]
    connection.run_many(_MARK, rows)
    return len(rows)


def mark_all(url: str) -> None:
    """Fill them in wherever they lack, in short transactions. Blocks."""
    driver = driver_for(url)
    with closing(driver.connect()) as raw:
        connection = Connection(raw.cursor(), driver.dialect)
        while connection.all(_ANY):
            with driver.writing.lock():
                raw.execute(driver.writing.begin)
                mark(connection, limit=BATCH_MAX)
                raw.execute("COMMIT")
