"""The phone's side: type the code, see whose form it is, take it.

Whoever fills a form in their own browser may talk somebody else into sending its code, and would
then read that phone's conversation. So the screen names the form, and says when to refuse.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from core.campaign import HANDOVER_KEY, Campaign
from core.conversation.context import (
    Step,
    TurnContext,
    ask_current,
    confirmation,
    enter,
    idle,
    request_effect,
)
from core.conversation.form_questions import NIK, PHONE, form_prompts
from core.conversation.handover.showing import too_many
from core.conversation.keywords import find_handover_code
from core.conversation.message_ids import intent_id
from core.conversation.session import Session, Visit
from core.conversation.visit.steps import ask, effect_key, end, visit_of
from core.fields.choice import parse_choice
from core.fields.invalid import InvalidError
from core.fields.timezones import moment
from core.handovers.requests import CodeRead, FormTaken, ReadCode, TakeForm
from core.messages import AddressKind, Prompt, Voucher


def ask_typed(session: Session, *reasons: Prompt) -> Step:
    """Ask for the code that a browser shows."""
    step = ask(session, Visit(purpose="status"), "typing_code")
    return step._replace(prompts=(*reasons, *step.prompts))


def answer_typed(context: TurnContext, session: Session, text: str) -> Step:
    """Take the typed code."""
    code = find_handover_code(text)
    if code is None:
        raise InvalidError("handover_unclear")
    return read_code(context, session, code)


def dialled_code(texts: Sequence[str]) -> str | None:
    """Return the code of a dial such as `*119*9*12345678#`; None for any other."""
    if len(texts) < 2 or texts[0] != HANDOVER_KEY:  # noqa: PLR2004 the key and the code
        return None
    return find_handover_code(texts[1])


def read_code(context: TurnContext, session: Session, code: str) -> Step:
    """Request whose form the code hands over; only a phone itself may ask."""
    if context.inbound.voucher is not Voucher.NETWORK:
        return ask_current(context, session, Prompt("handover_linked"))
    if code == session.refused:  # talked into it once, a person is not asked again
        return ask_typed(session, Prompt("handover_wrong"))
    request = ReadCode(
        address=context.inbound.address,
        code=code,
        key=effect_key(context, "read"),
        at=context.at,
        nik=session.answers.get(NIK, ""),
    )
    return request_effect(session, request)


def ask_whether(session: Session, request: ReadCode, read: CodeRead) -> Step:
    """Ask whether the form that the code names is this person's own."""
    if read.verdict == "too_many":
        return end(session, too_many(read.again_at))
    if read.verdict == "wrong":
        return ask_typed(session, Prompt("handover_wrong"))
    manner = "replaces" if read.replaces else "" if read.person else "bare"
    visit = Visit(purpose="status", value=request.code, name=read.person, field=manner)
    return ask(session, visit, "confirming_handover")


def answer_whether(context: TurnContext, session: Session, text: str) -> Step:
    """Take the form on "yes"; else nothing is linked, and the code is spent for this phone."""
    if parse_choice(text, context.keywords.handover) == "no":
        return refuse(replace(session, refused=visit_of(session).value))
    inbound = context.inbound
    request = TakeForm(
        address=inbound.address,
        channel=inbound.channel,
        provider=inbound.provider,
        message_id=inbound.message_id,
        intent_id=intent_id(inbound.address.conversation, inbound.message_id),
        code=visit_of(session).value,
        key=effect_key(context, "take"),
        at=context.at,
    )
    return request_effect(session, request)


def refuse(session: Session) -> Step:
    """Link nothing."""
    return end(session, Prompt("handover_refused"))


def say_taken(campaign: Campaign, session: Session, request: TakeForm, taken: FormTaken) -> Step:
    """Go on with the form at the same question; with one that registered, see `outcomes`."""
    linked = Prompt("handover_done")
    if taken.gone:
        return end(session, Prompt("handover_wrong"))
    if not taken.answers:
        return end(session, linked)
    by_phone = request.address.kind is AddressKind.PHONE
    answers = {key: one for key, one in taken.answers.items() if not by_phone or key != PHONE}
    filled = replace(idle(session), answers=answers, visit=None)
    step = _go_on(campaign, filled, request.at, asks_phone=not by_phone)
    return step._replace(prompts=(linked, *step.prompts))


def _go_on(campaign: Campaign, session: Session, at: int, *, asks_phone: bool) -> Step:
    """Ask the first question that the form lacks at `at`, or to confirm it."""
    for key, prompt in form_prompts(campaign, asks_phone=asks_phone).items():
        if key not in session.answers:
            return Step(replace(session, stage="asking", question=key, wrong=0), (prompt,))
    today = moment(at).date()
    return Step(enter(session, "confirming"), confirmation(session.answers, today))
