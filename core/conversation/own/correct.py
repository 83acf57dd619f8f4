"""Put one's own registration right: which field, its new value, and a question to be sure."""

from msgspec.structs import replace

from core.appointments.requests import LookUp
from core.appointments.views import StatusEntry
from core.campaign import Campaign
from core.cases.requests import Correct, Corrected
from core.conversation.context import Step, TurnContext, request_effect
from core.conversation.form_questions import NIK, PHONE, choose_field
from core.conversation.options import PhraseOption
from core.conversation.session import Session, Visit
from core.conversation.visit.steps import ask, effect_key, end, visit_of
from core.conversation.visit_questions import CHANGES
from core.fields.choice import parse_choice
from core.messages import AddressKind, Prompt
from core.registration.intent import RegistrationIntent

_CHANGED = {NIK: "nik_corrected", PHONE: "phone_moved"}


def begin_correction(
    _: Campaign, session: Session, visit: Visit, one: StatusEntry, __: LookUp
) -> Step:
    """Ask which field of the registration is to be changed."""
    return ask(session, replace(visit, value=one.phone or ""), "choosing_change")


def ask_own_nik(session: Session, intent: RegistrationIntent, number: str) -> Step:
    """Ask whether the NIK that was just sent is that of her registration, mistyped there."""
    visit = Visit(purpose="correct", number=number, field=NIK, value=intent.nik)
    return ask(session, visit, "confirming_nik")


def choose_change(context: TurnContext, session: Session, text: str) -> Step:
    """Ask for the new value of the field; a new phone is the one that writes."""
    field = choose_field(text, CHANGES, context.keywords.fields)
    visit = replace(visit_of(session), field=field)
    question = context.form.find(field)
    if field == PHONE or question is None:
        return _ask_phone(context, session, visit)
    choices = map(PhraseOption, question.prompt.choices)
    return ask(session, replace(visit, value=""), "giving_change", choices)


def _ask_phone(context: TurnContext, session: Session, visit: Visit) -> Step:
    here = context.inbound.address
    if here.kind is not AddressKind.PHONE or here.value == visit.value:
        return end(session, Prompt("phone_road", {"number": visit.number}))
    return ask(session, replace(visit, value=here.value), "confirming_change")


def give_change(context: TurnContext, session: Session, text: str) -> Step:
    """Take the new value, or raise InvalidError; and ask whether it is right."""
    visit = visit_of(session)
    question = context.form.find(visit.field)
    if question is None:  # the campaign no longer asks this
        return ask(session, visit, "choosing_change")
    value = question.parse(text, context.today)
    return ask(session, replace(visit, value=value), "confirming_change")


def confirm_change(context: TurnContext, session: Session, text: str) -> Step:
    """Change the registration on "yes"; on "no" ask again which field."""
    if parse_choice(text, context.keywords.yes_no) == "no":
        return which_change(context, session)
    return _correct(context, session)


def confirm_own_nik(context: TurnContext, session: Session, text: str) -> Step:
    """Move the registration to the NIK on "yes"; on "no" an official looks at both."""
    if parse_choice(text, context.keywords.yes_no) == "no":
        return end(session, Prompt("in_review"))
    return _correct(context, session)


def which_change(_: TurnContext, session: Session) -> Step:
    """Ask again which field."""
    return ask(session, visit_of(session), "choosing_change")


def change_before(context: TurnContext, session: Session) -> Step:
    """Ask for the value again; a phone has but one."""
    field = visit_of(session).field
    if field == PHONE:
        return which_change(context, session)
    return choose_change(context, session, str(CHANGES.index(field) + 1))


def _correct(context: TurnContext, session: Session) -> Step:
    inbound, visit = context.inbound, visit_of(session)
    request = Correct(
        key=effect_key(context, "correct"),
        number=visit.number,
        campaign=context.campaign.id,
        address=inbound.address,
        channel=inbound.channel,
        field=visit.field,
        value=visit.value,
        at=context.at,
        proven=visit.proven_until > context.at,
    )
    return request_effect(session, request)


def say_corrected(session: Session, request: Correct, result: Corrected) -> Step:
    """Say what became of the correction."""
    number = {"number": request.number}
    match result.verdict:
        case "changed":
            value = {NIK: request.value, PHONE: request.value}.get(request.field)
            facts = {request.field: value} if value else {}
            return end(session, Prompt(_CHANGED.get(request.field, "corrected"), number | facts))
        case "review":
            return end(session, Prompt("correction_review", {"case": result.case}))
        case "booked":
            return end(session, Prompt("correction_booked"))
        case "too_many":
            return end(session, Prompt("correction_too_many"))
        case "gone":
            return end(session, Prompt("own_gone"))
