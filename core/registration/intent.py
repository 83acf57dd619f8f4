"""The canonical registration: the one shape that every channel produces, and its outcome."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from core.messages import LIST, Address, Channel, Voucher


class OutcomeKind(StrEnum):
    """What an intent did to the record (DESIGN: the canonical record)."""

    REGISTERED = "registered"
    RECEIVED = "received"  # and is being checked: nothing vouches for it yet
    ALREADY_REGISTERED = "already_registered"
    UPDATED = "updated"
    IN_REVIEW = "in_review"
    REFUSED = "refused"


class Consent(BaseModel):
    """The words with which consent was asked for; all empty where they were not noted.

    `version` is the campaign's, `channel` and `language` those in which they were shown, and
    `digest` tells them from any other words (`core/conversation/consent.py`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = ""
    channel: str = ""
    language: str = ""
    digest: str = ""


_PROVING: Final = frozenset({Voucher.NETWORK, Voucher.CODE})


def _voucher(given: Mapping[str, Any]) -> Voucher:
    """Return who vouches for an intent of a release that did not say."""
    return Voucher.NETWORK if given["address"].by_network else Voucher.NOBODY


class RegistrationIntent(BaseModel):
    """One confirmed request to register: everything needed to register one person once.

    `intent_id` is derived from conversation and message id, so a redelivery has the same one.
    All values are parsed: `nik` is 16 ASCII digits, `phone` is E.164. `voucher` is who vouches
    that its sender may speak for this person.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    intent_id: str
    campaign: str
    channel: Channel
    provider: str
    address: Address
    message_id: str
    received_at: AwareDatetime
    nik: str = Field(pattern=r"^[0-9]{16}$", repr=False)
    full_name: str = Field(min_length=1, max_length=60, repr=False)
    birth_date: date = Field(repr=False)
    sex: Literal["female", "male"]
    profession: str
    phone: str | None = Field(default=None, repr=False)
    language: str
    consent_at: AwareDatetime
    consent: Consent = Consent()
    voucher: Voucher = Field(default_factory=_voucher)
    attributes: dict[str, str] = Field(default_factory=dict, repr=False)

    @property
    def vouched(self) -> bool:
        """Return True if anything vouches for the sender."""
        return self.voucher is not Voucher.NOBODY

    @property
    def of_web_list(self) -> bool:
        """Return True if it is a row of a list that somebody sent by the page for lists."""
        return self.channel is Channel.WEB and self.provider == LIST

    @property
    def proves_address(self) -> bool:
        """Return True if the address is proven to be the sender's."""
        return self.voucher in _PROVING


class Outcome(BaseModel):
    """What became of an intent, and the registration number if the sender may see it.

    `status` is that of the record, if the intent created one; else "received". `proven` is False
    where the sender's address is not proven to be the record's. The number of a review is that of
    the sender's own record, whose NIK is one slip away. `bookable` is True where the record is
    verified and seats for its dose are open.
    """

    model_config = ConfigDict(frozen=True)

    kind: OutcomeKind
    number: str | None = None
    status: str = "received"
    proven: bool = True
    bookable: bool = False
