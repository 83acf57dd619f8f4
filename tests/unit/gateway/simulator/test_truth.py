"""The truth is what the stores hold, and what people were told is compared with it."""

import asyncio

import pytest

from channels.email.letter import OwnMailbox
from core.database.statements import Statement
from core.messages import Address, AddressKind
from gateway.runtime.clock import FILE, TurnedClock
from gateway.runtime.metrics import Metrics
from gateway.simulator.shown import Shown
from gateway.simulator.simulator import Simulator
from gateway.simulator.truth import Truth, counted
from tests.stories.play import Play
from tests.stories.steps import run
from tests.stories.story import Scene
from tests.stories.world import PEOPLE, SECRET

SITI = PEOPLE["Siti"]
LOSE = Statement("UPDATE records SET number = 'ELSE-0000'")


def played(door, *steps):
    return asyncio.run(run(Play(Scene(door, "", steps=list(steps)), "id")))


def read(play, tmp_path, *addresses):
    world = play.world
    mailbox = OwnMailbox(world.campaign.mailboxes[0], SECRET)
    truth = Truth(
        database=world.database,
        sessions=world.sessions,
        shown=Shown(world.wording, mailbox, "https://pintu.example"),
        wording=world.wording,
        metrics=Metrics(),
        simulator=Simulator(TurnedClock(lambda: world.now, tmp_path / FILE)),
    )
    return asyncio.run(truth.read(addresses or (Address(AddressKind.PHONE, SITI.phone),)))


def test_of_somebody_unknown_there_is_nothing(tmp_path):
    seen = read(played("sms"), tmp_path)
    assert (seen["session"]["stage"], seen["session"]["said"]) == ("start", [])
    assert seen["records"] == seen["appointments"] == seen["outbox"] == seen["audit"] == []
    assert (seen["told"], seen["recorded"], seen["turn"], seen["down"]) == (0, 0, None, {})


def test_a_half_filled_form_is_in_the_session(tmp_path):
    seen = read(played("ussd", "Siti dials", "Siti goes on until ask_profession"), tmp_path)
    session = seen["session"]
    assert (session["stage"], session["question"], session["channel"]) == (
        "asking",
        "profession",
        "ussd",
    )
    assert session["answers"]["nik"] == SITI.nik
    [prompt] = session["said"]
    assert prompt["key"] == "ask_profession"
    assert {"key": "profession:perawat", "words": "Perawat"} in prompt["choices"]


def test_what_is_booked_is_seen_with_its_seats_and_messages(tmp_path):
    play = played("ussd", "Siti registers", "Siti goes on until *booked")
    seen = read(play, tmp_path)
    [record], [appointment] = seen["records"], seen["appointments"]
    assert (record["full_name"], record["status"]) == (SITI.name, "verified")
    assert (appointment["status"], appointment["booked"]) == ("booked", 1)
    assert appointment["capacity"] > 0
    keys = [one["keys"][0] for one in seen["outbox"]]
    assert keys == [one for one in keys if one]
    assert any(key.startswith("ticket") for key in keys)
    for message in seen["outbox"]:
        assert message["address"] == SITI.phone
        assert message["text"]
        assert message["parts"] >= 1
        assert {"id", "channel", "status", "due", "attempts", "created_at"} <= message.keys()
    assert seen["told"] == seen["recorded"] == 1


def test_a_bubble_is_shown_as_the_provider_gets_it(tmp_path):
    play = played("whatsapp", "Siti: {DAFTAR}")
    [message] = read(play, tmp_path)["outbox"]
    assert message["content"]["type"] == "interactive"
    assert "to" not in message["content"]
    assert message["text"]


def test_a_letter_is_shown_with_its_subject(tmp_path):
    letter = "Siti: NIK: {nik}\n{Nama}: {name}\n{Profesi}: {profession}\n{No HP}: {phone}"
    play = played("email", letter)
    seen = read(play, tmp_path, Address(AddressKind.EMAIL, SITI.mail))
    mailed = [one for one in seen["outbox"] if one["channel"] == "email"]
    assert mailed[0]["subject"]
    assert seen["records"][0]["number"] in mailed[0]["text"]
    assert {one["channel"] for one in seen["outbox"]} == {"email", "sms"}  # at what is linked, too


@pytest.mark.parametrize("door", ["ussd", "sms", "whatsapp"])
def test_a_number_that_was_told_and_is_not_on_file_is_found(door, tmp_path):
    play = played(door, "Siti registers")
    seen = read(play, tmp_path)
    assert (seen["told"], seen["recorded"]) == (1, 1)
    play.world.database.run(lambda on: on.run(LOSE))
    seen = read(play, tmp_path)
    assert (seen["told"], seen["recorded"]) == (1, 0)


def test_what_is_erased_counts_on_neither_side(tmp_path):
    play = played(
        "sms",
        *("Siti registers", "Siti asks for HAPUS", "Siti: [Hapus semua data]", "Siti: [Ya]"),
        *("4 days later", "we say case_erased"),
    )
    seen = read(play, tmp_path)
    assert seen["records"] == []
    assert seen["told"] == seen["recorded"] == 0
    assert SITI.name not in str(seen["outbox"])


def test_only_what_was_counted_is_shown():
    metrics = Metrics()
    assert counted(metrics) == {}
    metrics.watch("menu")
    metrics.watch("menu")
    metrics.turn("ussd", "africastalking", "answered", 0.01)
    assert counted(metrics) == {
        "steps menu": 2.0,
        "turn_seconds_count ussd africastalking answered": 1.0,
    }
