"""The options of a numbered list, as data. Labels are made of them and never parsed back."""

from datetime import date, datetime

import msgspec


class Site(msgspec.Struct, frozen=True, array_like=True):
    """A facility, as far as a person is shown it."""

    code: str = ""
    name: str = ""
    address: str = ""


class PersonOption(msgspec.Struct, frozen=True, array_like=True, tag="person"):
    """One of the registrations at an address, by its number."""

    number: str
    name: str


class PlaceOption(msgspec.Struct, frozen=True, array_like=True, tag="place"):
    """A facility, its distance in whole kilometres, and its city or regency.

    0 is less than a kilometre, None and "" are unknown.
    """

    place: Site
    km: int | None = None
    town: str = ""


class SlotOption(msgspec.Struct, frozen=True, array_like=True, tag="slot"):
    """A time with a free seat. `start` bears the facility's offset; no `place`: the chosen one."""

    slot: int
    start: datetime
    place: Site | None = None
    town: str = ""


class PhraseOption(msgspec.Struct, frozen=True, array_like=True, tag="phrase"):
    """What a phrase says, by its key."""

    key: str


Option = PersonOption | PlaceOption | SlotOption | PhraseOption | date
