"""Intents and records that wait for an operator's decision."""

from collections.abc import Mapping, Sequence
from typing import Final

from core.database.statements import Connection, Row, Statement, parameter_list
from core.fields.name_matching import fold_name
from core.fields.nik_slips import slips
from core.operators.views import ReviewReason, ReviewView
from core.registration.intent import RegistrationIntent
from core.registration.standing import CURRENT, RecordStanding

SLIPS_MAX: Final = 264  # of 16 digits: 144 with one changed, 120 with two swapped

_INTENTS = Statement("""
    SELECT intents.intent_id, records.number, intents.received_at, intents.intent
    FROM intents
    LEFT JOIN records ON records.id = intents.record_id
    WHERE intents.outcome = 'in_review'
    ORDER BY intents.id DESC
    LIMIT :limit
""")
_RECORDS = Statement("""
    SELECT
        COALESCE(intents.intent_id, records.number),
        records.number,
        COALESCE(intents.received_at, records.created_at),
        intents.intent,
        CASE WHEN records.status = 'in_review' THEN records.standing ELSE 'denied' END
    FROM records
    LEFT JOIN intents
        ON intents.record_id = records.id
        AND intents.outcome IN ('registered', 'received')
    WHERE records.status = 'in_review'
        OR (
            records.phone IS NULL
            AND records.standing = 'held'
            AND EXISTS (
                SELECT 1
                FROM history
                WHERE history.record_id = records.id
                    AND history.field = 'notice'
                    AND history.new = 'not mine'
            )
        )
    ORDER BY records.id DESC
    LIMIT :limit
""")
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


_REASONS: Final[Mapping[str, ReviewReason]] = {
    RecordStanding.CONTESTED: "contested",
    "denied": "phone_denied",
}


def read_reviews(connection: Connection, *, limit: int) -> Sequence[ReviewView]:
    """Return up to `limit` reviews, newest first."""
    asked = [_of_intent(connection, row) for row in connection.all(_INTENTS, limit=limit)]
    held = [
        _view(row[:-1], _REASONS.get(row[-1], "name_differs_from_roster"), row[1])
        for row in connection.all(_RECORDS, limit=limit)
    ]
    both = sorted([*asked, *held], key=lambda one: one.received_at, reverse=True)
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
