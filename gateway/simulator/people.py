"""Made-up people, to try everything as: some with a story, and new ones without end."""

import secrets
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

import msgspec

from core.database.statements import Connection, Statement

NIK_DIGITS: Final = 16
NAME_CHARACTERS_MAX: Final = 60
PROFESSION_CHARACTERS_MAX: Final = 40
DISTRICT: Final = "320411"  # of the NIKs: Soreang, where the demo has a facility
FACILITY: Final = "DEMO-3204-1"
# +62 812 99xx xxxx is a mobile number like any other; nothing is ever sent to it from dev.
PHONE: Final = "+6281299"

_ADD = Statement("""
    INSERT INTO roster (campaign, nik, full_name, profession, facility_code, demo)
    VALUES (:campaign, :nik, :full_name, :profession, :facility, 1)
    ON CONFLICT DO NOTHING
""")


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """A new person: with these facts, or any; on the roster or not."""

    nik: str = ""
    name: str = ""
    profession: str = ""
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Cast:
    """What the file holds: people, and the names and professions of new ones."""

    people: list[dict[str, Any]]
    names: list[str]
    professions: list[str]


def read_cast() -> Cast:
    """Return what the file holds."""
    text = files(__package__ or "").joinpath("people.toml").read_text(encoding="utf-8")
    return Cast(**tomllib.loads(text))


def make_person(wanted: Wanted) -> dict[str, Any]:
    """Return somebody new; chance makes it somebody whom nobody has met."""
    cast, below = read_cast(), secrets.randbelow
    born = f"{1 + below(28):02d}{1 + below(12):02d}{70 + below(29):02d}"
    name = (wanted.name or secrets.choice(cast.names))[:NAME_CHARACTERS_MAX]
    phone = f"{PHONE}{below(1_000_000):06d}"
    return {
        "id": f"new-{phone[1:]}",
        "name": name,
        "nik": wanted.nik[:NIK_DIGITS] or f"{DISTRICT}{born}{1 + below(9_999):04d}",
        "phone": phone,
        "mail": f"{phone[1:]}@klinik.example",
        "profession": (wanted.profession or secrets.choice(cast.professions))[
            :PROFESSION_CHARACTERS_MAX
        ],
        "note": "on the roster" if wanted.listed else "not on the roster",
    }


def list_person(connection: Connection, *, campaign: str, person: dict[str, Any]) -> None:
    """Put a made-up person on the demo's roster."""
    row = {"nik": person["nik"], "full_name": person["name"]}
    profession = person["profession"].lower()
    connection.run(_ADD, campaign=campaign, profession=profession, facility=FACILITY, **row)
