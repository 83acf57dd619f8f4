"""The words of an invitation, and what they propose: one SMS, whatever the name. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple

from core.campaign import Campaign
from core.fields.choice import fold
from core.fields.invalid import InvalidError
from core.fields.nik import DIGITS, SHOWN, mask
from core.fields.profession import parse_profession
from core.fields.timezones import zone_of
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.roster.lookup import invitation_key
from core.wording.catalog import Wording
from core.wording.gsm7 import SEGMENT_SEPTETS, septets, to_gsm7

NAME_SEPTETS_MIN: Final = 8  # less is no recognisable name
PLACE_SEPTETS_MIN: Final = 20  # of a place that is proposed, where the name is short
PLAIN, SEAT, WISH = "invitation", "invitation_seat", "invitation_wish"
ANSWERED: Final = (SEAT, WISH)  # those that `YA` answers
_ROOM_MIN: Final = {
    PLAIN: NAME_SEPTETS_MIN,
    SEAT: NAME_SEPTETS_MIN + PLACE_SEPTETS_MIN,
    WISH: NAME_SEPTETS_MIN,
}
_LONGEST: Final = {
    "nik": "*" * DIGITS,
    "nik_end": "0" * SHOWN,
    "name": "x",
    "place": "x",
    "time": "@time:2021-12-29T08:00+08:00",
}
_DAYS: Final = tuple(f"@date:2021-{month}-2{n}" for month in ("08", "11", "12") for n in range(7))


class Member(NamedTuple):
    """A person of the roster who is invited; `shared`: another one has the same phone."""

    id: int
    nik: str
    full_name: str
    phone: str
    profession: str = ""
    facility_code: str = ""
    shared: bool = False


class Seat(NamedTuple):
    """A free seat that an invitation proposes. `start` has the facility's UTC offset."""

    slot: int
    place: str
    start: datetime
    town: str = ""


@dataclass(frozen=True)
class Words:
    """What the invitations of a campaign are made of; `rooms` are left for name and place.

    Where the words leave too little room for what is proposed, the invitation proposes nothing.
    """

    campaign: Campaign
    rooms: Mapping[str, int]  # septets, by the key of the prompt

    def invitation(
        self, member: Member, seat: Seat | None, at: datetime, *, asks: bool
    ) -> Outgoing:
        """Return the SMS; with `asks` it may be answered by `YA`, unless the phone is shared."""
        campaign = self.campaign
        return Outgoing(
            key=invitation_key(campaign.id, member.id),
            channel=Channel.SMS,
            address=Address(AddressKind.PHONE, member.phone),
            reply=Reply((self._prompt(member, seat, asks=asks),), campaign.language, ends=True),
            created_at=at,
            answers_request=False,
            headers={"sender": campaign.sender_id} if campaign.sender_id else {},
            quiet=zone_of(member.nik),
            bulk=True,
        )

    def _prompt(self, member: Member, seat: Seat | None, *, asks: bool) -> Prompt:
        key = SEAT if seat else WISH
        if not asks or member.shared or self.rooms[key] < _ROOM_MIN[key]:
            name = cut_name(member.full_name, self.rooms[PLAIN])
            return Prompt(PLAIN, {"name": name, "nik": mask(member.nik)})
        end = {"nik_end": member.nik[-SHOWN:], "profession": self._profession(member.profession)}
        if seat is None:
            return Prompt(WISH, {"name": cut_name(member.full_name, self.rooms[WISH]), **end})
        return Prompt(SEAT, {**self._names(member.full_name, seat), **end, **_when(seat)})

    def _names(self, full_name: str, seat: Seat) -> dict[str, str]:
        """Share the room between name and place: the place gets what the name leaves.

        The town stands there if both fit whole.
        """
        room = self.rooms[SEAT]
        name = cut_name(full_name, room - PLACE_SEPTETS_MIN)
        left = room - septets(name)
        whole = cut_name(f"{seat.place}, {seat.town}", SEGMENT_SEPTETS)
        fits = bool(seat.town) and septets(whole) <= left
        return {"name": name, "place": whole if fits else cut_name(seat.place, left)}

    def _profession(self, written: str) -> str:
        """Return the code of a profession as the roster writes it."""
        try:
            return parse_profession(written, self._choices, other=self._other).code
        except InvalidError:
            return self._other

    @cached_property
    def _choices(self) -> Mapping[str, str]:
        return {
            fold(word): one.code
            for one in self.campaign.professions
            for word in (one.code, *one.label.values(), *one.words)
        }

    @cached_property
    def _other(self) -> str:
        codes = [one.code for one in self.campaign.professions]
        return next((one.code for one in self.campaign.professions if one.other), codes[-1])


def read_words(campaign: Campaign, wording: Wording) -> Words:
    """Return the words of invitations; raise `ValueError` if one SMS leaves no room for a name."""
    rooms = {key: _room(campaign, wording, key) for key in _ROOM_MIN}
    if rooms[PLAIN] < _ROOM_MIN[PLAIN]:
        raise ValueError("an invitation would take more than one SMS: its words are too long")
    return Words(campaign, rooms)


def _room(campaign: Campaign, wording: Wording, key: str) -> int:
    """Return the septets that are left for name and place, on days with the longest names."""
    longest = 0
    for day in _DAYS:
        said = Reply((Prompt(key, {**_LONGEST, "date": day}),), campaign.language, ends=True)
        longest = max(longest, septets(to_gsm7(wording.text(said, "short"))))
    return SEGMENT_SEPTETS - longest + (2 if key == SEAT else 1)


def _when(seat: Seat) -> dict[str, str]:
    return {
        "slot": str(seat.slot),
        "date": f"@date:{seat.start.date().isoformat()}",
        "time": f"@time:{seat.start.isoformat(timespec='minutes')}",
    }


def names(args: Mapping[str, str], nik: str, full_name: str) -> bool:
    """Return True if an invitation with these values is to the person of that NIK and name."""
    whole = cut_name(full_name, len(full_name) * SEGMENT_SEPTETS)
    return nik.endswith(args["nik_end"]) and whole.startswith(args["name"])


def cut_name(full_name: str, room: int) -> str:
    """Return as much of a name, in GSM-7, as fits in `room` septets: whole words if possible."""
    words = to_gsm7(full_name).replace("@", "").split()  # a leading @ would mark a phrase's key
    while len(words) > 1 and septets(" ".join(words)) > room:
        words.pop()
    name = " ".join(words)[:room]
    while septets(name) > room:
        name = name[:-1]
    return name
