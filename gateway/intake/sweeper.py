"""The sweeper: finishes effects that a crash left pending, if no message comes to do so."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeGuard

from core.database.unavailable import UnavailableError
from core.messages import Channel
from core.outbox.answers import answer_to
from core.outbox.message import Outgoing
from core.registration.intent import OutcomeKind
from core.registration.requests import Register
from gateway.intake.intake import Intake
from gateway.intake.share import Share
from gateway.runtime.logs import report

SWEEP_SECONDS = 3.0
GRACE_SECONDS = 15.0  # longer than a turn may take: a younger effect may still be under way
EACH_MAX = 8  # conversations of a shard in one page
TOGETHER_MAX = 64  # conversations finished at the same time


async def sweep_forever(intake: Intake, share: Share) -> None:
    """Sweep every few seconds."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        await sweep(intake, now=intake.clock(), share=share)


async def sweep(intake: Intake, *, now: datetime, share: Share | None = None) -> int:
    """Finish effects pending for `GRACE_SECONDS`; return how many conversations had one.

    It goes on, page by page, until none of the share is left but those that cannot be finished.
    Conversations whose cut-off turn promised an SMS come first.
    """
    before, share = now - timedelta(seconds=GRACE_SECONDS), share or Share()
    swept, past = 0, set[str]()
    while True:
        swept += await _sweep_late(intake, now)
        keys = await intake.sessions.pending(
            before=before, each=EACH_MAX, shards=share.shards, past=past
        )
        past |= await _finish_all(keys, lambda key: _finish(intake, key, now))
        swept += len(keys)
        if len(keys) < EACH_MAX:  # no shard has more
            return swept


async def _sweep_late(intake: Intake, now: datetime) -> int:
    late = dict(intake.late)
    left = await _finish_all(late, lambda key: _finish_late(intake, key, late[key], now))
    for key in late.keys() - left:
        if intake.late[key] is late[key]:
            del intake.late[key]
    return len(late)


async def _finish_all(
    conversations: Iterable[str], finish: Callable[[str], Awaitable[object]]
) -> set[str]:
    """Finish `TOGETHER_MAX` at a time; return those that failed, as one may not stop the others.

    Raise `UnavailableError` if it comes of all of them: a store is down.
    """
    keys, left = list(conversations), set[str]()
    for start in range(0, len(keys), TOGETHER_MAX):
        some = keys[start : start + TOGETHER_MAX]
        results = await asyncio.gather(*map(finish, some), return_exceptions=True)
        failed = {key: one for key, one in zip(some, results, strict=True) if _failed(one)}
        _report(list(failed.values()), of=len(some))
        left |= failed.keys()
    return left


def _failed(result: object) -> TypeGuard[Exception]:
    if isinstance(result, BaseException) and not isinstance(result, Exception):
        raise result
    return isinstance(result, Exception)


def _report(errors: Sequence[Exception], *, of: int) -> None:
    """Report one of the errors that are no store's; raise a store's if all `of` them are."""
    down = [error for error in errors if isinstance(error, UnavailableError)]
    if len(down) == of:
        raise down[0]
    wrong = [error for error in errors if not isinstance(error, UnavailableError)]
    if wrong:
        report("conversations cannot be finished", wrong[0], count=len(wrong))


async def _finish_late(intake: Intake, key: str, promised: Register, now: datetime) -> None:
    """Finish a turn whose screen promised an SMS; the next dial may have finished it already."""
    if await _finish(intake, key, now):
        return
    reply = await intake.pipeline.outcome(key, promised)
    if reply is not None:
        await _queue(intake, answer_to(promised.intent, reply, at=now, thread=promised.thread))


async def _finish(intake: Intake, key: str, now: datetime) -> bool:
    """Finish the pending effect; return True if its answer is taken care of."""
    finished = await intake.pipeline.finish(key)
    if finished is None:
        return False
    request = finished.request
    answer = answer_to(request.intent, finished.reply, at=now, thread=request.thread)
    await _queue(intake, answer, aligned=request.aligned)
    return True


async def _queue(intake: Intake, answer: Outgoing, *, aligned: bool = True) -> None:
    """Queue an answer under the key that `Intake.enqueue` uses, so a redelivery adds none."""
    if answer.channel is Channel.WEB:  # no carrier brings it: its page asks for it
        return
    if answer.channel is Channel.USSD:  # its session has ended; an SMS reaches the same phone
        if answer.reply.prompts[0].key.startswith(OutcomeKind.REGISTERED):
            return  # that SMS was queued with the record
        answer = replace(answer, channel=Channel.SMS, provider=None, headers={})
    await intake.queue_answer(answer, aligned=aligned)
