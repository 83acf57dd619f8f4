"""Current registrations by name, with a birth date or a regency: at most a few."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from rapidfuzz import fuzz, process

from core.database.statements import KEYS, Connection, Plain, Statement
from core.fields.name_matching import fold_name
from core.fields.nik import WOMAN_DAY

HITS_MAX: Final = 20
READ_MAX: Final = 2_000  # candidates that one search compares
FOLDED_MAX: Final = 200  # the likeliest of them as they are written, before degrees are folded
LIKENESS_MIN: Final = 60.0  # percent, of rapidfuzz
WORDS: Final = 3  # of a name: the longest
_NO_WILDCARDS: Final = str.maketrans("", "", "%_")

# A NIK tells the birth date from its seventh digit on, a woman's day plus 40.
_BY_BIRTH_DATE = Statement("""
    SELECT id, full_name
    FROM records
    WHERE campaign = :campaign
        AND nik_tail BETWEEN :first AND :last
        AND birth_date = :born
    LIMIT :limit
""")
# One pass over the index of NIKs, which holds all that is read (`|| ''` keeps SQLite from the one
# of current records): names with all words come first, then those with the longest alone.
_BY_REGENCY = Statement("""
    SELECT id, full_name
    FROM records
    WHERE campaign = :campaign
        AND nik BETWEEN :first AND :last
        AND full_name ILIKE :word_0
        AND standing || '' IN ('claimed', 'held')
    ORDER BY (full_name ILIKE :word_1 AND full_name ILIKE :word_2) DESC
    LIMIT :limit
""")
_NUMBERS = Statement("SELECT id, number FROM records WHERE id IN ({KEYS})", KEYS=KEYS)


class Sought(NamedTuple):
    """A name, and either a birth date or a regency (four digits, with which the NIK begins)."""

    full_name: str
    birth_date: date | None = None
    regency: str = ""


def find_by_name(connection: Connection, campaign: str, sought: Sought) -> Sequence[str]:
    """Return the numbers of the registrations whose name is the most alike, the best first.

    A regency is searched for the longest word of the name as it is written, or a part like it;
    among very many, those whose names have its other long words are compared first.
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
    found: list[tuple[int, str]] = []
    for day in (born.day, born.day + WOMAN_DAY):
        head = f"{day:02d}{born:%m%y}"
        where: dict[str, Plain] = {"first": f"{head}0000", "last": f"{head}9999"}
        where |= {"campaign": campaign, "born": born.isoformat(), "limit": READ_MAX}
        found += [(row[0], row[1]) for row in connection.all(_BY_BIRTH_DATE, **where)]
    return found


def _of_regency(connection: Connection, campaign: str, sought: Sought) -> list[tuple[int, str]]:
    words = sought.full_name.upper().translate(_NO_WILDCARDS).split()
    longest = sorted(words, key=len, reverse=True)[:WORDS]
    where: dict[str, Plain] = {
        "first": sought.regency.ljust(16, "0"),
        "last": sought.regency.ljust(16, "9"),
        "limit": READ_MAX,
        "campaign": campaign,
    }
    where |= {f"word_{place}": "%" for place in range(WORDS)}
    where |= {f"word_{place}": f"%{word}%" for place, word in enumerate(longest)}
    return [(row[0], row[1]) for row in connection.all(_BY_REGENCY, **where)]
