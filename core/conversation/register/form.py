"""Fill the form: ask, take the answer, go back, confirm."""

from msgspec.structs import replace

from core.conversation.consent import ASKED, SHOWN, mark
from core.conversation.context import (
    Step,
    TurnContext,
    confirmation_question,
    consent_to,
    current_question,
    drop_form,
    drop_visit,
    enter,
    request_effect,
    resumption,
    show_menu,
)
from core.conversation.form_questions import (
    ASK_CONSENT,
    CONSENT,
    FULL_NAME,
    NIK,
    PHONE,
    PROFESSION,
    PROFESSION_TEXT,
    changeable,
    choose_field,
)
from core.conversation.funnel import furthest
from core.conversation.message_ids import intent_id
from core.conversation.register.listed_profession import look_up_profession
from core.conversation.register.person import split_profession
from core.conversation.session import Session
from core.fields.choice import find_choice, parse_choice
from core.fields.invalid import InvalidError
from core.fields.nik import parse_nik
from core.fields.timezones import moment
from core.messages import AddressKind, Prompt
from core.registration.intent import Consent, RegistrationIntent
from core.registration.requests import Register

_NAMED = frozenset({NIK, FULL_NAME})  # the roster lists people by them
_WITH = {
    **{key: {key} for key in (NIK, FULL_NAME, PHONE)},
    PROFESSION: {PROFESSION, PROFESSION_TEXT},
}  # what goes with an answer that is to be given anew


def offer_resume(context: TurnContext, session: Session) -> Step:
    """Offer to resume the half-filled form; a visit is dropped."""
    resuming = enter(drop_visit(session), "resuming")
    return Step(resuming, (resumption(context, resuming),))


def resume(context: TurnContext, session: Session, text: str) -> Step:
    """Continue the form, or start again."""
    if (chosen := find_choice(text, context.keywords.resume)) is None:
        missing = context.form.missing(session.answers)
        if not missing or context.keywords.wishes.talks(text):
            raise InvalidError("choice_unclear")
        return answer(context, replace(session, stage="asking", question=missing[0].key), text)
    return ask_next(context, session if chosen == "continue" else drop_form(session))


def ask_next(context: TurnContext, session: Session) -> Step:
    """Ask the first question without an answer; after the last, ask to confirm."""
    session = drop_visit(session)  # only the newer of a visit and a form continues
    if missing := context.form.missing(session.answers):
        asking = replace(session, stage="asking", question=missing[0].key, wrong=0)
        return Step(asking, (missing[0].prompt,))
    confirming = enter(session, "confirming")
    return Step(confirming, confirmation_question(context, confirming))


def begin(session: Session) -> Step:
    """Ask for consent, the first question of a form."""
    asking = replace(drop_form(session), stage="asking", question=CONSENT)
    return Step(asking, (ASK_CONSENT,))


def answer(context: TurnContext, session: Session, text: str) -> Step:
    """Take the answer to the question that was asked, or raise InvalidError."""
    question = context.form.find(session.question)
    if question is None:  # the campaign no longer asks this
        return ask_next(context, session)
    if question.key == FULL_NAME:
        text, profession = split_profession(
            context.keywords, context.keywords.courtesies.bare_name(text)
        )
        session = replace(session, answers={**session.answers, **profession})
    value = question.parse(text, context.today)
    if question.key == CONSENT:
        if value == "disagree":
            return Step(drop_form(session), (Prompt("declined"),), ends=True)
        given = {CONSENT: str(context.at), SHOWN: mark(consent_to(context, session, ASKED))}
    else:
        given = {question.key: value}
    step = ask_next(context, replace(session, answers={**session.answers, **given}))
    return look_up_profession(context, step) if question.key in _NAMED else step


def go_back(context: TurnContext, session: Session) -> Step:
    """Ask the previous question again; before the first one, show the menu."""
    before = context.form.before(session.question, session.answers)
    if before is None:
        return show_menu(context, session)
    answers = {key: value for key, value in session.answers.items() if key != before.key}
    return ask_next(context, replace(session, answers=answers, reached=furthest(session)))


def confirm(context: TurnContext, session: Session, text: str) -> Step:
    """Register on "yes"; on "change" ask which answer to change."""
    chosen = parse_choice(text, context.keywords.confirm)
    if chosen == "yes":
        return register(context, session)
    choosing = enter(session, "choosing_answer")
    return Step(choosing, current_question(context, choosing))


def choose_answer(context: TurnContext, session: Session, text: str) -> Step:
    """Ask the question of the chosen answer again, and then to confirm."""
    fields = context.keywords.fields
    return change(context, session, choose_field(text, changeable(context.form), fields))


def change(context: TurnContext, session: Session, field: str) -> Step:
    """Ask the question of this field again, and then to confirm."""
    kept = {key: value for key, value in session.answers.items() if key not in _WITH[field]}
    return ask_next(context, replace(session, answers=kept, reached=furthest(session)))


def keep_answers(context: TurnContext, session: Session) -> Step:
    """Change none after all: ask to confirm again."""
    return ask_next(context, session)


def register(context: TurnContext, session: Session) -> Step:
    """Request the registration."""
    inbound = context.inbound
    request = Register(make_intent(context, session), dict(inbound.thread), inbound.aligned)
    return request_effect(session, request)


def make_intent(context: TurnContext, session: Session) -> RegistrationIntent:
    """Return the intent of the filled form; the message decides its id."""
    inbound, answers = context.inbound, session.answers
    nik = parse_nik(answers[NIK], today=context.today)
    own = inbound.address.value if inbound.address.kind is AddressKind.PHONE else None
    return RegistrationIntent(
        intent_id=intent_id(inbound.address.conversation, inbound.message_id),
        campaign=context.campaign.id,
        channel=inbound.channel,
        provider=inbound.provider,
        address=inbound.address,
        message_id=inbound.message_id,
        received_at=inbound.received_at,
        nik=nik.value,
        full_name=answers[FULL_NAME],
        birth_date=nik.birth_date,
        sex=nik.sex,
        profession=answers[PROFESSION],
        phone=answers.get(PHONE, own),
        language=context.language(session),
        consent_at=moment(int(answers.get(CONSENT) or context.at)),
        consent=_consent(context, session),
        voucher=inbound.voucher,
        attributes={PROFESSION_TEXT: words} if (words := answers.get(PROFESSION_TEXT)) else {},
    )


def _consent(context: TurnContext, session: Session) -> Consent:
    """Return the consent that was noted, or the one that this confirmation gives."""
    if session.answers.get(CONSENT):
        noted = session.answers.get(SHOWN, "")  # nothing in a form that an older release began
        return context.consents.recall(noted)
    key = confirmation_question(context, session)[-1].key
    return consent_to(context, session, key)
