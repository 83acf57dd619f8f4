"""Whatever is delivered twice, or ten times at once, is one message: one effect, one answer."""

import asyncio
from dataclasses import dataclass
from itertools import accumulate, count
from types import FunctionType

import pytest

from tests.fixtures import wires
from tests.fixtures.people import name, nik
from tests.fixtures.process import Process, eventually
from tests.fixtures.wires import SECRETS, ask_once, letter, mail_once

COPIES = 10
_people = count(1)


@dataclass(frozen=True)
class Wire:
    """A wire, the door it is, whether it answers in the same breath, and what opens the form."""

    send: FunctionType
    door: str
    in_band: bool = True
    opens: tuple = ("DAFTAR",)


WIRES = {
    "ussd africastalking": Wire(wires.dial, "ussd", opens=("", "1")),
    "sms africastalking": Wire(wires.africastalking, "sms", in_band=False),
    "sms twilio": Wire(wires.twilio_sms, "sms"),
    "sms kannel": Wire(wires.kannel, "sms"),
    "sms jasmin": Wire(wires.jasmin, "sms", in_band=False),
    "whatsapp twilio": Wire(wires.twilio_whatsapp, "whatsapp"),
    "whatsapp meta": Wire(wires.meta, "whatsapp", in_band=False),
}


@pytest.fixture(scope="module", params=[1, 2], ids=["one worker", "two workers"])
def running(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("duplicates")
    process = Process(folder / "var", WORKERS=request.param, **SECRETS).start()
    yield process
    log = process.errors()
    process.end()
    assert '"error"' not in log, log


class Someone:
    """A person of whom nobody has heard, on one wire."""

    def __init__(self, wire):
        self.n = next(_people)
        self.wire, self.phone = wire, f"+62813{self.n:08d}"
        self.nik, self.name = nik(self.n), name(self.n)

    def requests(self):
        """Yield every request of a registration, in order."""
        words = (*self.wire.opens, "1", self.nik, self.name, "2", "1")
        if self.wire.send is wires.dial:
            hops = accumulate(words[1:], lambda typed, word: f"{typed}*{word}")
            words = ("", *hops)
        for n, word in enumerate(words):
            is_ussd = self.wire.send is wires.dial
            id_ = f"ATUid_{self.n}" if is_ussd else f"SM{self.n}x{n}"
            yield self.wire.send(self.phone, id_, word)


def ask_at_once(port, request, copies):
    """Deliver the same request so many times on connections of their own, all at once."""

    async def ask():
        return await asyncio.gather(*(ask_once(port, request) for _ in range(copies)))

    return asyncio.run(ask())


def queued(running, address):
    return running.api("outbox/search", {"address": address}).json()["items"]


def record_of(running, someone):
    (record,) = running.search(nik=someone.nik)
    assert record["number"]
    return record


@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
def test_every_message_of_a_registration_may_come_many_times_at_once(wire, running):
    someone = Someone(wire)
    heard = []
    for request in someone.requests():
        at_once = ask_at_once(running.http_port, request, COPIES)
        again = ask_at_once(running.http_port, request, 1)
        assert {answer.status for answer in at_once} == {200}
        assert [answer for answer in (*at_once, *again) if answer != at_once[0]] == []
        heard.append(at_once[0])
    check(running, someone, heard)


@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
def test_an_earlier_message_that_comes_late_changes_nothing(wire, running):
    someone = Someone(wire)
    heard, sent = [], []
    for request in someone.requests():
        heard.append(*ask_at_once(running.http_port, request, 1))
        for earlier, answer in zip(sent, heard, strict=False):
            assert ask_at_once(running.http_port, earlier, 1) == [answer]
        sent.append(request)
    check(running, someone, heard)


def check(running, someone, heard):
    """One record, one intent; one answer a message, of which one tells the number."""
    record = record_of(running, someone)
    number, door = record["number"], someone.wire.door
    assert [(one["channel"], one["outcome"]) for one in record["intents"]] == [
        (door, "received" if door == "email" else "registered")
    ]
    assert record["channels"] == [door]
    messages = queued(running, someone.phone)
    if someone.wire.in_band:
        assert [number in answer.text for answer in heard] == [False] * (len(heard) - 1) + [True]
        assert len(messages) == (1 if door == "ussd" else 0)
    else:
        assert len(messages) == len(heard)
        assert sum(number in message["text"] for message in messages) == 1
    told = [message["text"] for message in messages if number in message["text"]]
    assert len(told) == (0 if someone.wire.in_band and door != "ussd" else 1)


def mail_at_once(port, content, copies):
    async def hand_over():
        return await asyncio.gather(*(mail_once(port, content) for _ in range(copies)))

    return asyncio.run(hand_over())


def test_a_letter_may_come_many_times_at_once(running):
    n = next(_people)
    sender = f"bidan{n}@klinik.example"
    said = f"NIK: {nik(n)}\nNama: {name(n)}\nProfesi: perawat"
    for part, text in enumerate((said, f"{said}\nNo HP: 0812-1111-0001")):
        written = letter(sender, f"{n}.{part}", text)
        assert mail_at_once(running.smtp_port, written, COPIES) == [250] * COPIES
        assert mail_at_once(running.smtp_port, written, 1) == [250]
    answers = eventually(lambda: queued(running, sender))
    assert len(answers) == 2
    (record,) = running.search(nik=nik(n))
    assert [record["number"] in answer["text"] for answer in answers] == [True, False]
    assert [one["outcome"] for one in record["intents"]] == ["received"]


def test_the_same_one_line_registration_from_many_at_once_is_one_record(running):
    n = next(_people)
    phone, text = f"+62813{n:08d}", f"DAFTAR {nik(n)}#{name(n)}#PERAWAT"
    for part, words in enumerate((text, "YA")):
        request = wires.twilio_sms(phone, f"SM{n}x{part}", words)
        answers = ask_at_once(running.http_port, request, COPIES)
        assert answers == [answers[0]] * COPIES
    (record,) = running.search(nik=nik(n))
    assert record["number"] in answers[0].text
    assert len(record["intents"]) == 1


def test_two_different_people_with_one_nik_at_once_are_not_both_told(running):
    wire, n = WIRES["sms kannel"], next(_people)
    names = ("SITI AMINAH", "JOKO SUSILO")
    phones = [f"+6281499{n:04d}{place}" for place in range(len(names))]
    for part in range(2):
        words = [f"DAFTAR {nik(n)}#{one}#PERAWAT" if part == 0 else "YA" for one in names]
        requests = [
            wire.send(phone, f"{n}.{phone[-1]}.{part}", text)
            for phone, text in zip(phones, words, strict=True)
        ]

        async def ask(requests=requests):
            asked = (ask_once(running.http_port, request) for request in requests)
            return await asyncio.gather(*asked)

        answers = asyncio.run(ask())
    (record,) = running.search(nik=nik(n))
    assert sorted(record["number"] in answer.text for answer in answers) == [False, True]


RACES = 20


def ask_all_at_once(port, requests):
    async def ask():
        return await asyncio.gather(*(ask_once(port, request) for request in requests))

    return asyncio.run(ask())


def test_two_different_messages_at_once_are_as_if_one_had_come_first(running):
    """Yes and "change" to the same question: never is somebody registered who is asked again."""
    ends = set()
    for n in [next(_people) for _ in range(RACES)]:
        phone, text = f"+62813{n:08d}", f"DAFTAR {nik(n)}#{name(n)}#PERAWAT"
        ask_at_once(running.http_port, wires.kannel(phone, f"{n}.0", text), 1)
        both = [wires.kannel(phone, f"{n}.{word}", word) for word in ("1", "2")]
        answers = ask_all_at_once(running.http_port, both)
        assert ask_all_at_once(running.http_port, both) == answers
        yes, change = (answer.text for answer in answers)
        records = running.search(nik=nik(n))
        ends.add((bool(records), "sudah terdaftar" in yes, "Mana yang diubah" in change))
    assert ends <= {(True, True, False), (False, False, True)}
