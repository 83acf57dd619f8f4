"""Requests about handing a form over, each beside its result. Tags are stored: they stay."""

from dataclasses import dataclass, field
from typing import Literal

import msgspec

from core.messages import Address, Channel, Prompt
from core.registration.intent import Outcome, RegistrationIntent


class ShowCode(msgspec.Struct, frozen=True, tag="show_code", omit_defaults=True):
    """Draw a code for the form of a browser: its `answers` so far, or the `intent` it confirmed.

    `said` comes before the code. `key` counts once; `at` is in seconds since 1970.
    """

    address: Address
    key: str
    at: int
    answers: dict[str, str] = {}
    intent: RegistrationIntent | None = None
    phone: str = ""  # that the form names: no other may take it
    said: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeShown:
    """The code to show until `until`; with no code, the next may be asked for then.

    `until` is in seconds since 1970.
    """

    until: int
    code: str = field(default="", repr=False)


class HideCode(msgspec.Struct, frozen=True, tag="hide_code", omit_defaults=True):
    """Withdraw the code of a form that goes on here, if no phone has taken it; then say `said`."""

    code: str
    said: tuple[Prompt, ...] = ()
    ends: bool = False


@dataclass(frozen=True, slots=True)
class CodeHidden:
    """`withdrawn` is False where a phone was first, or the form was confirmed meanwhile."""

    withdrawn: bool


class ReadCode(msgspec.Struct, frozen=True, tag="read_code", omit_defaults=True):
    """Read whose form a code hands over; a code that hands over none counts as a guess.

    `nik` is that of the half-filled form that this phone has of its own.
    """

    address: Address
    code: str
    key: str
    at: int
    nik: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRead:
    """`wrong` is the same for a code that is unknown, spent, expired or another phone's.

    `person` is masked; "" for a browser that has no form. `replaces` is True where the phone's own
    form is about somebody else. After `too_many` guesses the next is read at `again_at`.
    """

    verdict: Literal["right", "wrong", "too_many"]
    person: str = field(default="", repr=False)
    replaces: bool = False
    again_at: int = 0


class TakeForm(msgspec.Struct, frozen=True, tag="take_form", omit_defaults=True):
    """Take over the form of this code, register by it if it was confirmed, link the browser.

    The message that says so has this `channel`, `provider`, `message_id`, `intent_id` and time.
    """

    address: Address
    channel: Channel
    provider: str
    message_id: str
    intent_id: str
    code: str
    key: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FormTaken:
    """The browser is linked. `answers` go on here; with `intent`, this came of it as the phone's.

    `gone` is True where the code has expired or was spent meanwhile; then nothing is linked.
    """

    gone: bool = False
    answers: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    intent: RegistrationIntent | None = None
    outcome: Outcome | None = None


class GiveLink(msgspec.Struct, frozen=True, tag="give_link"):
    """Draw a link that opens this phone's conversation in a browser, once."""

    address: Address
    key: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkGiven:
    """The link, good until `until`; with none, the next may be asked for then."""

    until: int
    link: str = field(default="", repr=False)


class EndLinks(msgspec.Struct, frozen=True, tag="end_links"):
    """End the links of all browsers that are this phone's, and its link that is still open."""

    address: Address


HandoverRequest = ShowCode | HideCode | ReadCode | TakeForm | GiveLink | EndLinks
HandoverResult = CodeShown | CodeHidden | CodeRead | FormTaken | LinkGiven
