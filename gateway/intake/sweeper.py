"""The sweeper: finishes effects that a crash left pending, if no message comes to do so."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from core.database.unavailable import UnavailableError
from core.messages import Channel
from core.outbox.answers import answer_to
from core.outbox.message import Outgoing
from core.registration.intent import OutcomeKind
from core.registration.requests import Register
from gateway.intake.intake import Intake
from gateway.runtime.logs import report

SWEEP_SECONDS = 3.0
GRACE_SECONDS = 15.0  # longer than a turn may take: a younger effect may still be under way
BATCH_MAX = 100


async def sweep_forever(intake: Intake) -> None:
    """Sweep every few seconds."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        await sweep(intake, now=intake.clock())


async def sweep(intake: Intake, *, now: datetime) -> int:
    """Finish effects pending for `GRACE_SECONDS`; return how many conversations had one.

    Conversations whose cut-off turn promised an SMS come first.
    """
    late = list(intake.late.items())[:BATCH_MAX]
    for key, promised in late:
        await _finish_late(intake, key, promised, now)
        if intake.late[key] is promised:  # only now: if a store fails, it is tried again
            del intake.late[key]
    before = now - timedelta(seconds=GRACE_SECONDS)
    keys = await intake.sessions.pending(before=before, limit=BATCH_MAX)
    for key in keys:
        await _finish(intake, key, now)
    return len(late) + len(keys)


async def _finish_late(intake: Intake, key: str, promised: Register, now: datetime) -> None:
    """Finish a turn whose screen promised an SMS; the next dial may have finished it already."""
    if await _finish(intake, key, now):
        return
    reply = await intake.pipeline.outcome(key, promised)
    if reply is not None:
        await _queue(intake, answer_to(promised.intent, reply, at=now, thread=promised.thread))


async def _finish(intake: Intake, key: str, now: datetime) -> bool:
    """Finish the pending effect; return True if its answer is taken care of."""
    try:
        finished = await intake.pipeline.finish(key)
    except UnavailableError:
        raise
    except Exception as error:  # noqa: BLE001 one failure must not stop the others
        report("a conversation cannot be finished", error)
        return False
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
