"""The words `KODE` and `WEB`: what they do depends on whose conversation it is."""

from typing import Final

from core.conversation.context import (
    Step,
    TurnContext,
    ask_current,
    current_question,
    request_effect,
)
from core.conversation.handover.showing import show_code, too_many
from core.conversation.handover.taking import ask_typed
from core.conversation.remembering import shown
from core.conversation.session import Session
from core.conversation.visit.steps import effect_key, end
from core.handovers.requests import EndLinks, GiveLink, LinkGiven
from core.messages import AddressKind, Prompt, Voucher

SHOWS: Final = "show_code"  # the key of the prompt


def hear_code(context: TurnContext, session: Session) -> Step:
    """Show a code in a browser, ask for one on a phone; a letter has neither."""
    match context.inbound.voucher:
        case Voucher.NETWORK:
            return ask_typed(session)
        case Voucher.CODE:
            return ask_current(context, session, Prompt("handover_linked"))
        case _ if context.inbound.address.kind is AddressKind.WEB:
            return show_code(context, session)
        case _:
            return _help(context, session)


def hear_web(context: TurnContext, session: Session) -> Step:
    """Give a phone a link that goes on in a browser."""
    if context.inbound.voucher is not Voucher.NETWORK:
        return _help(context, session)
    request = GiveLink(context.inbound.address, effect_key(context, "link"), context.at)
    return request_effect(session, request)


def end_links(context: TurnContext, session: Session) -> Step:
    """Unlink all browsers of a phone, at its own word or at that of one of them."""
    if not context.inbound.address.by_network:
        return _help(context, session)
    return request_effect(session, EndLinks(context.inbound.address))


def say_link(session: Session, given: LinkGiven) -> Step:
    """Say the link, or when the next may be asked for; the conversation stays where it is."""
    if not given.link:
        return end(session, too_many(given.until))
    return Step(session, (Prompt("web_link", {"link": given.link}),), ends=True)


def answer_earlier(context: TurnContext, session: Session) -> Step:
    """Answer what belongs to an earlier page; one that shows a code waits for what comes of it.

    If the code has come meanwhile, that is what the phone was told last.
    """
    inbound, said = context.inbound, shown(session)
    if inbound.asked == SHOWS and inbound.voucher is Voucher.CODE and said is not None:
        return Step(session, said.prompts, said.ends)
    return ask_current(context, session, Prompt("tapped_earlier"))


def _help(context: TurnContext, session: Session) -> Step:
    return Step(session, (Prompt("help"), *current_question(context, session)))
