"""Intents and records that wait for an operator's decision."""

from collections.abc import Sequence
from typing import Final

from core.database.statements import Connection, Row, Statement, parameter_list
from core.fields.name_matching import fold_name
from core.fields.nik_slips import slips
from core.operators.views import ReviewReason, ReviewView
from core.registration.intent import RegistrationIntent
from core.registration.notice_answers import NOT_MINE
from core.registration.standing import CURRENT

SLIPS_MAX: Final = 264  # of 16 digits: 144 with one changed, 120 with two swapped

_INTENTS = Statement("""
    SELECT intents.intent_id, records.number, intents.received_at, intents.intent
    FROM intents
    LEFT JOIN records ON records.id = intents.record_id
    WHERE intents.outcome = 'in_review'
    ORDER BY intents.id DESC
    LIMIT :limit
""")
_DENIED: Final = """EXISTS (
            SELECT 1
            FROM history
            WHERE history.record_id = records.id
                AND history.field = 'notice'
                AND history.new = :denied
        )"""
# What waits; a held record whose phone was denied keeps its status and waits until it has a phone.
_WAITING: Final = (
    "records.status = 'in_review'",
    "records.status = 'superseded'",
    f"records.status NOT IN ('in_review', 'superseded') AND records.phone IS NULL AND {_DENIED}",
)
_RECORDS: Final = [
    Statement(
        """
    SELECT
        COALESCE(intents.intent_id, records.number),
        records.number,
        COALESCE(intents.received_at, records.created_at),
        intents.intent,
        CASE
            WHEN records.standing IN ('contested', 'superseded') THEN records.standing
            WHEN {denied} THEN 'phone_denied'
            ELSE 'name_differs_from_roster'
        END
    FROM records
    LEFT JOIN intents
        ON intents.record_id = records.id
        AND intents.outcome IN ('registered', 'received')
    WHERE {waiting}
    ORDER BY records.id DESC
    LIMIT :limit
    """,
        denied=_DENIED,
        waiting=waiting,
    )
    for waiting in _WAITING
]
_NEIGHBOURS = Statement(
    """
    SELECT number, full_name, phone
    FROM records
    WHERE campaign = :campaign
        AND {current}
        AND nik IN ({near})
    ORDER BY id
    """,
    current=CURRENT,
    near=parameter_list(f"nik_{place}" for place in range(SLIPS_MAX)),
)


def read_reviews(connection: Connection, *, limit: int) -> Sequence[ReviewView]:
    """Return up to `limit` reviews, newest first."""
    asked = [_of_intent(connection, row) for row in connection.all(_INTENTS, limit=limit)]
    made = [
        _view(row[:-1], row[-1], row[1])
        for records in _RECORDS
        for row in connection.all(records, denied=NOT_MINE, limit=limit)
    ]
    both = sorted([*asked, *made], key=lambda one: one.received_at, reverse=True)
    return both[:limit]


def _of_intent(connection: Connection, row: Row) -> ReviewView:
    if row[1] is not None:
        return _view(row, "name_differs_from_record", row[1])
    alone = _view(row, "likely_duplicate", None)
    assert alone.intent is not None  # the column is NOT NULL
    return alone.model_copy(update={"record_number": _original(connection, alone.intent)})


def _view(row: Row, reason: ReviewReason, about: str | None) -> ReviewView:
    row_id, number, at, intent = row
    return ReviewView(
        id=row_id,
        number=number,
        received_at=at,
        reason=reason,
        record_number=about,
        intent=RegistrationIntent.model_validate_json(intent) if intent else None,
    )


def _original(connection: Connection, intent: RegistrationIntent) -> str | None:
    """Return the number of the record that the intent probably duplicates, if it still exists.

    By the rule of `registration.identity`: the NIK one slip away, and the same name or phone.
    """
    near = {f"nik_{place}": nik for place, nik in enumerate(sorted(slips(intent.nik)))}
    spare = {f"nik_{place}": "" for place in range(len(near), SLIPS_MAX)}
    rows = connection.all(_NEIGHBOURS, campaign=intent.campaign, **near, **spare)
    name = fold_name(intent.full_name)
    same_name = [number for number, full_name, _ in rows if fold_name(full_name) == name]
    same_phone = [number for number, _, phone in rows if phone and phone == intent.phone]
    return next(iter([*same_name, *same_phone]), None)
