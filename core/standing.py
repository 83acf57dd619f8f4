"""What a person may be told of their registrations."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One registration, as its own person may see it."""

    number: str
    full_name: str = field(repr=False)
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """What is on file for a proven address."""

    registrations: tuple[Standing, ...] = ()
    in_review: bool = False
