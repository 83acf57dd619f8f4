"""Answer an invitation: one yes registers and books (docs/adr/0015).

The transaction that registers also reads everything that makes the yes a consent.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, NamedTuple

import msgspec

from core.appointments.booking import book
from core.appointments.requests import Book, Booked, NotBookable
from core.appointments.rules import SlotUnavailable
from core.appointments.standby import offer_key, wait
from core.appointments.standby_requests import AnswerInvitation, Wait, Waiting
from core.database.statements import Connection, Statement, iso_utc
from core.fields.nik import parse_nik
from core.fields.timezones import moment
from core.messages import Channel, Reply
from core.registration.addresses import LostRaceError, address_columns
from core.registration.intent import Consent, Outcome, OutcomeKind, RegistrationIntent
from core.registration.notices import NOTICE
from core.registration.open_seats import FIRST_DOSE
from core.registration.statements import OF_NUMBER
from core.registration.store import record
from core.registration.terms import Terms
from core.roster.invitation_words import ANSWERED, names
from core.roster.lookup import invitation_key

OPEN_DAYS: Final = 14
NAME_CHARACTERS_MAX: Final = 60  # of a registration

# The last invitation that reached this phone. What an earlier run of the same effect has recorded
# stays open to it, whatever has come since.
_INVITATION = Statement("""
    SELECT outbox.reply, roster.nik, roster.full_name, earlier.intent_id
    FROM roster
    JOIN outbox ON outbox.key = :prefix || CAST(roster.id AS TEXT)
    LEFT JOIN intents AS earlier
        ON earlier.intent_id = :intent_id
        AND earlier.nik = roster.nik
    WHERE roster.campaign = :campaign
        AND roster.phone = :value
        AND roster.demo = 0
        AND outbox.kind = :kind
        AND outbox.value = :value
        AND (
            earlier.intent_id IS NOT NULL
            OR (
                (
                    outbox.status IN ('sent', 'delivered', 'read')
                    OR (outbox.status = 'queued' AND outbox.tried_at IS NOT NULL)
                )
                AND outbox.created_at > :since
                AND NOT EXISTS (
                    SELECT 1
                    FROM opt_outs
                    WHERE opt_outs.kind = :kind AND opt_outs.value = :value AND out = 1
                )
                AND NOT EXISTS (
                    SELECT 1
                    FROM roster AS other
                    WHERE other.phone = :value
                        AND other.campaign = :campaign
                        AND other.demo = 0
                        AND other.id <> roster.id
                )
                AND NOT EXISTS (
                    SELECT 1
                    FROM outbox AS later
                    WHERE later.kind = :kind
                        AND later.value = :value
                        AND (later.key LIKE '%' || :notice OR later.key LIKE :offers)
                        AND later.created_at > outbox.created_at
                )
            )
        )
    ORDER BY outbox.id DESC
    LIMIT 1
""")
# An appointment that the person has ended since, or kept: the seat was proposed once.
_ENDED = Statement(
    """
    SELECT 1
    FROM appointments
    WHERE record_id = {of_number}
        AND status <> 'booked'
        AND NOT EXISTS (SELECT 1 FROM appointments AS own WHERE own.booked_by = :key)
    LIMIT 1
    """,
    of_number=OF_NUMBER,
)
# One that reached this phone lately, whatever it said, and whoever of the roster has the phone.
_INVITED = Statement("""
    SELECT 1
    FROM roster
    JOIN outbox ON outbox.key = :prefix || CAST(roster.id AS TEXT)
    WHERE roster.campaign = :campaign
        AND roster.phone = :value
        AND outbox.kind = :kind
        AND outbox.value = :value
        AND outbox.status IN ('sent', 'delivered', 'read')
        AND outbox.created_at > :since
        AND NOT EXISTS (
            SELECT 1
            FROM opt_outs
            WHERE opt_outs.kind = :kind AND opt_outs.value = :value AND out = 1
        )
        AND NOT EXISTS (
            SELECT 1
            FROM records
            WHERE records.campaign = :campaign AND records.nik = roster.nik
        )
        AND NOT EXISTS (
            SELECT 1
            FROM outbox AS later
            WHERE later.kind = :kind
                AND later.value = :value
                AND later.created_at > outbox.created_at
                AND (later.key LIKE '%' || :notice OR later.key LIKE :offers)
        )
    LIMIT 1
""")
_REPLY: Final = msgspec.json.Decoder(Reply)


class Invitation(NamedTuple):
    """An open invitation: what the roster says of the person, and what the SMS proposed.

    `key` is that of its prompt, `slot` 0 where it proposed none.
    """

    nik: str
    full_name: str
    key: str
    profession: str
    slot: int


class Drawn(NamedTuple):
    """What is random: the number of a new registration, and the code of a ticket."""

    number: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The result of a yes; `seat` is None where the registration may not book."""

    intent: RegistrationIntent
    outcome: Outcome
    seat: Booked | SlotUnavailable | NotBookable | Waiting | None = None


def find_invitation(connection: Connection, request: AnswerInvitation) -> Invitation | None:
    """Return the invitation that this phone may answer; None if none is open."""
    since = moment(request.at) - timedelta(days=OPEN_DAYS)
    row = connection.one(
        _INVITATION,
        **address_columns(request.address),
        campaign=request.campaign,
        prefix=invitation_key(request.campaign, ""),
        intent_id=request.intent_id,
        since=iso_utc(since),
        notice=NOTICE,
        offers=offer_key("%", "%"),
    )
    if row is None:
        return None
    reply, nik, full_name, earlier = row
    asked = [one for one in _REPLY.decode(reply).prompts if one.key in ANSWERED]
    if not asked or not (earlier or names(asked[0].args, nik, full_name)):
        return None
    args = asked[0].args
    slot = int(args.get("slot", "0"))
    return Invitation(nik, full_name, asked[0].key, args["profession"], slot)


def was_invited(connection: Connection, request: AnswerInvitation) -> bool:
    """Return True if somebody with this phone was invited lately, and is not registered yet."""
    since = moment(request.at) - timedelta(days=OPEN_DAYS)
    found = connection.one(
        _INVITED,
        **address_columns(request.address),
        campaign=request.campaign,
        prefix=invitation_key(request.campaign, ""),
        since=iso_utc(since),
        notice=NOTICE,
        offers=offer_key("%", "%"),
    )
    return found is not None


def accept(
    connection: Connection,
    request: AnswerInvitation,
    invitation: Invitation,
    *,
    terms: Terms,
    drawn: Drawn,
) -> Accepted:
    """Register the person; then book the seat that was proposed, or keep the wish for one.

    The same request again gets the same result. Raises `LostRaceError` if the invitation is no
    longer what it was, or as `record` does: look again. The caller locks the `meeting_keys`.
    """
    if find_invitation(connection, request) != invitation:
        raise LostRaceError
    intent = _intent(request, invitation)
    outcome = record(connection, intent=intent, terms=terms, number=drawn.number)
    done = Accepted(intent=intent, outcome=outcome)
    if outcome.number is None or not outcome.proven or outcome.kind is OutcomeKind.IN_REVIEW:
        return done
    if connection.one(_ENDED, number=outcome.number, key=request.key):
        return done
    if not invitation.slot:
        wish = _wish(request, outcome.number)
        return replace(done, seat=wait(connection, wish, terms=terms))
    wanted = booking_of(request, outcome.number, invitation.slot)
    return replace(done, seat=book(connection, wanted, terms=terms, code=drawn.code))


def _intent(request: AnswerInvitation, invitation: Invitation) -> RegistrationIntent:
    at = moment(request.at)
    nik = parse_nik(invitation.nik, today=at.date())
    return RegistrationIntent(
        intent_id=request.intent_id,
        campaign=request.campaign,
        channel=Channel.SMS,
        provider=request.provider,
        address=request.address,
        message_id=request.message_id,
        received_at=at,
        nik=nik.value,
        full_name=invitation.full_name[:NAME_CHARACTERS_MAX].strip(),
        birth_date=nik.birth_date,
        sex=nik.sex,
        profession=invitation.profession,
        phone=request.address.value,
        language=request.language,
        consent_at=at,
        consent=Consent(**request.consents.get(invitation.key, {})),
    )


def booking_of(request: AnswerInvitation, number: str, slot: int) -> Book:
    """Return the booking of the seat that was proposed."""
    return Book(
        key=request.key,
        number=number,
        slot=slot,
        dose=FIRST_DOSE,
        changes=False,
        at=request.at,
        address=request.address,
        channel=Channel.SMS,
        provider=request.provider,
        language=request.language,
        thread=request.thread,
        invited=True,
    )


def _wish(request: AnswerInvitation, number: str) -> Wait:
    return Wait(
        key=request.key,
        number=number,
        campaign=request.campaign,
        dose=FIRST_DOSE,
        address=request.address,
        channel=Channel.SMS,
        at=request.at,
    )
