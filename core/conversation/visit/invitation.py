"""Hear the yes to an invitation (docs/adr/0015)."""

from core.appointments.standby_requests import AnswerInvitation
from core.conversation.context import TurnContext
from core.conversation.message_ids import intent_id
from core.conversation.session import Session
from core.messages import AddressKind, Channel, Prompt
from core.registration.requests import AnswerNotice
from core.roster.invitation_words import ANSWERED


def invitation_answer(
    context: TurnContext,
    session: Session,
    *,
    takes: bool,
    notice: AnswerNotice | None,
    otherwise: tuple[Prompt, ...],
) -> AnswerInvitation | None:
    """Return the request for an answer by SMS, the only channel of invitations; elsewhere None."""
    inbound = context.inbound
    if inbound.channel is not Channel.SMS or inbound.address.kind is not AddressKind.PHONE:
        return None
    asked = {key: (key, Channel.SMS, context.campaign.language) for key in ANSWERED}
    shown = context.consents.shown
    return AnswerInvitation(
        intent_id=intent_id(inbound.address.conversation, inbound.message_id),
        message_id=inbound.message_id,
        address=inbound.address,
        provider=inbound.provider,
        language=context.language(session),
        campaign=context.campaign.id,
        takes=takes,
        at=context.at,
        consents={
            key: shown[where].model_dump() for key, where in asked.items() if where in shown
        },
        thread=dict(inbound.thread),
        notice=notice,
        otherwise=otherwise,
    )
