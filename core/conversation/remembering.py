"""Remember the replies to the newest messages: some are delivered again, some were never heard."""

from collections.abc import Callable
from itertools import takewhile
from typing import Final

from msgspec.structs import replace

from core.conversation.context import Step
from core.conversation.session import RememberedReply, Session
from core.messages import Channel, Inbound, Prompt, Reply
from core.wording.data import is_data

REPLIES_MIN: Final = 8  # remembered, however old
REPLIES_MAX: Final = 32  # remembered, however young
REPLIES_SECONDS: Final = 7 * 86_400  # the longest that a provider redelivers (PROTOCOLS: Meta)
LISTS_MAX: Final = (
    4  # so many of the newest replies keep their words, even where they are long lists
)
LINK: Final = "web_link"  # the key of a prompt
FACTS_MAX: Final = (
    12  # a reply with more is a long list: of many who share a phone, with their seats
)


def remember(session: Session, reply: Reply) -> Session:
    """Return the session with its reply to the last message."""
    newest = RememberedReply(session.message, session.at, reply)
    replies = (*session.replies, newest)[-REPLIES_MAX:]
    since = session.at - REPLIES_SECONDS
    while len(replies) > REPLIES_MIN and replies[0].at < since:
        replies = replies[1:]
    return replace(session, replies=_without_old_list(replies))


def say_unheard(session: Session, step: Step) -> tuple[Session, tuple[Prompt, ...]]:
    """Return what to say, preceded by an outcome that nobody heard: a call dropped, or we failed.

    Only the outcome of the unheard reply is repeated; a question is asked anew.
    """
    if not session.unheard or step.page or not session.replies:
        return session, step.prompts
    outcome = takewhile(lambda one: not one.choices, session.replies[-1].reply.prompts)
    missed = tuple(one for one in outcome if one not in step.prompts)
    return replace(session, unheard=False), (*missed, *step.prompts)


def after_repeating(session: Session, told: RememberedReply) -> Session:
    """Return the session after this reply was given again; the same object if nothing changes.

    `unheard` is about the newest reply; given again, it has been heard.
    """
    now_heard = session.unheard and told is session.replies[-1]
    return replace(session, unheard=False) if now_heard else session


def shown(session: Session) -> Reply | None:
    """Return the newest reply that a page shows: a link into a browser stands beside it."""
    said = (one.reply for one in reversed(session.replies))
    return next((one for one in said if all(part.key != LINK for part in one.prompts)), None)


def answers_earlier_page(
    session: Session, inbound: Inbound, offers: Callable[[Reply, str, str], bool]
) -> bool:
    """Return True if what was tapped is not on offer now, or what was answered not asked."""
    reply = shown(session) if inbound.tapped or inbound.asked else None
    if reply is None:
        return False
    asked = inbound.asked and inbound.asked not in {one.key for one in reply.prompts}
    return bool(asked or (inbound.tapped and not offers(reply, inbound.text, inbound.tapped)))


def missed_end(session: Session) -> bool:
    """Return True if a call ended with an answer, which its hang-up may have kept from sight."""
    ended = session.replies[-1:] and session.replies[-1].reply.ends
    return bool(ended) and session.channel == Channel.USSD.value and session.pending is None


def _without_old_list(replies: tuple[RememberedReply, ...]) -> tuple[RememberedReply, ...]:
    """Drop the words of a long list that has grown old, not that its message was answered."""
    if len(replies) <= LISTS_MAX:
        return replies
    place = len(replies) - LISTS_MAX - 1  # older ones were at this place before
    old = replies[place]
    if not _is_list(old.reply):
        return replies
    short = Reply((Prompt("said_before"),), old.reply.language, ends=old.reply.ends)
    return (*replies[:place], replace(old, reply=short), *replies[place + 1 :])


def _is_list(reply: Reply) -> bool:
    """Return True for a long list; a prompt's choices are all data, or none is."""
    facts = 0
    for prompt in reply.prompts:
        facts += len(prompt.args)
        if prompt.choices and is_data(prompt.choices[0]):
            return True
    return facts > FACTS_MAX
