"""Handle one hop of a USSD session: each answer that was typed since the last one."""

from msgspec.structs import replace

from core.conversation import menu
from core.conversation.context import Step, TurnContext, current_question
from core.conversation.handover.taking import dialled_code, read_code
from core.conversation.session import Session
from core.conversation.stages import take_text
from core.conversation.ussd_input import read_hop


def handle_hop(context: TurnContext, session: Session) -> Step:
    """Take what is new on a USSD call: nothing at a dial, or the answers dialled with the code."""
    assert context.inbound.ussd is not None
    texts, opens, heard = read_hop(
        session.heard, context.inbound.ussd, opens=context.inbound.opens
    )
    session = replace(session, heard=heard)
    if opens and (code := dialled_code(texts)) is not None:
        return read_code(context, session, code)  # what is dialled behind it answers no screen
    if opens:
        step = menu.open_conversation(context, session)
    else:
        step = Step(session, () if texts else current_question(context, session))
    for text in texts:
        wrong = step.session.wrong
        step = take_text(context, step.session, text, opens=False)
        if step.session.pending is not None or step.session.wrong > wrong:
            break  # what was typed after this was meant for another question
    if step.prompts or step.session.pending is not None:
        return step
    return menu.open_conversation(context, session)
