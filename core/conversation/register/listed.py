"""One person of a list: the intent to register, or what is wrong with the row. Pure."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

from msgspec.structs import replace

from core.campaign import Campaign
from core.conversation.consent import LETTER as LETTER_POLICY
from core.conversation.consent import LIST as LIST_POLICY
from core.conversation.consent import SHOWN, Consents, mark
from core.conversation.context import TurnContext, consent_to
from core.conversation.form_questions import (
    CONSENT,
    FULL_NAME,
    NIK,
    PHONE,
    PROFESSION,
    create_form,
    parse_written,
)
from core.conversation.keywords import Keywords
from core.conversation.register.form import make_intent
from core.conversation.session import Session
from core.fields.cell import bare_nik, unforced
from core.fields.invalid import InvalidError
from core.fields.name_matching import same_name, without_links
from core.fields.nik import DIGITS, mask
from core.messages import MISFIT, Inbound, ListedPerson
from core.registration.intent import RegistrationIntent

NIK_OF_ANOTHER: Final = "list_fault_nik_of_another"
ROW_UNCLEAR: Final = "list_fault_row_unclear"
ROW_BYTES: Final = 12

_EXPONENT = re.compile(r"[0-9]++[.,]?[0-9]*+\s*+[eE]\s*+\+?[0-9]{1,3}")  # a rounded number
_DIGITS = re.compile(rf"[0-9]{{{DIGITS}}}")
_SEPARATORS = str.maketrans("", "", " .-\u00a0\u2010\u2011\u2013\t")


class ListedRow(NamedTuple):
    """A row as it was read; `intent` is None if there are `faults`, keys of phrases."""

    full_name: str
    nik: str  # masked
    intent: RegistrationIntent | None
    faults: tuple[str, ...] = ()


class ListReader:
    """Reads the persons of lists by the campaign's form."""

    def __init__(
        self,
        campaign: Campaign,
        languages: tuple[str, ...],
        keywords: Keywords,
        consents: Consents | None = None,
    ) -> None:
        self._campaign, self._languages, self._keywords = campaign, languages, keywords
        self._consents = consents or Consents()
        self._form = create_form(campaign, keywords, asks_phone=True)

    def language(self, letter: Inbound) -> str:
        """Return the language in which the letter is answered."""
        spoken = letter.language in self._languages
        return letter.language if spoken else self._campaign.language

    def doubt(self, rows: Sequence[ListedRow]) -> Sequence[ListedRow]:
        """Return the rows; those that give one NIK two names are faulty: which is right?"""
        names: defaultdict[str, list[str]] = defaultdict(list)
        for intent in (row.intent for row in rows if row.intent):
            names[intent.nik].append(intent.full_name)
        match_min = self._campaign.limits.name_match_min
        doubtful = {
            nik
            for nik, given in names.items()
            if not all(same_name(given[0], name, match_min) for name in given[1:])
        }
        return [
            row._replace(intent=None, faults=(NIK_OF_ANOTHER,))
            if row.intent and row.intent.nik in doubtful
            else row
            for row in rows
        ]

    def read(self, letter: Inbound, person: ListedPerson) -> ListedRow:
        """Return the row; the same row of the same letter always gives the same intent."""
        raw = _bare(person.answers)
        if MISFIT in raw:
            return ListedRow("", _masked(raw[NIK]), None, (ROW_UNCLEAR,))
        context = self._context(letter, person)
        given = [(one, raw[one.key]) for one in self._form.questions if raw.get(one.key, "")]
        answers, errors = parse_written(self._form, given, context.today)
        session = Session(language=letter.language)
        policy = LETTER_POLICY if letter.channel.writes_letters else LIST_POLICY
        shown = mark(consent_to(context, session, policy))
        filled = {**answers, CONSENT: str(context.at), SHOWN: shown}  # a letter `confirms`
        missing = self._form.missing(filled)
        faults = tuple(_fault(one.key, errors, raw) for one in missing)
        session = replace(session, answers=filled)
        name = without_links(filled.get(FULL_NAME, ""))
        intent = None if faults else make_intent(context, session)
        return ListedRow(name, _masked(raw[NIK]), intent, faults)

    def _context(self, letter: Inbound, person: ListedPerson) -> TurnContext:
        row_id = f"{letter.message_id}/{person.part}/{person.row}"
        if not letter.channel.writes_letters:  # it is mended in its page, and may come as a whole
            row_id = _same_person(person)
        at = int(letter.received_at.timestamp())
        inbound = replace(letter, message_id=row_id)
        given = (self._keywords, self._form, inbound, at, self._consents)
        return TurnContext(self._campaign, self._languages, *given)


def _bare(answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers without what spreadsheets need around a number."""
    nik, phone = bare_nik(answers.get(NIK, "")), unforced(answers.get(PHONE, ""))
    return {**answers, NIK: nik, PHONE: phone}


def _same_person(person: ListedPerson) -> str:
    """Return the same id for the same answers, of one browser: sent again, they change nothing."""
    said = repr(sorted(person.answers.items()))
    return blake2b(said.encode(errors="replace"), digest_size=ROW_BYTES).hexdigest()


def _masked(nik: str) -> str:
    digits = nik.translate(_SEPARATORS)
    return mask(digits) if _DIGITS.fullmatch(digits) else ""


def _fault(key: str, errors: Mapping[str, InvalidError], raw: Mapping[str, str]) -> str:
    """Return the key of the phrase that says what is wrong with an answer."""
    if key not in errors:
        return f"list_fault_{key}_missing"
    if key == NIK and _EXPONENT.fullmatch(raw[NIK]):
        return "list_fault_nik_rounded"
    return "list_fault_profession" if key == PROFESSION else f"list_fault_{errors[key].code}"
