"""Hear the answer to a notice: who was named in a letter says whether it is so."""

from msgspec.structs import replace

from core.conversation.context import Step, TurnContext
from core.conversation.message_ids import intent_id
from core.conversation.session import Session
from core.messages import AddressKind
from core.registration.requests import AnswerNotice

_AT_REST = ("start", "menu")


def hear_notice(context: TurnContext, session: Session, text: str, otherwise: Step) -> Step:
    """Request what the answer does, if a notice is open on this phone; `otherwise` if not.

    Only a phone at rest is asked: anywhere else, a yes is the answer to another question.
    """
    inbound = context.inbound
    by_phone = inbound.address.kind is AddressKind.PHONE and inbound.ussd is None
    if not by_phone or session.stage not in _AT_REST or otherwise.session.pending is not None:
        return otherwise
    if (mine := context.keywords.notice_answer(text)) is None:
        return otherwise
    request = AnswerNotice(
        address=inbound.address,
        channel=inbound.channel,
        campaign=context.campaign.id,
        mine=mine,
        key=f"{intent_id(inbound.address.conversation, inbound.message_id)}/notice",
        at=context.at,
        otherwise=otherwise.prompts,
    )
    return otherwise._replace(session=replace(otherwise.session, pending=request))
