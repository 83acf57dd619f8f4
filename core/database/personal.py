"""What is personal in the tables, and in what form it stands there where a database is sealed.

What SQL looks up is a token, and may be asked for equality only; all else is sealed. A statement's
parameters tell by their names what they hold, so one name means the same in all statements.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple

Form = Literal["token", "named", "marks", "sealed"]


class Personal(NamedTuple):
    """How a value stands in the tables.

    A "named" text is ours, such as a key, with identifiers among its words: these are tokens.
    "marks" of a name are keyed digests of its words, too short to tell them.
    `blank` is what one whose data key was erased reads as.
    """

    form: Form
    domain: str = ""
    blank: str = ""


def _tokens(domain: str, names: str) -> dict[str, Personal]:
    return dict.fromkeys(names.split(), Personal("token", domain))


def _sealed(blank: str, names: str) -> dict[str, Personal]:
    return {name: Personal("sealed", name, blank) for name in names.split()}


NOTHING_SAID: Final = '[[],""]'  # `core/outbox/rows.py` BLANK
# By the name of the parameter. A phone, a mail address and a browser's token are joined with each
# other, so they share a domain.
PARAMETERS: Final[Mapping[str, Personal]] = {
    **_tokens("nik", "nik other_sex"),
    **_tokens("address", "phone value new_value mailbox browser taker"),
    **_tokens("number", "number"),
    **_tokens("birth", "birth_date born"),
    **_tokens("piece", "nik_tail tail nik_jumble jumble"),
    **_tokens("secret", "secret"),
    **_tokens("provided", "provider_id"),
    **dict.fromkeys(
        ["key", "booked_by", "intent_id", "subject", "whose", "by_number"], Personal("named")
    ),
    **dict.fromkeys(("name_marks", "mark"), Personal("marks")),
    **_sealed(
        "", "full_name message_id old new ticket undo reason call body asked totp otp data salt"
    ),
    **_sealed("{}", "attributes intent headers detail answers found applied letter"),
    **_sealed("[]", "persons notes results"),
    **_sealed(NOTHING_SAID, "reply"),
}
# What SQL itself asks for stays as it is: no value, and the two answers to a notice.
CLEAR: Final = frozenset({"", "{}", "[]", NOTHING_SAID, "mine", "not mine", b""})


def _columns(names: str, **others: str) -> dict[str, str]:
    return {name: name for name in names.split()} | others


# The columns of each table, and the parameter that says how each is kept.
COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "records": _columns(
        "nik number full_name birth_date phone attributes nik_tail nik_jumble name_marks",
    ),
    "addresses": _columns("value"),
    "intents": _columns("intent_id value message_id nik number intent"),
    "history": _columns("intent_id old new"),
    "roster": _columns("nik full_name phone"),
    "roster_files": _columns("found applied data"),
    "proofs": _columns("value key", code="otp", checked_by="key", proven_by="key"),
    "handovers": _columns("value secret key phone answers intent", taken_by="taker"),
    "aliases": _columns("browser value"),
    "tallies": _columns("subject key"),
    "opt_outs": _columns("value"),
    "outbox": _columns("key value reply headers provider_id ticket"),
    "lists": _columns("key value letter persons notes results"),
    "evidence": _columns("key value data"),
    "appointments": _columns("booked_by", ended_by="key"),
    "refusals": _columns("key"),
    "screenings": _columns("key answers"),
    "closures": _columns("key"),
    "displaced": _columns("key"),
    "standby": _columns("key value", ended_by="key"),
    "cases": _columns("key nik intent_id value detail undo reason"),
    "operators": _columns("totp"),
    "approvals": _columns("number call reason"),
    "api_calls": _columns("key body"),
    "erasures": _columns("key"),
    "audit": _columns("number salt", why="reason"),
    "exports": _columns("asked reason"),
}

# Identifiers among the words of a key of ours: after its kind, or by its form. A run of characters
# is entered once only.
_IDENTIFIER: Final = re.compile(
    r"""
    (?P<address>
        \+[0-9]{7,15}
        | (?<=web:)[^/]++
        | (?<=whatsapp:)[^/]++
        | (?<![^\s:/])[^\s:/@]++@[^\s:/]++
    )
    | (?P<nik>(?<![0-9A-Za-z])[0-9]{16}(?![0-9A-Za-z]))
    | (?P<number>(?<![0-9A-Za-z])[0-9A-Z]{4}-[0-9A-Z]{4}(?![0-9A-Za-z]))
    """,
    re.VERBOSE,
)
# Most keys are an intent's id, and a word of ours: nothing else is looked for in these.
_NOBODY: Final = re.compile(r"[0-9a-f]{32}(?:/[a-z_]++)?")
_PLACE: Final = re.compile(r"_[0-9]+$")


def personal(parameter: str) -> Personal | None:
    """Return how a parameter is kept, such as `nik` or `nik_3`; None if it is not personal."""
    return PARAMETERS.get(_PLACE.sub("", parameter))


def name_by_tokens(text: str, token: Callable[[str, str], str]) -> str:
    """Return a key of ours with `token(domain, identifier)` for each identifier in it."""
    if _NOBODY.fullmatch(text):
        return text
    return _IDENTIFIER.sub(lambda found: token(str(found.lastgroup), found[0]), text)
