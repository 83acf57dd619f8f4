"""The whole conversation as two pure functions: `advance` and `settle`.

Nothing here waits, logs, reads a clock or draws a number. Time and ids come with the message: the
same inputs always give the same turn.
"""

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from core.campaign import Campaign
from core.conversation.consent import Consents
from core.conversation.context import (
    Step,
    TurnContext,
    ask_current,
)
from core.conversation.effects import DEEDS, Result
from core.conversation.form_questions import PHONE, create_form
from core.conversation.handover.commands import answer_earlier
from core.conversation.handover.showing import withdraw_left
from core.conversation.hops import handle_hop
from core.conversation.keywords import Keywords
from core.conversation.letter_threads import count_turn, take_up_thread
from core.conversation.message_ids import digest, identify
from core.conversation.outcomes import say_outcome
from core.conversation.own.appeal import hear_file
from core.conversation.register.letter import as_letter
from core.conversation.remembering import (
    after_repeating,
    answers_earlier_page,
    remember,
    say_unheard,
)
from core.conversation.session import Session
from core.conversation.stages import take_confirming, take_labelled, take_text
from core.conversation.ussd_input import is_other_call
from core.conversation.visit import flow
from core.conversation.visit.proof import without_stale_proof
from core.messages import AddressKind, Inbound, Prompt, Reply

UNDER_WAY_SECONDS = 15  # longer than a turn may take


class Turn(NamedTuple):
    """The session to save, and the reply; None while an effect is pending."""

    session: Session
    reply: Reply | None


class Conversation:
    """The conversation of one campaign, on any channel."""

    def __init__(
        self,
        campaign: Campaign,
        languages: tuple[str, ...],
        keywords: Keywords,
        consents: Consents | None = None,
        offers: Callable[[Reply, str, str], bool] = lambda *_: True,
    ) -> None:
        """`consents` are the words that ask for consent, to be kept with it.

        `offers` says whether a reply has an option with this number and these words.
        """
        self._offers = offers
        self._campaign = campaign
        self._consents = consents or Consents()
        self._languages = languages
        self._keywords = keywords
        self._form = create_form(campaign, keywords, asks_phone=True)
        self._phone_form = create_form(campaign, keywords, asks_phone=False)

    @property
    def campaign(self) -> str:
        """The id of the campaign."""
        return self._campaign.id

    def advance(self, session: Session, inbound: Inbound) -> Turn:
        """Take one message; if it repeats a reply that was heard, the same session is returned."""
        inbound = identify(inbound, session.replies)
        message = digest(inbound.message_id)
        for earlier in session.replies:
            if earlier.message == message:
                return Turn(after_repeating(session, earlier), earlier.reply)
        context, before = self._context(inbound), session
        if self._is_reaction(inbound):
            return Turn(before, Reply((), context.language(session)))
        if inbound.address.forgeable:
            session = without_stale_proof(context, take_up_thread(context, session))
        forgeable, limits = inbound.address.forgeable, self._campaign.limits
        session, turns = count_turn(session, context, stranger=forgeable and not session.vouched)
        if turns > (limits.max_per_mailbox if forgeable else limits.turns_per_hour_max):
            refusal = Reply((Prompt("too_many_turns"),), context.language(session), ends=True)
            return Turn(before, refusal)
        step = withdraw_left(self._handle(context, session))
        taken = replace(
            step.session,
            channel=inbound.channel.value,
            at=context.at,
            message=message,
            unread=inbound.unread,
            authentic=session.authentic or inbound.authentic,
        )
        return Turn(taken, None) if taken.pending is not None else self._reply(taken, step)

    def settle(self, session: Session, result: Result | None, *, heard: bool = True) -> Session:
        """Return the session after its pending effect, which came to `result`.

        Its newest reply answers the message, unless the result makes another effect pending first.
        Where nobody waits for that reply any more (`heard` False), the next one begins with it.
        """
        step = withdraw_left(say_outcome(self._campaign, session, result))
        if step.session.pending is not None:
            return step.session
        told = self._reply(step.session, step).session
        missed = not heard and isinstance(session.pending, DEEDS) and not told.by_letter
        return replace(told, unheard=True) if missed else told

    def awaited(self, session: Session, inbound: Inbound) -> bool:
        """Return True if the answer to the session's last message may still reach its sender.

        It may if this is that message again, or comes while that one may be under way; not on
        another call.
        """
        if digest(identify(inbound, session.replies).message_id) == session.message:
            return True
        if inbound.ussd is not None and session.channel == inbound.channel.value:
            return not is_other_call(session.heard, inbound.ussd)
        return int(inbound.received_at.timestamp()) - session.at < UNDER_WAY_SECONDS

    def _reply(self, session: Session, step: Step) -> Turn:
        spoken = session.language in self._languages
        language = session.language if spoken else self._campaign.language
        session, prompts = say_unheard(session, step)
        reply = Reply(as_letter(prompts, session), language, step.page, step.ends)
        return Turn(remember(session, reply), reply)

    def _is_reaction(self, inbound: Inbound) -> bool:
        by_chat = inbound.ussd is None and inbound.address.by_network
        return by_chat and self._keywords.courtesies.is_reaction(inbound.text)

    def _context(self, inbound: Inbound) -> TurnContext:
        by_phone = inbound.address.kind is AddressKind.PHONE
        questions = self._phone_form if by_phone else self._form
        at = int(inbound.received_at.timestamp())
        given = (self._keywords, questions, inbound, at, self._consents)
        return TurnContext(self._campaign, self._languages, *given)

    def _handle(self, context: TurnContext, session: Session) -> Step:
        inbound = context.inbound
        if inbound.ussd is not None:
            return handle_hop(context, session)
        if inbound.language:
            session = _with_language_hint(context, session)
        if inbound.answers and not inbound.confirms:
            return take_labelled(context, session)
        if inbound.confirms:
            return take_confirming(context, session)
        return self._handle_message(context, session)

    def _handle_message(self, context: TurnContext, session: Session) -> Step:
        """Handle one message of a chat or a page: a file, a place, a tap or words."""
        inbound = context.inbound
        if inbound.unread:
            return hear_file(context, session)
        if inbound.location is not None:
            return flow.use_location(context, session, inbound.location)
        if answers_earlier_page(session, inbound, self._offers):
            return answer_earlier(context, session)
        asks_phone = session.stage == "asking" and session.question == PHONE
        contact = inbound.contact if asks_phone else ""
        if inbound.wordless and not contact:
            return ask_current(context, session, Prompt("wordless"))
        is_stale = context.at - session.at > self._campaign.limits.resume_after_seconds
        begins = session.stage == "start" or session.channel != inbound.channel.value or is_stale
        opens = begins if inbound.opens is None else inbound.opens
        return take_text(context, session, contact or inbound.text, opens=opens)


def _with_language_hint(context: TurnContext, session: Session) -> Session:
    """Return the session in the language of the message, unless the person has chosen one."""
    hint = context.inbound.language
    if session.language or hint not in context.languages:
        return session
    return replace(session, language=hint)
