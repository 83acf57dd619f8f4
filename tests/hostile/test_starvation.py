"""A flood of letters that nobody vouches for holds up no answer to whom somebody vouches for."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic

import pytest

from channels.email.letter import OwnMailbox
from core.database.database import open_database
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.store import SqlOutbox, enqueue_all
from gateway.mail.relay import by_mail
from gateway.runtime.metrics import Metrics
from gateway.sending.sender import Sender
from gateway.settings.lists import SEND_RATE
from gateway.settings.relay_url import read_url
from tests.fixtures.hostile import in_time
from tests.scripts import WORDING

FLOOD = 10_000
SECONDS_MAX = 5.0
OURS = "siti@klinik.example"


def answer(key, mailbox, **more):
    return Outgoing(
        key=key,
        channel=Channel.EMAIL,
        address=Address(AddressKind.EMAIL, mailbox),
        reply=Reply((Prompt("letter_incomplete"),), "id"),
        created_at=datetime.now(UTC),
        **more,
    )


@pytest.mark.parametrize("workers", [1, 4])
async def test_who_answers_ours_waits_for_no_flood(database_url, mail_server, workers):
    database, senders = open_database(database_url), []
    relay = read_url(f"smtp://127.0.0.1:{mail_server.port}")
    rate = SEND_RATE["smtp"] / workers
    route = replace(by_mail(relay, WORDING, OwnMailbox("vaksin@example.org")), rate=rate)
    flood = [answer(f"k{n}", f"b{n}@{n}.example", unvouched=True) for n in range(FLOOD)]
    flood += [answer("in her name", OURS, unvouched=True)]
    await database.write(lambda connection: enqueue_all(connection, flood))
    for _ in range(workers):
        routes, clock = {Channel.EMAIL: [route]}, lambda: datetime.now(UTC)
        outbox = SqlOutbox(database)
        senders.append(Sender(outbox, routes, metrics=Metrics(), clock=clock))
    running = [asyncio.create_task(one.run()) for one in senders]
    try:
        await _until(lambda: len(mail_server.letters) > 2 * SEND_RATE["smtp"])
        began = monotonic()
        await SqlOutbox(database).put(answer("ours", OURS))
        senders[0].nudge()
        await _until(lambda: any(OURS in to for _, to, _ in mail_server.letters))
        assert in_time(monotonic() - began, SECONDS_MAX)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await database.close()


async def _until(seen):
    async with asyncio.timeout(60):
        while not seen():
            await asyncio.sleep(0.01)
