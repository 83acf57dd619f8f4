"""What the operator is shown, on both databases."""

import pytest

from core.messages import Channel
from core.operators.queries import Queries
from core.outbox.store import SqlOutbox
from tests.contract.test_outbox_stores import message
from tests.contract.test_record_stores import MAIL, NIK, NOW, PHONE, intent
from tests.fixtures.effects import recorder


@pytest.fixture
async def number(database):
    record = recorder(database)
    first = await record(intent())
    await record(intent("2", channel=Channel.WHATSAPP))
    await record(intent("3", channel=Channel.EMAIL, address=MAIL))
    await record(intent("4", full_name="Budi Santoso"))
    return first.number


@pytest.mark.parametrize("by", ["nik", "number", "address"])
async def test_a_record_is_found_with_its_addresses_channels_and_history(database, number, by):
    value = {"nik": NIK, "number": number, "address": MAIL.value}[by]
    [record] = await Queries(database).search(**{by: value}, limit=10)

    assert (record.number, record.nik, record.full_name) == (number, NIK, "Siti Aminah")
    places = {place.value: (place.verified, place.channels) for place in record.addresses}
    assert places == {PHONE.value: (True, ("sms", "whatsapp")), MAIL.value: (False, ("email",))}
    assert record.channels == ("email", "sms", "whatsapp")
    asked = [asked.outcome for asked in record.intents]
    assert asked == ["registered", "already_registered", "already_registered", "in_review"]
    assert record.updated_at == record.created_at == NOW


async def test_an_unknown_number_is_nothing(database, number):
    assert await Queries(database).get("0000-0000") is None


async def test_reviews_name_the_record_that_they_are_about(database, number):
    [review] = await Queries(database).reviews(limit=10)
    assert (review.number, review.intent.full_name) == (number, "Budi Santoso")


async def test_stats_count_records_and_intents(database, number):
    assert await Queries(database).stats() == {
        "status": {"received": 1},
        "standing": {"held": 1},
        "channel": {"sms": 2, "whatsapp": 1, "email": 1},
        "outcome": {"registered": 1, "already_registered": 2, "in_review": 1},
    }


async def test_messages_are_shown_newest_first(database):
    outbox = SqlOutbox(database)
    await outbox.put(message("first"))
    await outbox.put(message("second"))
    messages = await Queries(database).messages(PHONE.value, limit=10)
    assert [each.id for each in messages] == ["2", "1"]
    assert messages[0].reply == message().reply
