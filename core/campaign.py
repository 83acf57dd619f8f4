"""The campaign being served: its names, numbers, languages, questions and limits, as data."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

SENDERS_MAX: Final = 100
HANDOVER_KEY: Final = "9"  # before a code that is dialled, and at the menu


class Table(BaseModel):
    """A table of campaign.toml; an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Profession(Table):
    """One profession. `label` is by language; `words` choose it, too, when typed.

    The one that is `other` stands for all that the list does not name.
    """

    code: str = Field(pattern=r"^[a-z_]{1,32}$")
    label: dict[str, str]
    words: tuple[str, ...] = ()
    other: bool = False


ShortLabel = Annotated[str, Field(min_length=1, max_length=60)]
Label = Annotated[str, Field(min_length=1, max_length=120)]  # one screen, with the choices


class ScreeningQuestion(Table):
    """One question about health. On "no" the booking proceeds; on "yes" `if_yes` decides.

    `postpone`: no booking for `postpone_days` from now. `ask_site`: a person decides at the site.
    A question with a `sex` is asked of that sex alone. `short` is what it asks about, as one line
    of a list: where all questions have one and fit one screen, they are asked at once. `words`
    choose it there, too, when typed.
    """

    code: str = Field(pattern=r"^[a-z_]{1,24}$")
    label: dict[str, Label]
    short: dict[str, ShortLabel] = {}
    words: tuple[str, ...] = ()
    if_yes: Literal["proceed", "postpone", "ask_site"] = "ask_site"
    postpone_days: int = Field(default=14, ge=1, le=400)
    sex: Literal["female", "male"] | None = None


class Screening(Table):
    """The questions before a booking; `version` is stored with the answers."""

    version: str = Field(default="1", pattern=r"^[A-Za-z0-9._-]{1,20}$")
    valid_days: int = Field(default=7, ge=1, le=365)  # of the answers
    questions: tuple[ScreeningQuestion, ...] = Field(default=(), max_length=20)


class Doses(Table):
    """The number of doses, and the fewest days between two."""

    count: int = Field(default=1, ge=1, le=9)
    interval_days: int = Field(default=14, ge=1, le=400)


class Limits(Table):
    """Bounds that a campaign may set."""

    max_per_address: int = Field(default=10, ge=1, le=10_000)  # different NIKs
    max_per_mailbox: int = Field(default=500, ge=1, le=100_000)  # likewise, of a clinic's mailbox
    addresses_per_record_max: int = Field(default=20, ge=1, le=1_000)  # more are not linked
    name_match_min: int = Field(default=88, ge=50, le=100)  # rapidfuzz ratio, percent
    session_ttl_seconds: int = Field(default=7 * 86_400, ge=60)
    resume_after_seconds: int = Field(default=1_800, ge=1)
    turns_per_hour_max: int = Field(default=200, ge=10)
    unvouched_answers_max: int = Field(default=10_000, ge=1)  # a day, to letters
    unvouched_answers_per_domain_max: int = Field(default=2_000, ge=1)


class Places(Table):
    """Which places are near. Beyond `radius_km` none is proposed; 0: however far."""

    radius_km: int = Field(default=0, ge=0, le=20_000)


class Keep(Table):
    """How long what is no record is kept."""

    message_days: int = Field(default=30, ge=1, le=3_650)  # texts, after they left the queue
    evidence_days: int = Field(default=30, ge=1, le=3_650)  # files and lists from letters
    letter_hours: int = Field(default=24, ge=1, le=8_760)  # what a mailbox unproven began

    @property
    def letter_ttl_seconds(self) -> int:
        """Return `letter_hours` in seconds."""
        return self.letter_hours * 3_600


class Template(Table):
    """An approved message of WhatsApp: what may be sent over a day after the person's last one.

    `variables` are the facts of the phrase in the order of their numbers in the template; a fact
    that the phrase says twice may stand there twice. `content_sid` is Twilio's id by language.
    """

    name: str = Field(default="", pattern=r"^[a-z0-9_]{0,512}$")  # empty: the key of the phrase
    variables: tuple[str, ...] = Field(default=(), max_length=20)
    category: Literal["utility", "marketing"] = "utility"
    content_sid: dict[str, Annotated[str, Field(pattern=r"^HX[0-9a-f]{32}$")]] = {}


class Whatsapp(Table):
    """What WhatsApp has approved: templates by the key of their phrase, in which languages.

    `languages` maps a language of ours to WhatsApp's code of it; in any other one people get the
    template in the campaign's own.
    """

    languages: dict[str, Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")]] = {}
    templates: dict[str, Template] = Field(default={}, max_length=250)


SenderId = Annotated[str, Field(pattern=r"^[A-Za-z0-9 ]{0,11}$")]
PromptKey = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}$")]


class Campaign(Table):
    """What campaign.toml says: everything in which campaigns differ."""

    id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    name: dict[str, str]  # by language
    language: str = "id"  # the first
    languages: tuple[str, ...] = ()  # offered; empty: those of all reviewed catalogs
    hotline: str
    service_code: str = Field(pattern=r"^\*[0-9*]+#$")
    sms_number: str
    whatsapp_number: str
    mailboxes: tuple[str, ...] = Field(min_length=1)
    country: str = Field(default="ID", pattern=r"^[A-Z]{2}$")
    sender_id: SenderId = ""  # of SMS invitations
    # of SMS by how the key of their first phrase begins; "" is the short code
    senders: dict[PromptKey, SenderId] = Field(default={}, max_length=SENDERS_MAX)
    consent_version: str = Field(default="1", pattern=r"^[A-Za-z0-9._-]{1,20}$")
    professions: tuple[Profession, ...] = Field(min_length=1, max_length=30)
    doses: Doses = Doses()
    screening: Screening = Screening()
    limits: Limits = Limits()
    whatsapp: Whatsapp = Whatsapp()
    places: Places = Places()
    keep: Keep = Keep()

    @property
    def handover_dial(self) -> str:
        """Return what is dialled before a code of a browser and `#`."""
        return f"{self.service_code.removesuffix('#')}*{HANDOVER_KEY}*"
