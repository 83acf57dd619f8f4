"""Prove who asks: a registration number, and the code that is sent to the phone on file.

No prompt here reveals whether a number exists.
"""

from hashlib import blake2b

from msgspec.structs import replace

from core.appointments.requests import LookUp, Purpose
from core.campaign import Campaign
from core.conversation.context import Step, TurnContext, request_effect
from core.conversation.keywords import find_code
from core.conversation.letter_threads import TOKEN_BYTES, echoes_token
from core.conversation.message_ids import intent_id
from core.conversation.register.letter import begin_registration
from core.conversation.session import Session, Visit
from core.conversation.visit.lost_phone import report_lost_phone
from core.conversation.visit.steps import (
    ask,
    ask_again,
    effect_key,
    end,
    iso,
    look_up,
    visit_of,
)
from core.fields.choice import fold
from core.fields.invalid import InvalidError
from core.fields.timezones import WIB, local, moment
from core.messages import Prompt
from core.registration.requests import CheckCode, CodeChecked, CodeSent, SendCode

PROVEN_SECONDS = 1_800  # how long a proof is valid after a right code
_LONG_AGO = 1  # in seconds since 1970; 0 means that no proof is needed


def ask_number(session: Session, purpose: Purpose, *reasons: Prompt) -> Step:
    """Give the reasons and ask for a registration number; a proof of another is forgotten."""
    step = ask(session, Visit(purpose=purpose), "proving_number")
    return step._replace(prompts=(*reasons, *step.prompts))


def answer_number(context: TurnContext, session: Session, text: str) -> Step:
    """Take a registration number, and request a code for it."""
    if fold(text) == "1" or context.keywords.command(text) == "register":
        return begin_registration(context, session)
    number = context.keywords.find_number(text)
    if number is None:
        raise InvalidError("number_mistyped")
    return request_code(context, session, number)


def request_code(context: TurnContext, session: Session, number: str) -> Step:
    """Request a code for the number."""
    request = SendCode(
        effect_key(context, "code"),
        number,
        context.campaign.id,
        context.inbound.address,
        context.language(session),
        context.at,
    )
    return request_effect(session, request)


def send_code(campaign: Campaign, session: Session, request: LookUp, number: str) -> Step:
    """Request a code for a number that came with the question."""
    key = intent_id(request.address.conversation, session.message)
    language = session.language or campaign.language
    vouched = session.vouched or not request.address.forgeable
    place = (campaign.id, request.address)
    request_code = SendCode(f"{key}/code", number, *place, language, request.at, vouched)
    return request_effect(session, request_code)


def ask_code(session: Session, request: SendCode, sent: CodeSent) -> Step:
    """Ask for the code, whether one was sent or not; until then the number is only claimed."""
    if sent.too_many:
        again = local(moment(sent.again_at), WIB)
        when = {"date": f"@date:{again.date().isoformat()}", "time": f"@time:{iso(again)}"}
        return end(replace(session, visit=None), Prompt("code_too_many", when))
    claimed = Visit(purpose=visit_of(session).purpose, number=request.number)
    return ask(session, claimed, "proving_code")


def answer_code(context: TurnContext, session: Session, text: str) -> Step:
    """Take the code, and request its check."""
    code = find_code(text)
    if code is None:
        return _leave_code(context, session, text)
    request = CheckCode(
        number=visit_of(session).number,
        campaign=context.campaign.id,
        address=context.inbound.address,
        channel=context.inbound.channel,
        code=code,
        key=effect_key(context, "check"),
        at=context.at,
    )
    return request_effect(session, request)


def _leave_code(context: TurnContext, session: Session, text: str) -> Step:
    """Send another code, take another number, or report that the phone is lost."""
    visit, road = visit_of(session), context.keywords.code_roads.get(fold(text))
    if road == "again":
        return request_code(context, session, visit.number)
    if road == "other_number":
        return ask_number(session, visit.purpose)
    if road == "lost":
        return report_lost_phone(context, session)
    raise InvalidError("code_unclear")


def after_code_check(
    campaign: Campaign, session: Session, request: CheckCode, checked: CodeChecked
) -> Step:
    """Look up what the person first asked for, if the code was right."""
    if checked.verdict == "wrong":
        return ask_again(replace(session, wrong=session.wrong + 1), Prompt("code_wrong"))
    if checked.verdict == "expired":
        return end(replace(session, visit=None), Prompt("code_expired"))
    purpose = visit_of(session).purpose
    proven = Visit(
        purpose=purpose,
        number=request.number,
        proven_until=request.at + PROVEN_SECONDS,
        token=_token(request),
    )
    return look_up(campaign, replace(session, visit=proven), request.address, purpose, request.at)


def without_stale_proof(context: TurnContext, session: Session) -> Session:
    """Return the session, its proof expired unless this letter bears the token of the proof.

    Anybody can write in somebody's name. Only the token, which our answers since the proof bear,
    shows that the writer can read them.
    """
    visit = session.visit
    if visit is None or not visit.proven_until:
        return session
    if visit.token and echoes_token(context.inbound, visit.token):
        return session
    return replace(session, visit=replace(visit, proven_until=_LONG_AGO))


def _token(request: CheckCode) -> str:
    """Return a token that is known only to those who got the code, or read our answers."""
    secret = f"{request.code}\n{request.key}".encode()
    return blake2b(secret, digest_size=TOKEN_BYTES).hexdigest()
