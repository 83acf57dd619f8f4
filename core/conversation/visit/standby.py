"""Wait for a seat that comes free, where all are taken; and hear whether the offer of one is."""

from msgspec.structs import replace

from core.appointments.requests import NotBookable
from core.appointments.standby_requests import (
    AnswerOffer,
    OfferEnded,
    OfferTaken,
    Wait,
    Waiting,
)
from core.appointments.views import Place
from core.conversation.context import Step, TurnContext, idle, request_effect
from core.conversation.message_ids import intent_id
from core.conversation.session import Session
from core.conversation.visit.invitation import invitation_answer
from core.conversation.visit.steps import (
    appointment_facts,
    ask,
    effect_key,
    end,
    find_facilities,
    say_not_bookable,
    visit_of,
)
from core.conversation.visit_questions import STANDBY_FAR
from core.fields.choice import parse_choice
from core.messages import Channel, Prompt
from core.registration.requests import AnswerNotice

# Doors whose person has a phone on which we can write first, and which answers for itself.
_DOORS = frozenset({Channel.USSD, Channel.SMS, Channel.WHATSAPP, Channel.WEB})
_AT_REST = ("start", "menu")
_FAR = str(len(STANDBY_FAR))


def offer_standby(session: Session, why: Prompt, *, full: bool) -> Step:
    """Say that there is no seat and, where all are taken, ask whether the person waits for one.

    A person who changes an appointment has a seat, and is not asked.
    """
    visit = visit_of(session)
    if not full or visit.changes or session.channel not in _DOORS:
        return end(session, why)
    later = visit.since if "date" in why.args else ""  # the dose is due only then
    return ask(session, replace(visit, day=later, far=0), "choosing_standby")


def offer_far(session: Session, beyond: Place, seconds: int) -> Step:
    """Say that all seats are far, and ask whether the person waits for one that is near.

    A person who may not wait sees the list, which says how far each place is.
    """
    visit = visit_of(session)
    if visit.changes or session.channel not in _DOORS or not beyond.km:
        return find_facilities(session, seconds, anywhere=True)
    return ask(session, replace(visit, far=beyond.km), "choosing_standby")


def choose_standby(context: TurnContext, session: Session, text: str) -> Step:
    """Wait on "yes"; on "no" say how to come back, or list the places that are far."""
    visit, inbound = visit_of(session), context.inbound
    chosen = parse_choice(text, context.keywords.yes_no | ({_FAR: "far"} if visit.far else {}))
    if chosen == "far":
        return find_facilities(session, context.at, anywhere=True)
    if chosen == "no":
        return end(session, Prompt("standby_no"))
    request = Wait(
        key=effect_key(context, "wait"),
        number=visit.number,
        campaign=context.campaign.id,
        dose=visit.dose,
        address=inbound.address,
        channel=inbound.channel,
        at=context.at,
        near=session.near,
    )
    return request_effect(session, request)


def say_waiting(session: Session, result: Waiting | NotBookable) -> Step:
    """Say how a seat will be offered; or why the person may not book one."""
    if isinstance(result, NotBookable):
        return say_not_bookable(session, result.why)
    return end(session, Prompt("standby_joined"))


def hear_offer(context: TurnContext, session: Session, text: str, otherwise: Step) -> Step:
    """Request what the answer does, if a seat is offered to this address; `otherwise` if not.

    Only a person at rest is asked: anywhere else, a yes is the answer to another question.
    """
    inbound, pending = context.inbound, otherwise.session.pending
    by_message = inbound.address.by_network and inbound.ussd is None
    if not by_message or session.stage not in _AT_REST:
        return otherwise
    if (takes := context.keywords.offer_answer(text)) is None:
        return otherwise
    notice = pending if isinstance(pending, AnswerNotice) else None
    if pending is not notice:
        return otherwise
    answers = not takes or context.keywords.is_plain_yes(text)
    invitation = invitation_answer(
        context, session, takes=takes, notice=notice, otherwise=otherwise.prompts
    )
    request = AnswerOffer(
        key=f"{intent_id(inbound.address.conversation, inbound.message_id)}/offer",
        address=inbound.address,
        channel=inbound.channel,
        provider=inbound.provider,
        language=context.language(session),
        campaign=context.campaign.id,
        takes=takes,
        at=context.at,
        thread=dict(inbound.thread),
        notice=notice,
        otherwise=otherwise.prompts,
        invitation=invitation if answers else None,
    )
    return otherwise._replace(session=replace(otherwise.session, pending=request))


def say_answer(
    session: Session, request: AnswerOffer, result: OfferTaken | OfferEnded | None
) -> Step:
    """Say where and when, or that the seat went on; with no offer, what the word means else."""
    match result:
        case None if request.invitation is not None or request.notice is not None:
            return Step(replace(session, pending=request.invitation or request.notice))
        case None:
            return Step(session, request.otherwise)
        case OfferEnded(why=why):
            return Step(idle(session), (Prompt(f"seat_{why}"),), ends=True)
        case OfferTaken(number=number, booked=booked):
            args = {"number": number, **appointment_facts(booked.appointment)}
            return Step(idle(session), (Prompt("booked", args),), ends=True)
