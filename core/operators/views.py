"""What the operator API shows of registrations and messages."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.messages import AddressKind, Channel, Reply, Voucher
from core.registration.intent import OutcomeKind, RegistrationIntent
from core.registration.standing import RecordStanding

ReviewReason = Literal[
    "name_differs_from_roster",
    "name_differs_from_record",
    "likely_duplicate",
    "contested",
    "superseded",
    "phone_denied",
]


class View(BaseModel):
    """A part of an answer; its fields are the JSON's."""

    model_config = ConfigDict(frozen=True)


class AddressView(View):
    """An address of a person; `verified` if its possession is proven."""

    kind: AddressKind
    value: str = Field(repr=False)
    verified: bool
    channels: tuple[Channel, ...]


class IntentView(View):
    """One request to register, and its outcome; `voucher` is None before there were any."""

    id: str
    channel: Channel
    provider: str
    received_at: datetime
    outcome: OutcomeKind
    voucher: Voucher | None


class AppointmentView(View):
    """The live appointment of a record, or its last; `start` has the facility's UTC offset."""

    facility_code: str
    facility_name: str
    start: datetime
    dose: int
    status: str


class FacilityView(View):
    """A place with appointments."""

    code: str
    name: str
    regency_code: str
    address: str
    latitude: float | None
    longitude: float | None


class SlotView(View):
    """A time at a facility; `start` has the facility's UTC offset."""

    start: datetime
    capacity: int
    booked: int
    dose: int


class RecordView(View):
    """One whole registration; the caller masks the `nik`. `version` grows with each change."""

    number: str
    version: int
    status: str
    standing: RecordStanding
    nik: str = Field(repr=False)
    full_name: str = Field(repr=False)
    birth_date: date = Field(repr=False)
    sex: Literal["female", "male"]
    profession: str
    phone: str | None = Field(repr=False)
    language: str
    addresses: tuple[AddressView, ...]
    channels: tuple[Channel, ...]
    intents: tuple[IntentView, ...]
    appointment: AppointmentView | None
    created_at: datetime
    updated_at: datetime


class MessageView(View):
    """One message of the outbox; `why` says why it was not sent, or not at once."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)  # Reply is msgspec's

    id: str
    channel: Channel
    provider: str | None
    address: str = Field(repr=False)
    reply: Reply = Field(repr=False)
    status: str
    attempts: int
    why: str | None
    provider_id: str | None
    created_at: datetime
    sent_at: datetime | None


class ReviewView(View):
    """An intent that waits for a decision, or a record and the intent that created it.

    `number` is that of the NIK's own record, if it exists; `record_number` that of the record in
    question, another person's for a likely duplicate. `intent` is None if no message created the
    record.
    """

    id: str
    number: str | None
    received_at: datetime
    reason: ReviewReason
    record_number: str | None
    intent: RegistrationIntent | None = Field(repr=False)
