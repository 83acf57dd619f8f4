"""The conversations by letter of one mailbox: letters that answer one another are one.

Anybody can write in somebody's name. So a letter goes on with a conversation only by giving back
its token, which our letters bear and only their readers know. Any other letter begins a
conversation of its own, and leaves every other as it is: its form, its visit, its language.
"""

import hmac
from hashlib import blake2b
from typing import Final

from msgspec.structs import replace

from core.conversation.consent import SHOWN
from core.conversation.context import TurnContext
from core.conversation.form_questions import CONSENT
from core.conversation.session import LetterThread, Session
from core.messages import Inbound

THREADS_MAX: Final = 8  # of one mailbox; likewise of those that nobody vouches for
TOKEN_BYTES: Final = 8  # our Message-ID must fit a line of 78 characters, or some mailers break it
HOUR_SECONDS: Final = 3_600


def take_up_thread(context: TurnContext, session: Session) -> Session:
    """Return the session at the conversation that this letter goes on with, or at a new one.

    `vouched` then tells whether the letter answers one of ours, or is authentic.
    """
    threads = _threads(session)
    token = _named_token(context.inbound, threads)
    spoken = session.language if session.vouched else session.spoken
    thread = threads.pop(token, None) or LetterThread(language=spoken)
    vouched = bool(token) or context.inbound.authentic
    return replace(
        session,
        stage=thread.stage,
        question=thread.question,
        wrong=thread.wrong,
        language=thread.language,
        answers=thread.answers,
        visit=thread.visit,
        message=thread.message,
        vouched=vouched,
        token=token or new_token(context),
        spoken=spoken,
        threads=_newest(threads, vouched=vouched),
        letters={},
    )


def count_turn(session: Session, context: TurnContext, *, stranger: bool) -> tuple[Session, int]:
    """Count the message; return how many there were in this hour, of strangers or of others."""
    same_hour = session.at // HOUR_SECONDS == context.at // HOUR_SECONDS
    turns, strangers = (session.turns, session.strangers) if same_hour else (0, 0)
    if stranger:
        return replace(session, turns=turns, strangers=strangers + 1), strangers + 1
    return replace(session, turns=turns + 1, strangers=strangers), turns + 1


def goes_on(session: Session) -> bool:
    """Return True if there is something that an answer could go on with."""
    said = session.answers.keys() - {CONSENT, SHOWN}
    return bool(said) or session.visit is not None or session.stage != "start"


def echoes_token(inbound: Inbound, token: str) -> bool:
    """Return True if the letter answers one of ours that bore this token."""
    tokens = inbound.proof.encode(errors="replace").split(b".")
    return any(hmac.compare_digest(token.encode(), one) for one in tokens)


def new_token(context: TurnContext) -> str:
    """Return a token that only a reader of our answer can know.

    It is made of what nobody else knows: what the letter says, the id that its mailer gave it, and
    the microsecond in which it came.
    """
    inbound = context.inbound
    parts = (inbound.message_id, inbound.received_at.isoformat(), repr(inbound.answers))
    secret = "\n".join((inbound.address.conversation, *parts))
    return blake2b(secret.encode(errors="replace"), digest_size=TOKEN_BYTES).hexdigest()


def _threads(session: Session) -> dict[str, LetterThread]:
    """Return all conversations by token, the newest last."""
    before = {token: LetterThread(answers=form) for token, form in session.letters.items()}
    current = {session.token: _thread_of(session)} if session.token and goes_on(session) else {}
    return before | session.threads | current


def _thread_of(session: Session) -> LetterThread:
    return LetterThread(
        stage=session.stage,
        question=session.question,
        wrong=session.wrong,
        language=session.language,
        answers=session.answers,
        visit=session.visit,
        message=session.message,
        vouched=session.vouched,
    )


def _named_token(inbound: Inbound, threads: dict[str, LetterThread]) -> str:
    """Return the token of the conversation that the letter goes on with, or "".

    An authentic letter that names none, and says but one thing, answers the last question that a
    visit of its mailbox waits for; not where a code has opened more than the mailbox may see.
    """
    echoed = next((token for token in threads if _is_named(inbound, token, threads[token])), "")
    if echoed or not inbound.authentic or not inbound.text:
        return echoed
    waiting = [token for token, thread in threads.items() if _awaits_answer(thread)]
    return waiting[-1] if waiting else ""


def _is_named(inbound: Inbound, token: str, thread: LetterThread) -> bool:
    """Return True if the letter gives back the token, or that of what a code has proven."""
    tokens = (token, thread.visit.token if thread.visit else "")
    return any(echoes_token(inbound, one) for one in tokens if one)


def _awaits_answer(thread: LetterThread) -> bool:
    visit = thread.visit
    return thread.vouched and visit is not None and not visit.proven_until


def _newest(threads: dict[str, LetterThread], *, vouched: bool) -> dict[str, LetterThread]:
    """Return those that are kept beside one that is `vouched` or not: it displaces its like."""
    alike = [token for token, thread in threads.items() if thread.vouched is vouched]
    displaced = alike[: 1 - THREADS_MAX]
    return {token: thread for token, thread in threads.items() if token not in displaced}
