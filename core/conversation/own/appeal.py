"""The appeal, by letter or with a file by a page: that somebody belongs on the roster."""

from msgspec.structs import replace

from core.cases.requests import Appeal, CaseOpened
from core.conversation.context import Step, TurnContext, ask_current, request_effect
from core.conversation.form_questions import NIK, parse_answers
from core.conversation.register.letter import fill_from_letter
from core.conversation.session import Session, Visit
from core.conversation.visit.lost_phone import case_facts
from core.conversation.visit.steps import effect_key, end, visit_of
from core.messages import EVIDENCE, UNKEPT, Prompt, Voucher
from core.registration.evidence import letter_key

_ASKED = "appeal"  # `Visit.field`, where a letter of ours has asked for one


def await_appeal(session: Session, number: str) -> Session:
    """Return the session in which an answer to our letter appeals for this registration."""
    return replace(session, visit=Visit(purpose="status", number=number, field=_ASKED))


def hear_letter(context: TurnContext, session: Session) -> Step:
    """Read an appeal, a registration, or both; what a registration lacks is asked for as ever."""
    number, nik = _appeals_for(context, session)
    filled = fill_from_letter(context, session)
    if filled.session.pending is not None or not (number or nik):
        return filled
    request = _request(context, number=number, nik=nik, vouched=session.vouched)
    if context.inbound.answers.keys() - {NIK}:
        request = replace(request, otherwise=filled.prompts)
    return Step(replace(filled.session, pending=request))


def hear_file(context: TurnContext, session: Session) -> Step:
    """Take the file that a page brings as an appeal for the number with it; a form stays."""
    number, unread = context.keywords.find_number(context.inbound.text), context.inbound.unread
    if number is None:
        return ask_current(context, session, Prompt("number_mistyped"))
    if EVIDENCE not in unread:
        why = "file_unkept" if UNKEPT in unread else "file_kind"
        return ask_current(context, session, Prompt(why))
    vouched = context.inbound.voucher is not Voucher.NOBODY
    return request_effect(session, _request(context, number=number, vouched=vouched))


def _request(context: TurnContext, *, number: str, nik: str = "", vouched: bool) -> Appeal:
    inbound = context.inbound
    return Appeal(
        key=effect_key(context, "appeal"),
        campaign=context.campaign.id,
        address=inbound.address,
        number=number,
        nik=nik,
        letter=letter_key(inbound.address, inbound.message_id),
        vouched=vouched,
        at=context.at,
    )


def _appeals_for(context: TurnContext, session: Session) -> tuple[str, str]:
    """Return the number or the NIK that the letter appeals for; neither if it is no appeal.

    It is one by what it says, by the files that it brings, or as the answer to our letter that
    somebody is not listed.
    """
    inbound, answered = context.inbound, _answered(context, session)
    says = EVIDENCE in inbound.unread or context.keywords.is_appeal(inbound.text)
    if not inbound.channel.writes_letters or not (says or answered):
        return "", ""
    if number := context.keywords.find_number(inbound.text):
        return number, ""
    questions = [one for one in context.form.questions if one.key == NIK]
    given = [(one, inbound.answers[NIK]) for one in questions if NIK in inbound.answers]
    answers, _ = parse_answers(given, context.today)
    return ("", answers[NIK]) if NIK in answers else (answered, "")


def _answered(context: TurnContext, session: Session) -> str:
    """Return the number that our letter called not listed, if this one answers it."""
    visit = visit_of(session)
    asked = visit.field == _ASKED and session.vouched
    return visit.number if asked and not context.keywords.is_thanks(context.inbound.text) else ""


def say_appeal(session: Session, request: Appeal, result: CaseOpened) -> Step:
    """Give the number of the case; and say what a registration still lacks."""
    said = Prompt("case_too_many")
    if result.by is not None:
        said = Prompt("appeal_case", case_facts(result))
    if request.otherwise:
        return Step(session, (said, *request.otherwise))
    return end(session, said)
