"""The browser's side: show a code, which the person's phone is to send back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from core.campaign import Campaign
from core.conversation.context import Step, TurnContext, request_effect, show_menu
from core.conversation.form_questions import PHONE
from core.conversation.keywords import SHOWN_CODE
from core.conversation.register.form import ask_next
from core.conversation.session import Session, Visit
from core.conversation.visit.steps import ask, ask_again, effect_key, end, iso
from core.fields.choice import parse_choice
from core.fields.timezones import WIB, local, moment
from core.handovers.requests import CodeHidden, CodeShown, HideCode, ShowCode
from core.messages import Prompt
from core.registration.intent import RegistrationIntent

TYPED: Final = "KODE"  # before one that is sent; heard in every language


def show_code(context: TurnContext, session: Session, *said: Prompt) -> Step:
    """Request a code for the half-filled form, or again for what was confirmed.

    `said` comes before it.
    """
    request = ShowCode(
        address=context.inbound.address,
        key=effect_key(context, "show"),
        at=context.at,
        answers=session.answers,
        phone=session.answers.get(PHONE, ""),
        said=said,
    )
    return request_effect(session, request)


def show_code_of(session: Session, intent: RegistrationIntent, *said: Prompt) -> Step:
    """Request a code for what a browser has confirmed; `said` comes before it."""
    request = ShowCode(
        address=intent.address,
        key=f"{intent.intent_id}/show",
        at=int(intent.received_at.timestamp()),
        intent=intent,
        phone=intent.phone or "",
        said=said,
    )
    return request_effect(session, request)


def say_code(session: Session, request: ShowCode, shown: CodeShown) -> Step:
    """Say the code and the ways to send it, or when the next may be asked for."""
    if not shown.code:
        refusal = too_many(shown.until)
        shows = session.stage == "showing_code"  # the last code, which stays good
        step = ask_again(session, refusal) if shows else end(session, refusal)
    else:
        facts, code = code_facts(shown), "" if request.intent is not None else shown.code
        session = replace(session, code=code)
        step = ask(session, Visit(purpose="status", shown=facts), "showing_code")
    return step._replace(prompts=(*request.said, *step.prompts))


def withdraw_left(step: Step) -> Step:
    """Withdraw a code once its page is left: a phone would get the form without what follows."""
    session = step.session
    if not session.code or session.stage == "showing_code" or session.pending is not None:
        return step
    hide = HideCode(session.code, step.prompts, step.ends)
    return request_effect(replace(session, code=""), hide)


def say_hidden(session: Session, request: HideCode, hidden: CodeHidden) -> Step:
    """Go on with what follows the page that was left."""
    told = (Prompt("handover_withdrawn"),) if hidden.withdrawn else ()
    return Step(session, (*told, *request.said), request.ends)


def too_many(until: int) -> Prompt:
    """Return the refusal of a code or link until then."""
    again = local(moment(until), WIB)
    when = {"date": f"@date:{again.date().isoformat()}", "time": f"@time:{iso(again)}"}
    return Prompt("handover_too_many", when)


def answer_shown(context: TurnContext, session: Session, text: str) -> Step:
    """Say that the code has not come yet; request another if asked to, or if it has expired."""
    if parse_choice(text, SHOWN_CODE) == "anew":
        return show_code(context, session)
    if context.at >= _shown_until(session):
        return show_code(context, session, Prompt("handover_wrong"))
    return ask_again(session, Prompt("handover_not_yet"))


def _shown_until(session: Session) -> int:
    """Return when the code that is shown expires, in seconds since 1970."""
    assert session.visit is not None
    until = session.visit.shown["time"].removeprefix("@time:")
    return int(datetime.fromisoformat(until).timestamp())


def leave_code(context: TurnContext, session: Session) -> Step:
    """Go on with the form here, where one is half filled; else show the menu."""
    if session.answers:
        return ask_next(context, session)
    return show_menu(context, replace(session, visit=None))


def code_facts(shown: CodeShown) -> dict[str, str]:
    """Return what a prompt says of a code: all else follows from it, see `ways`."""
    return {"code": shown.code, "time": f"@time:{iso(local(moment(shown.until), WIB))}"}


def ways(campaign: Campaign, facts: Mapping[str, str]) -> dict[str, str]:
    """Return the facts of a code, and how it may be sent: dialled, by SMS, by WhatsApp."""
    number, code = campaign.whatsapp_number.lstrip("+"), facts["code"]
    return {
        **facts,
        "sms_to": campaign.sms_number,
        "dial": f"{campaign.handover_dial}{code}#",
        "whatsapp": f"https://wa.me/{number}?text={TYPED}%20{code}",
    }
