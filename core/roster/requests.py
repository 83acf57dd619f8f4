"""Requests about the roster, each beside its result. Tags are stored: they stay."""

from dataclasses import dataclass

import msgspec

from core.messages import Prompt


class FindProfession(msgspec.Struct, frozen=True, tag="find_profession"):
    """Find the profession that the roster has of a person.

    Where it has none, `otherwise` is said: the question for it, behind a greeting if there is one.
    """

    campaign: str
    nik: str
    full_name: str
    otherwise: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundProfession:
    """As the roster writes it; "" if it lists nobody under this NIK and a matching name."""

    written: str = ""
