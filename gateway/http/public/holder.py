"""Whoever holds the token of an intent: what they may be told, and whose phone has proven it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from starlette.requests import Request

from channels.web.api import NO_WAYS, Told, described
from channels.web.tokens import is_token, web_value
from core.appointments.views import StatusEntry
from core.conversation.handover.showing import code_facts, ways
from core.handovers.codes import find_shown
from core.messages import Address, AddressKind
from core.registration.asked import Asked, read_asked
from gateway.http.booking import read_status
from gateway.http.problems import ProblemError
from gateway.http.public.door import PublicDoor

_NO_INTENT: Final = "there is no such intent, or it is kept no longer"
_NOT_PROVEN: Final = "prove the phone first: see `proof` of the intent"
HELD: Final = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The holder of a token. `phone` is what it was proven to be, None while it is not.

    `entry` is the registration, as its own person sees it; None if it is not that phone's.
    """

    token: str = field(repr=False)
    browser: Address
    asked: Asked
    phone: Address | None = None
    entry: StatusEntry | None = None

    def show(self, proof: Mapping[str, str] = NO_WAYS) -> dict[str, object]:
        """Return the intent as JSON."""
        asked, entry = self.asked, self.entry
        told = Told(asked.outcome, asked.status, asked.standing)
        if entry is not None:
            told = Told(asked.outcome, entry.status, HELD)
        return described(self.token, asked.number, told, proof, proven=self.phone is not None)

    @property
    def own(self) -> tuple[StatusEntry, Address]:
        """Return registration and phone; raise `ProblemError` (403) while they are not proven."""
        if self.entry is None or self.phone is None:
            raise ProblemError(403, _NOT_PROVEN)
        return self.entry, self.phone


async def holder_of(door: PublicDoor, request: Request) -> Holder:
    """Return the holder of the token in the path; raise `ProblemError` (404) for no token."""
    token = request.path_params["token"]
    if not is_token(token):
        raise ProblemError(404, _NO_INTENT)
    door.admit_token(token)
    browser = Address(AddressKind.WEB, web_value(token))
    intake = door.intake
    asked = await intake.database.read(
        partial(read_asked, address=browser, campaign=intake.campaign)
    )
    if asked is None:
        raise ProblemError(404, _NO_INTENT)
    found = Holder(token=token, browser=browser, asked=asked)
    phone = await intake.resolve(browser)
    return found if phone == browser else await _proven(door, found, phone)


async def _proven(door: PublicDoor, found: Holder, phone: Address) -> Holder:
    entries = await read_status(door.visits, phone, door.intake.clock())
    entry = next((one for one in entries if one.number == found.asked.number), None)
    return Holder(
        token=found.token, browser=found.browser, asked=found.asked, phone=phone, entry=entry
    )


async def read_proof(door: PublicDoor, holder: Holder) -> Mapping[str, str]:
    """Return the ways to prove the phone by the code that is shown now; none without one."""
    if holder.phone is not None:
        return NO_WAYS
    find = partial(find_shown, browser=holder.browser, now=door.intake.clock())
    shown = await door.intake.database.read(find)
    return NO_WAYS if shown is None else ways(door.visits.campaign, code_facts(shown))
