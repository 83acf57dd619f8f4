"""Templates and what they may call: words, times, masks, and which acts the visitor may use."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from importlib.resources import files
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlencode

from babel.dates import format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from core.campaign import Profession, ScreeningQuestion
from core.cases.decisions import TABLE
from core.cases.kinds import CaseKind, Decision
from core.fields.nik import mask as mask_nik
from core.fields.timezones import WIB, local, zone_of
from core.messages import Prompt, Reply
from core.operators.dead_letters import mask as mask_address
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act
from gateway.operators.console.forms import fields_of
from gateway.operators.console.pages import PAGES
from gateway.operators.console.visit import HOME, Visit

KEY_BYTES: Final = 16
STATIC: Final = f"{HOME}/static"
# Ours, and what the public form shares with us: packages and their folders.
ASSETS: Final = (("gateway.operators.console", "static"), ("channels.web", "static"))
_OF_PERSON: Final = "/api/v1/registrations/{number}/"
_ELSEWHERE: Final = frozenset({"resend"})  # beside what it is about
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_FORMAT: Final = "d MMM y, HH:mm"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the environment, which escapes whatever is put into a page."""
    made = Environment(
        loader=PackageLoader("gateway.operators.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {"nik": mask_nik, "address": mask_address, "combined": _combined}
    made.globals |= {
        "home": HOME,
        "asset": asset,
        "new_key": new_key,
        "fields_of": fields_of,
        "decisions_of": decisions_of,
    }
    return made


def decisions_of(kind: str) -> list[Decision]:
    """Return the decisions that a case of this kind can be given, in the order of their keys."""
    return [one for one in Decision if one is Decision.ASK or (CaseKind(kind), one) in TABLE]


def new_key() -> str:
    """Return a new Idempotency-Key: a form that is posted twice acts once."""
    return secrets.token_urlsafe(KEY_BYTES)


@lru_cache(maxsize=16)
def asset(name: str) -> str:
    """Return the URL of one of our static files, another one whenever its content changes."""
    folders = [files(package).joinpath(folder) for package, folder in ASSETS]
    data = next(one for one in (f / name for f in folders) if one.is_file()).read_bytes()
    return f"{STATIC}/{name}?v={hashlib.sha256(data).hexdigest()[:12]}"


def render_page(template: str, visit: Visit, **values: Any) -> str:
    """Return a page for a visitor who is signed in."""
    operator = visit.visitor.operator
    return (
        environment()
        .get_template(f"{template}.html")
        .render(
            **words(visit.console.words, visit.language, visit.console.clock()),
            operator=operator,
            csrf=visit.visitor.csrf,
            menu=[page for page in PAGES if page.menu and page.scope in operator.scopes],
            may=visit.may,
            acts=visit.console.acts,
            person_acts=[act for act in visit.console.acts.values() if is_of_person(act)],
            campaign=visit.console.campaign,
            url=visit.url,
            path=visit.path,
            fields=visit.fields,
            again=partial(again, visit),
            profession=partial(profession, visit),
            question=partial(question, visit),
            phrase=partial(phrase, visit),
            refusal=partial(refusal, visit),
            reason_words=partial(reason_words, visit),
            row_result=partial(row_result, visit),
            day_now=partial(day_now, visit),
            days_of=days_of,
            **values,
        )
    )


def is_of_person(act: Act) -> bool:
    """Return True for an act that changes one registration: a button of the person's page."""
    return act.writes and act.path.startswith(_OF_PERSON) and act.name not in _ELSEWHERE


def again(visit: Visit, **more: object) -> str:
    """Return the URL of the same page with other fields."""
    given = {name: value for name, value in visit.fields.items() if value}
    return f"{visit.url}?{urlencode({**given, **more})}"


def profession(visit: Visit, code: str) -> str:
    """Return the label of a profession."""
    return _label(visit, visit.console.campaign.professions, code)


def question(visit: Visit, code: str) -> str:
    """Return the words of a question about health; a code of none is its own words."""
    return _label(visit, visit.console.campaign.screening.questions, code)


def _label(visit: Visit, rows: Iterable[Profession | ScreeningQuestion], code: str) -> str:
    label = next((one.label for one in rows if one.code == code), {})
    return label.get(visit.language) or next(iter(label.values()), code)


def phrase(visit: Visit, key: str, facts: Mapping[str, str]) -> str:
    """Return a phrase that an act answered, in the visitor's language."""
    reply = Reply((Prompt(key, dict(facts)),), visit.language)
    return visit.console.wording.text(reply, "short")


def refusal(visit: Visit, problem: ProblemError) -> str:
    """Return why an act did not do it: in the visitor's language, if there is a phrase for it."""
    key = f"cannot_{problem.more.get('code', '')}"
    known = visit.console.wording.phrases(visit.console.wording.languages[0], "short")
    if key in known:
        return phrase(visit, key, {})
    return detail(visit.console.words, visit.language, problem.detail)


def detail(said: Any, language: str, text: str) -> str:
    """Return what the API says of a problem in a language that has words for it."""
    key = f"detail:{text}"
    return str(said.say(language, key)) if said.knows(key) else text


def reason_words(visit: Visit, key: str) -> str:
    """Return a phrase without its facts; for a phrase that no longer exists, its key."""
    wording = visit.console.wording
    spoken = visit.language if visit.language in wording.languages else wording.languages[0]
    return wording.phrases(spoken, "short").get(key, key)


def row_result(visit: Visit, result: str) -> str:
    """Return what became of a row of a list, in words."""
    said, key = visit.console.words, f"row:{result}"
    if said.knows(key):
        return said.say(visit.language, key)
    return reason_words(visit, f"list_result_{result}")


def day_now(visit: Visit, region: str = "") -> str:
    """Return the ISO date of now in the zone of a region."""
    return local(visit.console.clock(), zone_of(region)).date().isoformat()


def days_of(slots: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return slots, which are in order, by their day."""
    days = groupby(slots, key=lambda slot: slot["start"][:10])
    return [{"date": day, "slots": list(those)} for day, those in days]


def _combined(some: Mapping[str, object], more: Mapping[str, object]) -> dict[str, object]:
    return {**some, **more}


def words(said: Any, language: str, now: datetime) -> dict[str, Any]:
    """Return what every template needs to speak a language."""
    return {
        "t": partial(said.say, language),
        "language": language,
        "languages": said.languages,
        "knows": said.knows,
        "when": partial(when, language=language),
        "ago": partial(ago, said=said, language=language, now=now),
        "now": now,
    }


def when(value: str | datetime | None, *, language: str) -> Markup:
    """Return a moment in words, in the zone it is told in, else in WIB; a dash for none."""
    if not value:
        return Markup("&ndash;")
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    if at.utcoffset() is None or at.utcoffset() == UTC.utcoffset(None):
        at = local(at, WIB)
    shown = format_datetime(at, _FORMAT, locale=language)
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), shown)


def ago(value: str | datetime | None, *, said: Any, language: str, now: datetime) -> str:
    """Return how long ago a moment was, in one unit; "" for none."""
    if not value:
        return ""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    seconds = max(int((now - at).total_seconds()), 0)
    for key, unit in (("days", _DAY), ("hours", _HOUR)):
        if seconds >= unit:
            return str(said.say(language, key, count=seconds // unit))
    return str(said.say(language, "minutes", count=seconds // _MINUTE))
