"""The budget of answers, in SQLite and in PostgreSQL: many at once exceed no bound."""

import asyncio
from dataclasses import replace
from functools import partial

from core.database.statements import Statement
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.answers import STRANGER_ANSWERS_MAX, AnswerBudget, answer_to, enqueue_answer
from core.outbox.message import Outgoing
from core.outbox.store import enqueue
from tests.scripts import START, inbound

QUEUED = Statement("SELECT value FROM outbox WHERE status = 'queued'")


async def answer(database, budget, n, mailbox):
    message = Outgoing(
        key=f"k{n}",
        channel=Channel.EMAIL,
        address=Address(AddressKind.EMAIL, mailbox),
        reply=Reply((Prompt("letter_incomplete", {"n": f"{n}"}),), "id"),
        created_at=START,
        unvouched=True,
    )
    operation = partial(enqueue_answer, message=message, budget=budget, aligned=True)
    return await database.write(operation, alone=True)


async def queued(database):
    return [one for (one,) in await database.read(lambda connection: connection.all(QUEUED))]


async def test_many_letters_at_once_get_no_more_answers_than_the_campaign_has(database):
    budget = AnswerBudget("c", 20, 100)
    boxes = [f"b{n}@evil.example" for n in range(60)]
    found = await asyncio.gather(*(answer(database, budget, n, b) for n, b in enumerate(boxes)))
    assert sorted(found) == [""] * 20 + ["campaign"] * 40
    assert len(await queued(database)) == 20


async def test_many_letters_at_once_in_one_name_get_no_more_than_that_mailbox_does(database):
    budget = AnswerBudget("c")
    found = await asyncio.gather(
        *(answer(database, budget, n % 30, "innocent@bank.example") for n in range(60))
    )
    assert len(await queued(database)) == STRANGER_ANSWERS_MAX
    assert found.count("mailbox") == 30 - STRANGER_ANSWERS_MAX


async def test_what_the_release_before_answered_is_not_answered_again(database):
    heard = inbound("halo")
    reply = Reply((Prompt("greeting"),), "id")
    answer = answer_to(heard, reply, at=START, thread={})
    before = replace(answer, key=f"{heard.address.conversation}/{heard.message_id}")
    await database.write(partial(enqueue, message=before))

    operation = partial(enqueue_answer, message=answer, budget=AnswerBudget("c"), aligned=True)
    await database.write(operation)

    assert len(await queued(database)) == 1
