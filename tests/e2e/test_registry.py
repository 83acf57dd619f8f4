"""The registry is down while people register, and comes back: nobody is lost, each told once."""

import json
from collections import Counter

import pytest

from tests.e2e.test_process import number_in
from tests.fixtures.people import name, nik
from tests.fixtures.process import eventually
from tests.fixtures.registry import TOKEN

PEOPLE = 12
AFTER_SECONDS = 60  # longer than anybody is left alone after so short an outage
HELD = 'satupintu_registry_total{result="held"}'  # nobody asks: it was found to be down
STATUSES = ("verified", "not_listed", "in_review")


def phone(n):
    return f"+62812{n:08d}"


def expected(n):
    return STATUSES[n % 3]


def register(running, n):
    """Register by USSD; return the number, and every screen that was seen."""
    words = ("1", "1", nik(n), name(n), "2", "1")
    screens = [
        running.ussd(phone(n), f"ATUid_{n}", "*".join(words[:count])).text
        for count in range(len(words) + 1)
    ]
    return number_in(screens[-1]), screens


def fill(registry):
    for n in range(PEOPLE):
        if expected(n) == "verified":
            registry.lists(nik(n), name(n).title(), f"F{n}")
        if expected(n) == "in_review":
            registry.lists(nik(n), "Budi Santoso")


def heard(running, n):
    """Return the words of all messages to a person, oldest first."""
    items = running.api("outbox/search", {"address": phone(n)}).json()["items"]
    return [item["text"] for item in reversed(items)]


def records(running):
    return [running.search(nik=nik(n))[0] for n in range(PEOPLE)]


def all_settled(running):
    return all(record["status"] != "received" for record in records(running))


def all_fed(running, registry):
    sent = {number: line["status"] for number, line in registry.records.items()}
    return sent == {record["number"]: record["status"] for record in records(running)}


def scrape(running):
    return running.client.get("/metrics").text


@pytest.mark.timeout(240)
def test_a_registry_down_the_whole_time_loses_nobody(gateway, registry):
    registry.down()
    settings = {"REGISTRY_URL": registry.url, "REGISTRY_TOKEN": TOKEN}
    running = gateway(**settings).start()
    numbers = [register(running, n)[0] for n in range(PEOPLE)]
    assert {record["status"] for record in records(running)} == {"received"}
    before = [heard(running, n) for n in range(PEOPLE)]

    assert eventually(lambda: HELD in scrape(running))
    assert running.stop() == 0
    running = gateway(running.data_dir, **settings, WORKERS=2).start()
    assert [record["number"] for record in records(running)] == numbers

    fill(registry)
    registry.up()
    assert eventually(lambda: all_settled(running), AFTER_SECONDS)
    assert eventually(lambda: all_fed(running, registry), AFTER_SECONDS)
    assert [record["status"] for record in records(running)] == [
        expected(n) for n in range(PEOPLE)
    ]
    answers = [heard(running, n)[len(before[n]) :] for n in range(PEOPLE)]
    assert [len(messages) for messages in answers] == [1] * PEOPLE
    assert all(numbers[n] in answers[n][0] for n in range(PEOPLE))
    keys_of = {}
    for key, body in registry.questions:
        keys_of.setdefault(json.loads(body)["nik"], set()).add(key)
    assert Counter(len(keys) for keys in keys_of.values()) == {1: PEOPLE}
    assert max(Counter(registry.acknowledged).values()) == 1

    assert running.stop() == 0


def test_a_person_is_not_made_to_wait_for_a_registry_that_says_nothing(gateway, registry):
    registry.mode = "silent"
    settings = {"REGISTRY_URL": registry.url, "REGISTRY_TOKEN": TOKEN}
    running = gateway(**settings).start()
    number, _screens = register(running, 1)
    (record,) = running.search(number=number)
    assert record["status"] == "received"
    assert eventually(lambda: registry.questions)
    assert eventually(lambda: registry.batches)
    assert running.client.get("/health/ready").status_code == 200
    registry.released.set()


def test_the_registry_hears_of_a_verified_record_twice_and_in_order(gateway, registry):
    registry.lists(nik(0), name(0))
    settings = {"REGISTRY_URL": registry.url, "REGISTRY_TOKEN": TOKEN}
    running = gateway(**settings).start()
    number, _screens = register(running, 0)
    assert eventually(lambda: registry.records.get(number, {}).get("status") == "verified")
    versions = [version for one, version in registry.acknowledged if one == number]
    assert versions == sorted(set(versions))
    assert "satupintu_registry_breaker 0.0" in scrape(running)
