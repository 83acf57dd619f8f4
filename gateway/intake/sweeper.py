"""The sweeper: finishes effects that a crash left pending, if no message comes to do so."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from core.database.unavailable import UnavailableError
from core.messages import Channel
from core.outbox.answers import answer_to
from core.registration.intent import OutcomeKind
from core.turns.pipeline import Finished
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
    """Finish effects pending for `GRACE_SECONDS`; return how many conversations had one."""
    before = now - timedelta(seconds=GRACE_SECONDS)
    keys = await intake.sessions.pending(before=before, limit=BATCH_MAX)
    for key in keys:
        await _finish(intake, key, now)
    return len(keys)


async def _finish(intake: Intake, key: str, now: datetime) -> None:
    try:
        finished = await intake.pipeline.finish(key)
    except UnavailableError:
        raise
    except Exception as error:  # noqa: BLE001 one failure must not stop the others
        report("a conversation cannot be finished", error)
        return
    if finished is not None:
        await _queue_reply(intake, finished, now)


async def _queue_reply(intake: Intake, finished: Finished, now: datetime) -> None:
    """Queue the reply under the key that `Intake.enqueue` uses, so a redelivery adds none."""
    request = finished.request
    intent = request.intent
    over = intent.channel is Channel.USSD  # its session has ended; an SMS reaches the same phone
    if over and finished.reply.prompts[0].key.startswith(OutcomeKind.REGISTERED):
        return  # that SMS was queued with the record
    answer = answer_to(intent, finished.reply, at=now, thread=request.thread)
    if over:
        answer = replace(answer, channel=Channel.SMS, provider=None, headers={})
    await intake.queue_answer(answer, aligned=request.aligned)
