"""One person comes by every door there is, and is cut off on the way: one record, one number."""

import asyncio
import re
import shutil
from itertools import count
from xml.etree import ElementTree as ET

import pytest

from tests.e2e.test_process import NUMBER, log_text, number_in
from tests.fixtures.crowd import kill_valkey
from tests.fixtures.people import name, nik
from tests.fixtures.process import Process, eventually

_people, _calls = count(1), count(1)


class Person:
    """Somebody with a feature phone, WhatsApp on the same number, and a mail address."""

    def __init__(self, running):
        self.running, self.n = running, next(_people)
        self.phone, self.sender = f"+62812{self.n:08d}", f"siti{self.n}@klinik.example"
        self.nik, self.name = nik(self.n), name(self.n)

    def dial(self, *typed):
        """Dial `*119#`, or deeper at once; return the screen."""
        self.call, self.typed = f"ATUid_{next(_calls)}", list(typed)
        return self.again()

    def key(self, *words):
        for word in words:
            self.typed.append(word)
            screen = self.again()
        return screen

    def again(self):
        """Send the last hop (once more): the network sends all that was typed, every time."""
        reply = self.running.ussd(self.phone, self.call, "*".join(self.typed))
        assert reply.status_code == 200
        kind, _, screen = reply.text.partition(" ")
        assert kind == ("END" if NUMBER.search(screen) else "CON"), reply.text
        return screen

    def say(self, door, text):
        """Text by SMS or WhatsApp; return the words that TwiML answers."""
        reply = self.running.text(door, self.phone, text)
        assert reply.status_code == 200
        messages = ET.fromstring(reply.content).iter("Message")  # noqa: S314 our own answer
        return "\n".join(message.text for message in messages)

    def write(self, *lines):
        self.running.mail(self.sender, "\n".join(lines))

    def queued(self, address, many=1):
        """Return the messages to an address, newest first, once there are so many."""

        def look():
            items = self.running.api("outbox/search", {"address": address}).json()["items"]
            return items if len(items) >= many else None

        items = eventually(look)
        assert items, "no message is queued"
        return [(item["channel"], item["text"]) for item in items]

    @property
    def record(self):
        (record,) = self.running.search(nik=self.nik)
        return record


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One gateway for all who do not stop it; each test is about another person."""
    process = Process(tmp_path_factory.mktemp("doors") / "var").start()
    yield process
    process.end()


@pytest.fixture
def siti(running):
    return Person(running)


@pytest.fixture
def alone(gateway):
    """A person at a gateway that may be stopped."""
    return Person(gateway().start())


def test_one_person_by_four_doors_is_one_record(alone):
    assert "Daftar" in alone.dial()
    assert "Ketik nama" in alone.key("1", "1", alone.nik)  # ... and the line is cut
    assert "belum selesai: nama lengkap" in alone.dial()
    assert "Ketik nama" in alone.key("1")
    number = number_in(alone.key(alone.name, "2", "1"))
    assert "Data benar" in alone.say("sms", f"DAFTAR {alone.nik}#{alone.name}#PERAWAT")
    assert number in alone.say("sms", "YA")
    for word in ("DAFTAR", "1", alone.nik, f"{alone.name.title()}, S.Kep.", "2"):
        said = alone.say("whatsapp", word)
    assert "Mohon periksa data Anda" in said
    assert number in alone.say("whatsapp", "1")
    who = (f"NIK: {alone.nik}", f"Nama: {alone.name}")
    alone.write(*who, "Tipe Nakes: perawat", "No HP: 0812-1111-0001")

    ((channel, text),) = alone.queued(alone.sender)
    assert (channel, number in text) == ("email", True)
    ((channel, text),) = alone.queued(alone.phone)  # USSD's number is repeated, others' are not
    assert (channel, number in text, alone.name in text) == ("sms", True, True)
    record = alone.record
    assert record["number"] == number
    assert record["channels"] == ["email", "sms", "ussd", "whatsapp"]
    assert [(one["channel"], one["outcome"]) for one in record["intents"]] == [
        ("ussd", "registered"),
        ("sms", "already_registered"),
        ("whatsapp", "already_registered"),
        ("email", "already_registered"),
    ]
    assert alone.running.api(f"registrations/{number}").json() == record
    verified = {one["kind"]: one["verified"] for one in record["addresses"]}
    assert verified == {"phone": True, "email": False}
    alone.running.stop()
    told = log_text(alone.running)
    personal = (alone.nik, alone.name, alone.phone[1:], alone.sender)
    assert not [word for word in personal if word.lower() in told.lower()]


def test_status_is_told_where_it_is_on_file_and_nowhere_else(running, siti):
    assert "Belum ada" in siti.say("sms", "STATUS")
    siti.dial()
    number = number_in(siti.key("1", "1", siti.nik, siti.name, "2", "1"))
    assert number in siti.say("sms", "STATUS")
    assert number in siti.say("whatsapp", "status")
    siti.dial()
    assert number in siti.key("2")
    assert "Belum ada" in Person(running).say("sms", "STATUS")


def test_english_is_spoken_from_the_wish_to_the_last_word(siti):
    siti.dial()
    assert "Register" in siti.key("4")
    for word, said in (("1", "agree"), ("1", "nik"), (siti.nik, "name"), (siti.name, "nurse")):
        assert said in siti.key(word).lower()
    assert "Nurse" in siti.key("2")
    number = number_in(siti.key("1"))
    assert f"{number}: waiting for verification" in siti.say("sms", "STATUS")
    ((_, text),) = siti.queued(siti.phone)
    assert number in text
    assert "terdaftar" not in text
    assert siti.record["language"] == "en"


def test_a_typed_star_is_part_of_the_answer_it_was_typed_in(siti):
    siti.dial()
    assert "hanya berisi angka" in siti.key("1", "1", f"{siti.nik[:6]}*{siti.nik[6:]}")
    assert "Ketik nama" in siti.key(siti.nik)
    assert "Ketik nama" in siti.key("SITI*2")  # one answer, refused; the 2 chooses nothing
    assert "Profesi Anda?" in siti.key(siti.name)
    assert "Profesi Perawat" in siti.key("2")
    assert number_in(siti.key("1")) == siti.record["number"]


def test_a_deep_dial_goes_straight_there(siti):
    assert "Ketik 16 angka" in siti.dial("1", "1")
    assert "data ini benar?" in siti.key(siti.nik, siti.name, "2")
    assert number_in(siti.key("1")) == siti.record["number"]
    assert number_in(siti.dial("2")) == siti.record["number"]


def test_a_whole_registration_may_be_dialled_at_once(siti):
    told = siti.dial("1", "1", siti.nik, siti.name, "2", "1")
    assert number_in(told) == siti.record["number"]


def test_the_first_digits_pressed_twice_are_heard_once(siti):
    assert siti.dial() == siti.again()
    for word in ("1", "1", siti.nik, siti.name, "2", "1"):
        assert siti.key(word) == siti.again()
    assert [one["outcome"] for one in siti.record["intents"]] == ["registered"]


def test_dialling_from_two_handsets_at_once_is_one_form(siti):
    menu, first = siti.dial(), (siti.call, siti.typed)
    assert siti.dial() == menu
    second, (siti.call, siti.typed) = (siti.call, siti.typed), first
    assert "Ketik nama" in siti.key("1", "1", siti.nik)
    siti.call, siti.typed = second
    assert "Ketik nama" in siti.key("1")  # the other call has begun the form: on with it
    assert number_in(siti.key(siti.name, "2", "1")) == siti.record["number"]
    assert len(siti.record["intents"]) == 1


def test_a_form_begun_on_ussd_goes_on_by_whatsapp_at_the_same_question(siti):
    siti.dial()
    assert "Profesi Anda?" in siti.key("1", "1", siti.nik, siti.name)
    assert "sampai di: profesi" in siti.say("whatsapp", "halo")
    assert "profesi Anda?" in siti.say("whatsapp", "1")
    assert siti.name in siti.say("whatsapp", "perawat")
    assert number_in(siti.say("whatsapp", "ya")) == siti.record["number"]
    assert siti.record["full_name"] == siti.name
    assert siti.record["channels"] == ["whatsapp"]


async def test_a_letter_that_lacks_something_is_completed_by_its_answer(gateway, mail_server):
    relay = f"smtp://127.0.0.1:{mail_server.port}"
    running = await asyncio.to_thread(gateway(SMTP_RELAY_URL=relay).start)
    siti = Person(running)
    await asyncio.to_thread(complete_a_letter, siti, mail_server)


def complete_a_letter(siti, mail_server):
    siti.write(f"NIK: {siti.nik}", f"Nama: {siti.name}", "No HP: 0812-1111-0001")
    ((_, asked),) = siti.queued(siti.sender)
    assert "- Profesi" in asked
    assert "- NIK" not in asked
    assert siti.running.search(nik=siti.nik) == []
    siti.write("Profesi: bidan")  # anybody may write this in her name
    (_, told), _ = siti.queued(siti.sender, many=2)
    assert "- NIK" in told
    assert siti.running.search(nik=siti.nik) == []
    assert eventually(lambda: len(mail_server.letters) == 2)
    (ours,) = re.findall(rb"(?m)^Message-ID: (\S+)", mail_server.letters[0][2])
    siti.running.mail(siti.sender, "Profesi: bidan", **{"In-Reply-To": ours.decode()})
    (_, told), *_ = siti.queued(siti.sender, many=3)
    assert number_in(told) == siti.record["number"]


async def test_who_writes_in_somebody_elses_name_ends_nothing(gateway, mail_server):
    relay = f"smtp://127.0.0.1:{mail_server.port}"
    running = gateway(SMTP_RELAY_URL=relay, MAIL_AUTHSERV="mx.id")
    siti = Person(await asyncio.to_thread(running.start))
    await asyncio.to_thread(write_in_her_name, siti, mail_server)


def write_in_her_name(siti, mail_server):
    host = siti.sender.partition("@")[2]
    found = {"Authentication-Results": f"mx.id; dmarc=fail header.from={host}"}
    siti.running.mail(siti.sender, f"NIK: {siti.nik}\nNama: {siti.name}", **found)
    siti.write("STOP")
    ((_, asked),) = siti.queued(siti.sender)
    assert "balas surat ini dengan STOP" in asked
    assert eventually(lambda: len(mail_server.letters) == 1)
    (ours,) = re.findall(rb"(?m)^Message-ID: (\S+)", mail_server.letters[0][2])
    siti.running.mail(siti.sender, "STOP", **{"In-Reply-To": ours.decode()})
    (_, told), *_ = siti.queued(siti.sender, many=2)
    assert "tidak akan menerima pesan" in told
    assert 'satupintu_refused_total{where="dmarc"} 1.0' in siti.running.client.get("/metrics").text


def lose_memory(running):
    """Delete all that the embedded Valkey has kept, as if its disk were lost."""
    assert running.stop() == 0
    shutil.rmtree(running.data_dir / "valkey")


def test_the_call_goes_on_after_redis_was_lost(gateway, alone):
    alone.dial()
    asked = alone.key("1", "1", alone.nik, alone.name)
    lose_memory(alone.running)
    alone.running = gateway(alone.running.data_dir).start()
    assert "data ini benar?" in alone.key("2")  # the network's memory of the call is enough
    assert "Profesi Anda?" in asked
    assert number_in(alone.key("1")) == alone.record["number"]


def test_what_was_told_is_told_again_after_redis_was_lost(gateway, alone):
    alone.dial()
    told = alone.key("1", "1", alone.nik, alone.name, "2", "1")
    lose_memory(alone.running)
    alone.running = gateway(alone.running.data_dir).start()
    assert alone.again() == told
    assert [one["outcome"] for one in alone.record["intents"]] == ["registered"]
    assert len(alone.queued(alone.phone)) == 1
    assert number_in(alone.say("sms", "STATUS")) == alone.record["number"]


def test_the_embedded_store_killed_alone_comes_back_with_the_form(alone):
    alone.dial()
    alone.key("1", "1", alone.nik)
    kill_valkey(alone.running)
    assert eventually(lambda: alone.running.ussd(alone.phone, "x", "").status_code == 200)
    assert "belum selesai: nama lengkap" in alone.dial()


def test_a_registration_is_not_counted_as_its_own_redelivery(siti, running):
    before = redeliveries(running)
    siti.dial()
    siti.key("1", "1", siti.nik, siti.name, "2", "1")
    assert redeliveries(running) == before
    siti.again()
    assert redeliveries(running) == before + 1


def redeliveries(running):
    """Return how many messages the gateway says that it heard before."""
    counter = "satupintu_redeliveries_total "
    lines = running.client.get("/metrics").text.splitlines()
    return next(float(line.removeprefix(counter)) for line in lines if line.startswith(counter))
