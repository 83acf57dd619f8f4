"""What the operator API shows of registrations and messages."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.messages import AddressKind, Channel, Reply
from core.registration.intent import OutcomeKind, RegistrationIntent

ReviewReason = Literal["name_differs_from_roster", "name_differs_from_record", "likely_duplicate"]


class View(BaseModel):
    """Something to read, in JSON by these names."""

    model_config = ConfigDict(frozen=True)


class AddressView(View):
    """One way to reach a person; `verified` where the network vouched for it."""

    kind: AddressKind
    value: str = Field(repr=False)
    verified: bool
    channels: tuple[Channel, ...]


class IntentView(View):
    """One message that asked to register, and what came of it."""

    id: str
    channel: Channel
    provider: str
    received_at: datetime
    outcome: OutcomeKind


class AppointmentView(View):
    """The live appointment of a record, or the last. `start` bears the facility's own offset."""

    facility_code: str
    facility_name: str
    start: datetime
    dose: int
    status: str


class FacilityView(View):
    """A place where appointments are kept."""

    code: str
    name: str
    regency_code: str
    address: str
    latitude: float | None
    longitude: float | None


class SlotView(View):
    """A time at a facility. `start` bears the facility's own offset."""

    start: datetime
    capacity: int
    booked: int
    dose: int


class RecordView(View):
    """One registration, whole. Who shows it masks the `nik`."""

    number: str
    status: str
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


class OwedView(View):
    """One message that we owe or sent."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)  # Reply is msgspec's

    id: str
    channel: Channel
    provider: str | None
    address: str = Field(repr=False)
    reply: Reply = Field(repr=False)
    status: str
    attempts: int
    created_at: datetime
    sent_at: datetime | None


class ReviewView(View):
    """What waits for an operator: an intent, or a record and the intent that made it.

    `number` is the record of its NIK, if there is one; `record_number` is the record that it is
    about, which is another one's for a likely duplicate. A record that no message made has no
    `intent`.
    """

    id: str
    number: str | None
    received_at: datetime
    reason: ReviewReason
    record_number: str | None
    intent: RegistrationIntent | None = Field(repr=False)
