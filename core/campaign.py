"""The campaign being served: its names, numbers, languages, questions and limits, as data."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Profession(BaseModel):
    """One choice of profession. `label` is by language; `words` also choose it when typed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern=r"^[a-z_]{1,32}$")
    label: dict[str, str]
    words: tuple[str, ...] = ()


Label = Annotated[str, Field(min_length=1, max_length=120)]  # with its choices on one screen


class ScreeningQuestion(BaseModel):
    """One question about health, answered yes or no. No always goes on; yes does as `if_yes` says.

    `postpone`: not before `postpone_days` from now. `ask_site`: a person must decide, at the site.
    `sex`: asked of nobody else; None asks all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern=r"^[a-z_]{1,24}$")
    label: dict[str, Label]
    if_yes: Literal["proceed", "postpone", "ask_site"] = "ask_site"
    postpone_days: int = Field(default=14, ge=1, le=400)
    sex: Literal["female", "male"] | None = None


class Screening(BaseModel):
    """The questions asked before a booking; `version` is kept with the answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(default="1", pattern=r"^[A-Za-z0-9._-]{1,20}$")
    valid_days: int = Field(default=7, ge=1, le=365)  # then they are asked again
    questions: tuple[ScreeningQuestion, ...] = Field(default=(), max_length=20)


class Doses(BaseModel):
    """How many doses there are, and how many days must lie between two."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    count: int = Field(default=1, ge=1, le=9)
    interval_days: int = Field(default=14, ge=1, le=400)


class Limits(BaseModel):
    """Bounds that a campaign may set. Each is tested at the bound."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_per_address: int = Field(default=10, ge=1, le=10_000)  # different NIKs
    max_per_mailbox: int = Field(default=500, ge=1, le=100_000)  # the same, for a clinic's email
    addresses_per_record_max: int = Field(default=20, ge=1, le=1_000)  # more are not linked
    name_match_min: int = Field(default=88, ge=50, le=100)  # rapidfuzz ratio, percent
    session_ttl_seconds: int = Field(default=7 * 86_400, ge=60)
    resume_after_seconds: int = Field(default=1_800, ge=1)
    turns_per_hour_max: int = Field(default=200, ge=10)


class Campaign(BaseModel):
    """What campaign.toml says. Everything that another campaign would do otherwise stands here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    name: dict[str, str]  # by language
    language: str = "id"  # the first
    languages: tuple[str, ...] = ()  # that are offered; empty: every catalog that is reviewed
    hotline: str
    service_code: str = Field(pattern=r"^\*[0-9*]+#$")
    sms_number: str
    whatsapp_number: str
    mailboxes: tuple[str, ...] = Field(min_length=1)
    country: str = Field(default="ID", pattern=r"^[A-Z]{2}$")
    sender_id: str = Field(default="", pattern=r"^[A-Za-z0-9 ]{0,11}$")  # of SMS invitations
    professions: tuple[Profession, ...] = Field(min_length=1, max_length=30)
    doses: Doses = Doses()
    screening: Screening = Screening()
    limits: Limits = Limits()
