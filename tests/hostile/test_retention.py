"""What is kept no longer: after its period no code and no text of a message is left in SQL."""

from datetime import timedelta
from functools import partial

import pytest

from core.campaign import Keep
from core.database.audit import Noted, note
from core.database.statements import Statement, iso_utc
from core.database.tables import metadata
from core.handovers.aliases import link_browser
from core.handovers.requests import ShowCode
from core.handovers.retention import FORGET_ALIASES, FORGET_FORMS
from core.handovers.rules import CODE_SECONDS as HANDOVER_SECONDS
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.operators.queries import Queries
from core.operators.retention import BATCH_MAX, FILES_MAX, LATE_SECONDS, LEASE_SECONDS, Retention
from core.outbox.message import Outgoing
from core.outbox.rate_limits import FORGET
from core.outbox.retention import BLANK_OLD, BLANK_OUTDATED
from core.outbox.store import SqlOutbox
from core.registration.evidence import EvidenceFile, keep
from core.registration.otp_rules import CODE_SECONDS
from core.registration.requests import CheckCode, Register, SendCode
from core.registration.retention import BLANK_CODES, DELETE_SPENT
from core.registration.store import opt
from core.wording.catalog import load_wording
from tests.fixtures.clinics import CAMPAIGN, START, person_intent, phone
from tests.fixtures.effects import make_effects
from tests.fixtures.lists import letter
from tests.fixtures.plans import READ_INDEXES
from tests.fixtures.process import eventually
from tests.fixtures.stores import READ
from tests.scripts import CAMPAIGN as SERVED
from tests.scripts import NAME, NIK, PHONE

AT = int(START.timestamp())
TYPED, TITLE = "Re: BONUS", "Puskesmas Soreang"
CODES = iter(range(100_000, 999_999))
KEEP = Keep(message_days=30)


class House:
    def __init__(self, database):
        self.database, self.outbox = database, SqlOutbox(database)
        self.effects = make_effects(database, draw_below=lambda below: next(CODES))
        self.retention = Retention(database, KEEP, "one")

    async def sweep(self, **later):
        while await self.retention.sweep(now=START + timedelta(**later)):
            pass

    async def ask(self, number, n, at=AT):
        await self.effects.run(SendCode(f"ask-{n}", number, CAMPAIGN, phone(n), "id", at))

    async def put(self, key, **more):
        message = Outgoing(
            key=key,
            channel=Channel.EMAIL,
            address=Address(AddressKind.EMAIL, "a@klinik.example"),
            reply=Reply((Prompt("help_hotline", {"facility": TITLE}),), "id"),
            headers={"subject": TYPED},
            **{"created_at": START, **more},
        )
        await self.outbox.put(message)

    async def send(self, **later):
        """Claim all that is due and note it as sent."""
        now = START + timedelta(**later)
        claimed = await self.outbox.claim(now=now, lease_seconds=60, limit=500)
        for one in claimed:
            await self.outbox.sent(one.id, provider="x", provider_id=one.id, at=now)
        return claimed

    async def dump(self):
        async def read(statement):
            return await self.database.read(lambda connection: connection.all(statement))

        return {table.name: str(await read(READ[table.name])) for table in metadata.sorted_tables}

    async def rows(self, statement):
        return await self.database.read(lambda connection: connection.all(Statement(statement)))


@pytest.fixture
def house(database):
    return House(database)


async def test_after_a_month_no_code_and_no_text_is_left(house):
    number = (await house.effects.run(Register(person_intent(1)))).number
    for n in range(2, 6):
        await house.ask(number, n)
    await house.put("letter")
    codes = [one.message.reply.prompts[0].args.get("code") for one in await house.send()]
    codes = [code for code in codes if code]
    assert len(codes) == 4
    right = CheckCode(number, CAMPAIGN, phone(2), Channel.SMS, codes[0], "check", AT + 60)
    assert (await house.effects.run(right)).verdict == "right"
    await house.put("given up")
    (given_up,) = await house.outbox.claim(now=START, lease_seconds=60, limit=1)
    await house.outbox.dead(given_up.id, why="code_1")
    before = await house.dump()
    assert all(code in before["outbox"] for code in codes)
    await house.database.write(lambda c: opt(c, address=phone(7), out=True, at=START))
    seen = Noted(START, "reveal_nik", "sari", number)
    await house.database.write(lambda on: note(on, seen), alone=True)

    await house.sweep(days=31)

    left = await house.dump()
    assert not [name for name, text in left.items() for code in codes if code in text]
    assert not [name for name, text in left.items() if TYPED in text or TITLE in text]
    assert "code_sms" not in left["outbox"]
    assert (left["proofs"], left["tallies"]) == ("[]", "[]")
    assert number in left["records"]
    assert phone(7).value in left["opt_outs"]
    assert "reveal_nik" in left["audit"]
    sent = await house.rows("SELECT status, sent_at, provider_id FROM outbox WHERE key = 'letter'")
    assert [(status, at) for status, at, _ in sent] == [("sent", iso_utc(START))]


async def test_a_code_lives_as_long_as_it_is_of_use(house):
    number = (await house.effects.run(Register(person_intent(1)))).number
    await house.ask(number, 2)
    await house.sweep(seconds=CODE_SECONDS)
    (sms,) = await house.send()
    code = sms.message.reply.prompts[0].args["code"]
    await house.sweep(seconds=CODE_SECONDS + 1)
    assert "code_sms" not in (await house.dump())["outbox"]
    late = CODE_SECONDS + LATE_SECONDS  # a crash left the typed code to be checked
    await house.sweep(seconds=late)
    typed = CheckCode(number, CAMPAIGN, phone(2), Channel.SMS, code, "check", AT + 60)
    assert code in (await house.dump())["proofs"]
    await house.sweep(seconds=late + 1)
    assert code not in (await house.dump())["proofs"]
    assert (await house.effects.run(typed)).verdict == "wrong"
    assert (await house.dump())["proofs"] != "[]"
    await house.sweep(days=1, seconds=late + 1)
    assert (await house.dump())["proofs"] == "[]"


async def test_a_form_is_kept_while_its_code_is_good_and_a_browser_while_it_is_linked(house):
    browser = Address(AddressKind.WEB, "b" * 22)
    show = ShowCode(browser, "show", AT, {"nik": NIK, "full_name": NAME})
    await house.effects.run(show)
    linked = partial(link_browser, browser=browser.value, phone=PHONE, at=START)
    await house.database.write(partial(linked, seconds=HANDOVER_SECONDS))
    late = HANDOVER_SECONDS + LATE_SECONDS  # a crash left the form to be taken
    await house.sweep(seconds=HANDOVER_SECONDS)
    assert PHONE.value in (await house.dump())["aliases"]
    await house.sweep(seconds=late)
    assert (await house.dump())["aliases"] == "[]"
    assert NIK in (await house.dump())["handovers"]
    await house.sweep(seconds=late + 1)
    assert (await house.dump())["handovers"] == "[]"


async def test_a_text_is_kept_for_its_period_and_what_is_queued_until_it_went(house):
    leased = timedelta(seconds=60)
    await house.put("sent")
    await house.put("planned", not_before=START + timedelta(days=40))
    await house.send()
    await house.sweep(days=KEEP.message_days, seconds=leased.total_seconds())
    assert (await house.dump())["outbox"].count(TYPED) == 2
    await house.sweep(days=KEEP.message_days, seconds=leased.total_seconds() + 1)
    assert (await house.dump())["outbox"].count(TYPED) == 1
    assert len(await house.send(days=40)) == 1
    await house.sweep(days=69)
    assert (await house.dump())["outbox"].count(TYPED) == 1
    await house.sweep(days=71)
    assert TYPED not in (await house.dump())["outbox"]


async def test_a_sweep_takes_a_batch_at_a_time(house):
    for n in range(BATCH_MAX + 1):
        await house.put(f"k{n}", not_after=START)
    now = START + timedelta(days=1)
    assert await house.retention.sweep(now=now)
    assert (await house.dump())["outbox"].count(TYPED) == 1
    assert not await house.retention.sweep(now=now)
    assert TYPED not in (await house.dump())["outbox"]


async def test_a_sweep_takes_few_files_at_a_time(house):
    files = [EvidenceFile(part, "image/png", b"x") for part in range(FILES_MAX + 1)]
    brought = partial(keep, letter=letter(), files=files)
    assert await house.database.write(brought) == len(files)
    now = START + timedelta(days=KEEP.evidence_days, seconds=1)
    assert await house.retention.sweep(now=now)
    assert len(await house.rows("SELECT id FROM evidence")) == 1
    assert not await house.retention.sweep(now=now)
    assert await house.rows("SELECT id FROM evidence") == []


async def test_one_process_sweeps_at_a_time(house):
    other = Retention(house.database, KEEP, "two")
    await house.put("old", not_after=START)
    assert not await house.retention.sweep(now=START)
    await house.sweep(seconds=0)
    await other.sweep(now=START + timedelta(seconds=LEASE_SECONDS))
    assert TYPED in (await house.dump())["outbox"]
    await other.sweep(now=START + timedelta(seconds=LEASE_SECONDS + 1))
    assert TYPED not in (await house.dump())["outbox"]


async def test_an_operator_still_sees_that_a_blank_message_went(house):
    await house.put("letter")
    await house.send()
    await house.sweep(days=31)
    (shown,) = await Queries(house.database).messages("a@klinik.example", limit=9)
    assert (shown.status, shown.reply) == ("sent", Reply((), ""))
    assert load_wording(None, SERVED).text(shown.reply, "long") == ""


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (FORGET, "ix_tallies_since"),
        (FORGET_FORMS, "ix_handovers_expires_at"),
        (FORGET_ALIASES, "ix_aliases_expires_at"),
        (BLANK_OUTDATED, "ix_outbox_outdated"),
        (BLANK_OLD, "ix_outbox_old"),
        (BLANK_CODES, "ix_proofs_live"),
        (DELETE_SPENT, "ix_proofs_spent"),
    ],
)
async def test_a_sweep_reads_only_what_is_due(house, statement, index):
    def plan(connection):
        explain = "EXPLAIN QUERY PLAN"
        if connection.dialect == "postgresql":
            connection.run(READ_INDEXES)
            explain = "EXPLAIN"
        sql = Statement(f"{explain} {statement.sql}")
        return str(connection.all(sql, before=iso_utc(START), limit=1))

    found = await house.database.write(plan)
    assert f"{index} " in found
    assert "Sort" not in found
    assert "TEMP B-TREE" not in found


def texts(running):
    shown = running.api("outbox/search", {"address": PHONE.value}).json()["items"]
    return [(one["status"], one["text"]) for one in shown]


def test_a_gateway_forgets_by_itself(gateway):
    running = gateway(NOW="2021-01-20T09:00:00+07:00").start()
    assert "terdaftar" in running.ussd(PHONE.value, "call", f"1*1*{NIK}*{NAME}*2*1").text
    assert eventually(lambda: [status for status, _ in texts(running)] == ["sent"])
    assert NAME in texts(running)[0][1]
    assert running.stop() == 0
    later = gateway(NOW="2021-02-21T09:00:00+07:00").start()
    assert eventually(lambda: texts(later) == [("sent", "")])
    assert later.search(nik=NIK)[0]["full_name"] == NAME
    assert later.stop() == 0
