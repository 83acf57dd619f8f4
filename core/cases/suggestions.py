"""What the evidence of a case suggests, by a table of rules. Pure.

The first rule that holds makes the suggestion. A certain one is carried out without an official
(`core/cases/sweep.py`): it tells a person nothing that the same words and the same sender would
not get at the door, or follows the roster, and it can be undone.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from core.cases.evidence import Column, Evidence
from core.cases.kinds import CaseKind, Decision
from core.fields.name_matching import fold_name
from core.messages import Prompt
from core.registration.standing import RecordStanding

LIKENESS_MIN: Final = 60  # percent, of two names that may be one mistyped
WORD_LETTERS_MIN: Final = 4  # of the word that a short name shares with a long one


class Suggestion(NamedTuple):
    """A decision, and why; a `certain` one needs no official."""

    decision: Decision
    reason: Prompt
    certain: bool


class Rule(NamedTuple):
    """One row: for a case of this kind, where `holds`, suggest the decision."""

    kind: CaseKind
    holds: Callable[[Evidence], bool]
    decision: Decision
    reason: str
    certain: bool = False


def suggest(evidence: Evidence) -> Suggestion | None:
    """Return the suggestion of the first rule that holds; None if none does."""
    for rule in RULES:
        if rule.kind is evidence.kind and rule.holds(evidence):
            facts = {"percent": str(_shown_likeness(evidence)), "tries": str(evidence.tries)}
            return Suggestion(rule.decision, Prompt(rule.reason, facts), rule.certain)
    return None


def _shown_likeness(evidence: Evidence) -> int:
    """Return the likeness with the roster where it has the NIK, else that of the other two."""
    pairs = (("incoming", "roster"), ("on_file", "roster"), ("on_file", "incoming"))
    return next((evidence.likeness(*pair) for pair in pairs if pair in evidence.ties), 0)


def part_of(one: str, other: str) -> bool:
    """Return whether the words of one name stand in the other, whole or as initials.

    At least one must be a whole word that is no mere syllable: "Siti A." and "Siti Aminah".
    """
    short, long = sorted((fold_name(one).split(), fold_name(other).split()), key=len)
    whole = [word for word in short if word in long and len(word) >= WORD_LETTERS_MIN]
    left = [word for word in long if word not in short]
    rest = [word for word in short if word not in long]
    return bool(whole) and all(_starts_one(word, left) for word in rest)


def _starts_one(word: str, others: list[str]) -> bool:
    """Return whether the word is the initial of one of the others, which is then used up."""
    found = next((one for one in others if len(word) == 1 and one.startswith(word)), None)
    if found is None:
        return False
    others.remove(found)
    return True


def _side(column: Column | None) -> Column:
    return column or Column()


def _roster_names_only(one: str, other: str, e: Evidence) -> bool:
    return e.same(one, "roster") and not e.same(other, "roster")


def _names_incoming(e: Evidence) -> bool:
    return _roster_names_only("incoming", "on_file", e)


def _names_on_file(e: Evidence) -> bool:
    return _roster_names_only("on_file", "incoming", e)


def _names_another(e: Evidence) -> bool:
    """Return whether the roster names whoever is on file, and nobody like who is incoming.

    By a rule, only a vouched sender hears so: it shows that the NIK is on file.
    """
    return _names_on_file(e) and not _alike("incoming", "roster")(e)


def _same_sender(e: Evidence) -> bool:
    """Return whether a proven address of the record sent what is incoming."""
    incoming = _side(e.incoming)
    return incoming.proves_address and incoming.address in _side(e.on_file).proven


def _yielded(e: Evidence) -> bool:
    return _side(e.incoming).standing == RecordStanding.SUPERSEDED and e.on_file is not None


def _registered_by_now(e: Evidence) -> bool:
    """Return whether the NIK is held under the incoming name by now."""
    held = _side(e.on_file).standing == RecordStanding.HELD
    return held and _side(e.on_file).nik == _side(e.incoming).nik and e.same("on_file", "incoming")


def _vouched_and_free(e: Evidence) -> bool:
    return _side(e.incoming).vouched and not _side(e.on_file).booked


def _verified(e: Evidence) -> bool:
    return _side(e.on_file).status == "verified"


def _new_phone_is_listed(e: Evidence) -> bool:
    address = _side(e.incoming).address
    return address is not None and address.value == _side(e.roster).phone != ""


def _phone_is_listed(e: Evidence) -> bool:
    """Return whether the roster has a proven phone of the record."""
    listed = _side(e.roster).phone
    return bool(listed) and any(one.value == listed for one in _side(e.on_file).proven)


def _is_part(e: Evidence) -> bool:
    return part_of(_side(e.on_file).full_name, _side(e.roster).full_name)


def _alike(one: str, other: str) -> Callable[[Evidence], bool]:
    return lambda e: e.likeness(one, other) >= LIKENESS_MIN


_CONFLICT, _TWIN, _ROSTER = CaseKind.NAME_CONFLICT, CaseKind.TWIN_NIK, CaseKind.ROSTER_NAME
_APPEAL, _LOST, _DENIED = CaseKind.NOT_LISTED_APPEAL, CaseKind.LOST_PHONE, CaseKind.PHONE_DENIED
_MANY = CaseKind.TOO_MANY

RULES: Final = (
    *(
        Rule(kind, _registered_by_now, Decision.KEEP, "why_registered_by_now", certain=True)
        for kind in (_CONFLICT, _TWIN, _MANY)
    ),
    Rule(_CONFLICT, _yielded, Decision.REFUSE, "why_yielded", certain=True),
    Rule(
        _CONFLICT,
        lambda e: _names_incoming(e) and _vouched_and_free(e),
        Decision.HAND_OVER,
        "why_roster_names_incoming",
        certain=True,
    ),
    Rule(_CONFLICT, _names_incoming, Decision.HAND_OVER, "why_roster_names_incoming"),
    Rule(
        _CONFLICT,
        lambda e: _names_on_file(e) and _same_sender(e),
        Decision.KEEP,
        "why_roster_names_on_file",
        certain=True,
    ),
    Rule(
        _CONFLICT,
        lambda e: _names_another(e) and _side(e.incoming).vouched,
        Decision.REFUSE,
        "why_roster_names_on_file",
        certain=True,
    ),
    Rule(_CONFLICT, _names_another, Decision.REFUSE, "why_roster_names_on_file"),
    Rule(_CONFLICT, _names_on_file, Decision.KEEP, "why_name_mistyped"),
    Rule(
        _CONFLICT,
        lambda e: _same_sender(e) and _alike("on_file", "incoming")(e),
        Decision.TAKE_NEW,
        "why_same_sender",
        certain=True,
    ),
    Rule(_CONFLICT, _same_sender, Decision.TAKE_NEW, "why_same_sender"),
    Rule(_CONFLICT, lambda e: e.on_file is not None, Decision.ASK, "why_nothing_tells"),
    Rule(
        _TWIN,
        lambda e: e.on_file is None and _side(e.incoming).vouched,
        Decision.ACCEPT,
        "why_nothing_left",
        certain=True,
    ),
    Rule(
        _TWIN,
        lambda e: e.same("incoming", "roster") and _verified(e),
        Decision.ACCEPT,
        "why_both_listed",
        certain=True,
    ),
    Rule(
        _TWIN,
        lambda e: e.same("incoming", "roster") and _same_sender(e) and not _side(e.on_file).booked,
        Decision.MOVE_NIK,
        "why_new_nik_listed",
        certain=True,
    ),
    Rule(_TWIN, lambda e: e.same("incoming", "roster"), Decision.MOVE_NIK, "why_new_nik_listed"),
    Rule(_TWIN, _verified, Decision.KEEP, "why_old_nik_listed", certain=True),
    Rule(_TWIN, lambda e: e.on_file is not None, Decision.ASK, "why_nothing_tells"),
    Rule(
        _ROSTER,
        lambda e: e.same("on_file", "roster"),
        Decision.KEEP,
        "why_same_name",
        certain=True,
    ),
    Rule(_ROSTER, _is_part, Decision.KEEP, "why_part_of_name", certain=True),
    Rule(
        _ROSTER,
        lambda e: _phone_is_listed(e) and _alike("on_file", "roster")(e),
        Decision.TAKE_NEW,
        "why_phone_listed",
        certain=True,
    ),
    Rule(_ROSTER, _phone_is_listed, Decision.TAKE_NEW, "why_phone_listed"),
    Rule(_ROSTER, _alike("on_file", "roster"), Decision.TAKE_NEW, "why_name_mistyped"),
    Rule(_ROSTER, lambda e: e.roster is not None, Decision.ASK, "why_nothing_tells"),
    Rule(
        _APPEAL,
        lambda e: e.same("on_file", "roster"),
        Decision.ACCEPT,
        "why_listed_by_now",
        certain=True,
    ),
    Rule(_APPEAL, _verified, Decision.KEEP, "why_verified_by_now", certain=True),
    Rule(
        _LOST,
        lambda e: _side(e.incoming).address in _side(e.on_file).proven,
        Decision.KEEP,
        "why_proven_by_now",
        certain=True,
    ),
    Rule(
        _LOST,
        lambda e: _new_phone_is_listed(e) and e.same("on_file", "roster"),
        Decision.ACCEPT,
        "why_phone_listed",
        certain=True,
    ),
    Rule(
        _DENIED,
        lambda e: bool(_side(e.on_file).proven) and _side(e.on_file).status != "in_review",
        Decision.KEEP,
        "why_reached_otherwise",
        certain=True,
    ),
    Rule(
        _DENIED,
        lambda e: _side(e.on_file).standing == RecordStanding.CONTESTED,
        Decision.REFUSE,
        "why_nobody_vouches",
    ),
    Rule(
        _MANY,
        lambda e: e.on_file is None and e.same("incoming", "roster") and _side(e.incoming).vouched,
        Decision.ACCEPT,
        "why_roster_names_incoming",
        certain=True,
    ),
)
