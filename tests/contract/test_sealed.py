"""A sealed database works as a plain one does, and tells nothing to whoever has no keys."""

from dataclasses import replace

import pytest

from core.cases.changes import Actor
from core.cases.changes.erase import erase
from core.database.statements import Statement
from core.messages import Channel, Prompt, Reply, Voucher
from core.outbox.message import Outgoing
from core.outbox.store import SqlOutbox
from core.registration.intent import RegistrationIntent
from tests.contract.test_record_stores import LIMITS, MAIL, NIK, NOW, OTHER_PHONE, PHONE, intent
from tests.fixtures.effects import recorder
from tests.fixtures.sealing import at_rest, open_sealed, stolen

NAME = "Siti Aminah"
SECRET = (NIK, NAME, "SITI", PHONE.value, OTHER_PHONE.value, MAIL.value, "1996-06-17")
KEYS = Statement("SELECT nik, data_key FROM records")


@pytest.fixture
async def sealed(database_url):
    opened = open_sealed(database_url)
    yield opened
    await opened.close()


def told(number, address=PHONE):
    """Return a message whose key names the address, as that of an answer does."""
    return Outgoing(
        key=f"{address.conversation}/1/{NIK}",
        channel=Channel.SMS,
        address=address,
        reply=Reply((Prompt("status_line", {"name": NAME, "number": number}),), "id"),
        created_at=NOW,
    )


async def test_what_is_recorded_and_sent_is_not_to_be_read_in_the_tables(sealed, database_url):
    record, outbox = recorder(sealed, limits=LIMITS), SqlOutbox(sealed)
    first = await record(intent())
    letter = intent(
        "2", address=MAIL, channel=Channel.EMAIL, phone=OTHER_PHONE.value, voucher=Voucher.NOBODY
    )
    await record(letter)
    await outbox.put(told(first.number))

    lying = at_rest(database_url)

    assert "perawat" in lying  # it is not that nothing was read
    assert [word for word in (*SECRET, first.number) if word in lying] == []


async def test_it_is_read_as_it_was_written(sealed, database_url):
    record = recorder(sealed, limits=LIMITS)
    first = await record(intent())
    await SqlOutbox(sealed).put(told(first.number))
    await sealed.close()

    other = open_sealed(database_url)
    assert await recorder(other, limits=LIMITS)(intent()) == first
    again = await recorder(other, limits=LIMITS)(intent("2"))
    assert (again.kind, again.number) == ("already_registered", first.number)
    claimed = await SqlOutbox(other).claim(now=NOW, lease_seconds=60, limit=10)
    await other.close()

    messages = [replace(one.message, not_before=None) for one in claimed]
    assert told(first.number) in messages


async def test_each_record_is_sealed_under_a_key_of_its_own(sealed):
    record = recorder(sealed, limits=LIMITS)
    await record(intent())
    await record(
        intent("2", nik="3204115706960009", full_name="Dewi Lestari", address=OTHER_PHONE)
    )

    rows = await sealed.read(lambda connection: connection.all(KEYS))

    assert len({ref for _, ref in rows}) == 2
    assert NIK in {nik for nik, _ in rows}


async def test_what_is_sealed_under_a_shredded_key_reads_as_nothing(sealed):
    await recorder(sealed, limits=LIMITS)(intent())
    [[_, ref]] = await sealed.read(lambda connection: connection.all(KEYS))

    await sealed.write(lambda connection: connection.shred(ref))

    names = Statement("SELECT full_name, nik FROM records")
    assert await sealed.read(lambda connection: connection.all(names)) == [("", NIK)]


async def test_an_erasure_makes_a_copy_of_the_rows_unreadable(sealed, database_url):
    await recorder(sealed, limits=LIMITS)(intent())
    [[_, ref]] = await sealed.read(lambda connection: connection.all(KEYS))
    [[copied]] = stolen(database_url, Statement("SELECT intent FROM intents"))
    opened = Statement("SELECT CAST(:copied AS TEXT)")
    assert NAME in (await sealed.read(lambda connection: connection.one(opened, copied=copied)))[0]

    actor = Actor(name="rani", key="case/1/1", at=NOW)
    await sealed.write(lambda connection: erase(connection, 1, actor))

    assert await sealed.read(lambda connection: connection.one(opened, copied=copied)) == ("{}",)
    assert stolen(database_url, Statement("SELECT ref, wrapped FROM data_keys")) == [(ref, None)]


async def test_another_person_s_intent_outlives_the_record_that_it_was_about(sealed):
    record = recorder(sealed, limits=LIMITS)
    await record(intent())
    other = intent("2", full_name="Dewi Lestari", address=OTHER_PHONE, phone=OTHER_PHONE.value)
    assert (await record(other)).kind == "in_review"

    actor = Actor(name="rani", key="case/1/1", at=NOW)
    await sealed.write(lambda connection: erase(connection, 1, actor))

    kept = Statement("SELECT record_id, intent FROM intents")
    [[of, text]] = await sealed.read(lambda connection: connection.all(kept))
    assert (of, RegistrationIntent.model_validate_json(text)) == (None, other)


async def test_another_process_seals_under_a_key_that_it_has_not_read_yet(sealed, database_url):
    await recorder(sealed, limits=LIMITS)(intent())

    other = open_sealed(database_url)
    rename = Statement("UPDATE records SET full_name = :full_name WHERE id = 1")
    await other.write(lambda connection: connection.of_record(1).run(rename, full_name="Sri"))
    [[name]] = await other.read(lambda one: one.all(Statement("SELECT full_name FROM records")))
    await other.close()

    assert name == "Sri"


async def test_what_is_written_of_a_record_after_its_key_was_shredded_reads_as_nothing(sealed):
    await recorder(sealed, limits=LIMITS)(intent())
    [[_, ref]] = await sealed.read(lambda connection: connection.all(KEYS))
    await sealed.write(lambda connection: connection.shred(ref))

    rename = Statement("UPDATE records SET full_name = :full_name WHERE id = 1")
    await sealed.write(lambda connection: connection.of_record(1).run(rename, full_name="Sri"))

    names = Statement("SELECT full_name FROM records")
    assert await sealed.read(lambda connection: connection.all(names)) == [("",)]
