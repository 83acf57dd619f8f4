"""Remember the replies to the newest messages, for those that are delivered again."""

from typing import Final

from msgspec.structs import replace

from core.conversation.session import RememberedReply, Session
from core.messages import Prompt, Reply
from core.wording.data import is_data

REPLIES_MIN: Final = 8  # remembered, however old
REPLIES_MAX: Final = 32  # remembered, however young
REPLIES_SECONDS: Final = 7 * 86_400  # the longest that a provider redelivers (PROTOCOLS: Meta)
LISTS_MAX: Final = (
    4  # so many of the newest replies keep their words, even where they are long lists
)
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
