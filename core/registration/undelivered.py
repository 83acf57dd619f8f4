"""A letter that could not be delivered goes on as an SMS, where a phone is known."""

from dataclasses import replace
from datetime import datetime

from core.database.statements import Connection, Statement, column_list
from core.events import Receipt
from core.messages import Address, AddressKind, Channel
from core.outbox.message import Claimed, Outgoing
from core.outbox.rows import CLAIMED, read_claimed
from core.outbox.store import give_up
from core.outbox.withholding import enqueue_unasked

# Answers are left out: anybody may have written the letter that one of them answers.
_FIND = Statement(
    """
    SELECT {columns}
    FROM outbox
    WHERE provider = :provider
        AND provider_id = :provider_id
        AND channel = 'email'
        AND status = 'dead'
        AND answers_request = 0
    """,
    columns=column_list(CLAIMED),
)
_PHONE = Statement("""
    SELECT
        records.id,
        COALESCE(
            (
                SELECT value
                FROM addresses
                WHERE record_id = records.id
                    AND kind = 'phone'
                    AND verified = 1
                ORDER BY linked_at
                LIMIT 1
            ),
            records.phone
        )
    FROM records
    WHERE number = :number
""")


def send_instead(
    connection: Connection, *, receipt: Receipt, at: datetime, countries: frozenset[str]
) -> None:
    """Queue what a letter that bounced said as an SMS to the phone of that record, once.

    It goes within the bounds of an SMS that nobody asked for, and not once it is outdated.
    """
    where = {"provider": receipt.provider, "provider_id": receipt.provider_id}
    for row in connection.all(_FIND, **where):
        letter = read_claimed(dict(zip(CLAIMED, row, strict=True)), at).message
        _queue_sms(connection, letter, at, countries)


def give_up_letter(
    connection: Connection, *, refused: Claimed, why: str, at: datetime, countries: frozenset[str]
) -> None:
    """Give up a letter that the relay refuses for good; what it said goes by SMS, likewise."""
    letter = refused.message
    if give_up(connection, refused.id, why=why) and not letter.answers_request:
        _queue_sms(connection, letter, at, countries)


def _queue_sms(
    connection: Connection, letter: Outgoing, at: datetime, countries: frozenset[str]
) -> None:
    number = _number(letter)
    found = connection.one(_PHONE, number=number) if number else None
    if found is not None and found[1]:
        sms = _as_sms(letter, found[1], at)
        enqueue_unasked(connection, sms, record_id=found[0], countries=countries)


def _number(letter: Outgoing) -> str:
    return next((one.args["number"] for one in letter.reply.prompts if "number" in one.args), "")


def _as_sms(letter: Outgoing, phone: str, at: datetime) -> Outgoing:
    return replace(
        letter,
        key=f"{letter.key}/sms",
        channel=Channel.SMS,
        provider=None,
        address=Address(AddressKind.PHONE, phone),
        created_at=at,
        not_before=None,
        headers={},
        ticket=None,
    )
