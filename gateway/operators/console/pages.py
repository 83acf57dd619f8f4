"""The pages, as rows: where each is, who may see it, and which acts read what it shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from core.cases.kinds import CaseStatus
from core.fields.nik import DIGITS
from core.operators.roles import Scope
from core.registration.number import MistypedNumberError, parse_number
from gateway.operators.requests import parse_nik_loosely

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page. Its template is `<name>.html`, its title the phrase `page:<name>`.

    `parts` names what the template shows and the act that answers it. An act gets the parameters
    of the path, and of the fields those that its body has. A part is None where the visitor may
    not use the act, or where a required field is missing. A page that `posts` takes its fields
    from a form, since a URL must not name a person. `prepare` turns fields into those of the acts.
    """

    name: str
    path: str
    scope: Scope
    parts: Mapping[str, str] = field(default_factory=dict[str, str])
    posts: bool = False
    menu: bool = False
    under: str = ""  # the page in the menu that this one belongs to
    prepare: Callable[[Fields], Fields] | None = None


def read_search(fields: Fields) -> Fields:
    """Return the one key that the search box holds, by its form: NIK, number, or address."""
    text = fields.get("q", "")
    if not text:
        return fields
    digits = parse_nik_loosely(text)
    if len(digits) == DIGITS and digits.isascii() and digits.isdecimal():
        return {"nik": digits}
    try:
        return {"number": parse_number(text)}
    except MistypedNumberError:
        return {"address": text}


def read_queue(fields: Fields) -> Fields:
    """Return what the queue is asked for: what can be decided now, unless something else is."""
    asked = "status" in fields or "number" in fields
    return fields if asked else {**fields, "status": CaseStatus.OPEN}


PAGES: Final[tuple[Page, ...]] = (
    Page(
        name="today",
        path="",
        scope=Scope.OVERVIEW,
        parts={"today": "today", "seats": "seats", "funnel": "funnel"},
        menu=True,
    ),
    Page(
        name="search",
        path="/search",
        scope=Scope.SEARCH,
        parts={"found": "search_registrations", "named": "find_registrations"},
        posts=True,
        menu=True,
        prepare=read_search,
    ),
    Page(
        name="person",
        under="search",
        path="/people/{number}",
        scope=Scope.MESSAGES,
        parts={"person": "person"},
    ),
    Page(
        name="outbox",
        under="search",
        path="/outbox",
        scope=Scope.MESSAGES,
        parts={"found": "search_outbox"},
        posts=True,
    ),
    Page(
        name="cases",
        path="/cases",
        scope=Scope.DECIDE,
        parts={"found": "search_cases"},
        menu=True,
        prepare=read_queue,
    ),
    Page(
        name="case",
        under="cases",
        path="/cases/{id}",
        scope=Scope.DECIDE,
        parts={"case": "get_case"},
    ),
    Page(
        name="decision",
        under="cases",
        path="/cases/{id}/decision",
        scope=Scope.DECIDE,
        parts={"case": "get_case", "preview": "preview_case"},
        posts=True,
    ),
    Page(
        name="messages",
        path="/messages",
        scope=Scope.MESSAGES,
        parts={"found": "find_messages"},
        menu=True,
    ),
    Page(
        name="places",
        path="/places",
        scope=Scope.DAY,
        parts={"facilities": "facilities"},
        menu=True,
    ),
    Page(
        name="place",
        path="/places/{code}",
        scope=Scope.DAY,
        parts={"slots": "slots", "calls": "calls"},
    ),
    Page(
        name="closing",
        path="/places/{code}/closing",
        scope=Scope.PLACES,
        parts={"slots": "slots", "preview": "preview_closure"},
    ),
    Page(
        name="day",
        path="/places/{code}/days/{date}",
        scope=Scope.DAY,
        parts={"day": "facility_day"},
    ),
    Page(
        name="letters",
        path="/letters",
        scope=Scope.DECIDE,
        parts={"newest": "evidence", "found": "search_evidence"},
        posts=True,
        menu=True,
    ),
    Page(
        name="imports",
        path="/imports",
        scope=Scope.IMPORT,
        parts={"brought": "roster_imports"},
        menu=True,
    ),
    Page(
        name="invite",
        path="/invite",
        scope=Scope.INVITE,
        parts={"members": "invitations"},
        menu=True,
    ),
    Page(
        name="funnel",
        path="/funnel",
        scope=Scope.OVERVIEW,
        parts={"funnel": "funnel"},
        menu=True,
    ),
    Page(
        name="audit",
        path="/audit",
        scope=Scope.AUDIT_OWN,
        parts={"found": "search_audit"},
        posts=True,
        menu=True,
    ),
    Page(
        name="setup",
        path="/setup",
        scope=Scope.SETUP,
        parts={"setup": "setup"},
        menu=True,
    ),
    Page(
        name="approvals",
        path="/approvals",
        scope=Scope.ERASE,
        parts={"waiting": "approvals"},
        menu=True,
    ),
)
