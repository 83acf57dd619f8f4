"""What the numbers of a list stand for, as data. Labels are made of it and never read back."""

from datetime import date, datetime

import msgspec


class Site(msgspec.Struct, frozen=True, array_like=True):
    """A facility, as much of it as a person is shown."""

    code: str = ""
    name: str = ""
    address: str = ""


class PersonOption(msgspec.Struct, frozen=True, array_like=True, tag="person"):
    """One of the registrations at an address, by its number."""

    number: str
    name: str


class PlaceOption(msgspec.Struct, frozen=True, array_like=True, tag="place"):
    """A facility, and how far it is in whole kilometres: 0 is less than one, None unknown."""

    place: Site
    km: int | None = None


class SlotOption(msgspec.Struct, frozen=True, array_like=True, tag="slot"):
    """A time with a seat. `start` bears the facility's offset; None is the chosen facility."""

    slot: int
    start: datetime
    place: Site | None = None


Option = PersonOption | PlaceOption | SlotOption | date
