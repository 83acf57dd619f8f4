"""The act of registering somebody who asks an official for it."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from core.cases.plans import Words
from core.cases.tell import Telling, tell
from core.database.audit import note
from core.database.statements import Connection, Statement
from core.fields.nik import parse_nik
from core.fields.timezones import local, zone_of
from core.messages import Address, AddressKind, Channel, Voucher
from core.operators.roles import Scope
from core.registration.intent import Consent, Outcome, OutcomeKind, RegistrationIntent
from core.registration.requests import Register
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.changing import DESK, actor_of
from gateway.operators.deeds import followed
from gateway.operators.desk import Desk
from gateway.operators.fields import (
    FULL_NAME,
    LANGUAGE,
    NIK,
    PHONE,
    PROFESSION,
    PROFESSION_TEXT,
    TEXT,
    read_fields,
)
from gateway.operators.schema import Schema

_BODY: Final[Schema] = {
    "type": "object",
    "properties": dict.fromkeys((NIK, FULL_NAME, PROFESSION, PHONE, LANGUAGE), TEXT),
    "required": [NIK, FULL_NAME, PROFESSION, PHONE],
}
_MADE: Final = frozenset({OutcomeKind.REGISTERED, OutcomeKind.RECEIVED})
_ID = Statement("SELECT id FROM records WHERE number = :number")


def register_act(desk: Desk) -> Act:
    """Return the act."""
    return Act(
        name="register",
        method="POST",
        path="/api/v1/registrations",
        scope=Scope.BOOK,
        audit="register",
        says="Register somebody who asks for it; the person is told the number.",
        body=_BODY,
        run=partial(_register, desk),
        writes=True,
    )


async def _register(desk: Desk, call: Call) -> Answer:
    actor, fields = actor_of(call), read_fields(desk, call.body, call.at)
    how = Telling(f"{actor.key}/told", actor.at, desk.countries)

    def tell_and_note(connection: Connection, outcome: object) -> None:
        assert isinstance(outcome, Outcome), "a registration has an outcome"
        if outcome.kind in _MADE and outcome.number:
            _tell_number(connection, number=outcome.number, how=how)
        note(connection, call.noted(call.word, outcome.number or None))

    effects = followed(desk, tell_and_note).effects
    outcome = await effects.run(Register(_intent(desk, call, fields, key=actor.key)))
    assert isinstance(outcome, Outcome), "a registration has an outcome"
    value = {"outcome": outcome.kind.value, "number": outcome.number, "status": outcome.status}
    return Answer(value=value, status=201 if outcome.kind in _MADE else 200, noted=True)


def _intent(desk: Desk, call: Call, fields: Mapping[str, str], *, key: str) -> RegistrationIntent:
    """Return the intent for which an official vouches; the phone is not proven by that."""
    today = local(call.at, zone_of(fields[NIK])).date()
    nik = parse_nik(fields[NIK], today=today)
    language = fields.get(LANGUAGE, desk.campaign.language)
    version = desk.campaign.consent_version
    return RegistrationIntent(
        intent_id=key[:32],
        campaign=desk.campaign.id,
        channel=Channel.WEB,
        provider=DESK,
        address=Address(AddressKind.PHONE, fields[PHONE]),
        message_id=key,
        received_at=call.at,
        nik=nik.value,
        full_name=fields[FULL_NAME],
        birth_date=nik.birth_date,
        sex=nik.sex,
        profession=fields[PROFESSION],
        phone=fields[PHONE],
        language=language,
        consent_at=call.at,
        consent=Consent(version=version, channel=DESK, language=language),
        voucher=Voucher.OPERATOR,
        attributes={PROFESSION_TEXT: words} if (words := fields.get(PROFESSION_TEXT)) else {},
    )


def _tell_number(connection: Connection, *, number: str, how: Telling) -> None:
    row = connection.one(_ID, number=number)
    assert row is not None, "it was just registered"
    tell(connection, int(row[0]), Words.REGISTERED, how)
