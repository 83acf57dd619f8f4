"""Current registrations by name, with a birth date or a regency: at most a few."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from rapidfuzz import fuzz, process

from core.database.statements import KEYS, Connection, Plain, Statement
from core.fields.name_marks import head_mark
from core.fields.name_matching import fold_name
from core.registration.standing import CURRENT

HITS_MAX: Final = 20
READ_MAX: Final = 2_000  # candidates that one search compares
FOLDED_MAX: Final = 200  # the likeliest of them as they are written, before degrees are folded
LIKENESS_MIN: Final = 60.0  # percent, of rapidfuzz
WORDS: Final = 3  # of a name: the longest

_BY_BIRTH_DATE = Statement(
    """
    SELECT id, full_name
    FROM records
    WHERE campaign = :campaign
        AND birth_date = :birth_date
        AND {current}
    LIMIT :limit
    """,
    current=CURRENT,
)
# One pass over the index of marks, which holds all that is read but the names (`|| ''` keeps
# SQLite from the index of current records): those with marks of all words come first.
_BY_REGENCY = Statement("""
    SELECT id, full_name
    FROM records
    WHERE id IN (
        SELECT id
        FROM records
        WHERE campaign = :campaign
            AND regency = :regency
            AND name_marks LIKE '%' || :mark_0 || '%'
            AND standing || '' IN ('claimed', 'held')
        ORDER BY
            (name_marks LIKE '%' || :mark_1 || '%' AND name_marks LIKE '%' || :mark_2 || '%') DESC
        LIMIT :limit
    )
""")
_NUMBERS = Statement("SELECT id, number FROM records WHERE id IN ({KEYS})", KEYS=KEYS)


class Sought(NamedTuple):
    """A name, and either a birth date or a regency (four digits, with which the NIK begins)."""

    full_name: str
    birth_date: date | None = None
    regency: str = ""


def find_by_name(connection: Connection, campaign: str, sought: Sought) -> Sequence[str]:
    """Return the numbers of the registrations whose name is the most alike, the best first.

    A regency is searched for names with a word that begins like the longest of this one; among
    very many, those that have its other long words are compared first.
    """
    wanted = fold_name(sought.full_name)
    rows = _born_on(connection, campaign, sought.birth_date) if sought.birth_date else ()
    rows = rows or (_of_regency(connection, campaign, sought) if sought.regency else ())
    likely = process.extract(
        sought.full_name.upper(),
        [name.upper() for _, name in rows],
        scorer=fuzz.token_set_ratio,
        limit=FOLDED_MAX,
    )
    found = [rows[place] for _, _, place in likely]
    scored = [(fuzz.token_set_ratio(wanted, fold_name(name)), row_id) for row_id, name in found]
    alike = sorted((one for one in scored if one[0] >= LIKENESS_MIN), reverse=True)
    best = [row_id for _, row_id in alike[:HITS_MAX]]
    numbers = {row[0]: str(row[1]) for row in connection.all_among(_NUMBERS, best)}
    return [numbers[row_id] for row_id in best]


def _born_on(connection: Connection, campaign: str, born: date) -> list[tuple[int, str]]:
    where: dict[str, Plain] = {"campaign": campaign, "birth_date": born.isoformat()}
    return [(row[0], row[1]) for row in connection.all(_BY_BIRTH_DATE, **where, limit=READ_MAX)]


def _of_regency(connection: Connection, campaign: str, sought: Sought) -> list[tuple[int, str]]:
    longest = sorted(fold_name(sought.full_name).split(), key=len, reverse=True)[:WORDS]
    if not longest:
        return []
    where: dict[str, Plain] = {f"mark_{place}": "" for place in range(WORDS)}
    where |= {f"mark_{place}": head_mark(word) for place, word in enumerate(longest)}
    where |= {"campaign": campaign, "regency": sought.regency, "limit": READ_MAX}
    return [(row[0], row[1]) for row in connection.all(_BY_REGENCY, **where)]
