import asyncio
import logging
import random
import re
import signal
import smtplib
import socket
import ssl
import threading
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from time import thread_time

import pytest
import uvloop

from channels.email.letter import LetterParser
from channels.email.tokens import make_token
from channels.email.vouching import MailTrust
from core.database.unavailable import UnavailableError
from core.events import Receipt
from core.messages import Inbound
from core.turns.pipeline import ContendedError
from gateway.mail import connection as smtp_connection
from gateway.mail import peers
from gateway.mail import server as smtp
from gateway.mail.connection import RECIPIENT_GUESSES_MAX
from gateway.mail.cpu_budget import TICK_SECONDS, OverBudgetError, run_within
from gateway.mail.server import RECIPIENTS_MAX, MailIntake, listen_for_mail
from gateway.mail.tls import load_certificate
from gateway.process.serve import run_loop
from gateway.runtime.metrics import Metrics
from tests.scripts import KEYWORDS, LABELS, LETTERS
from tests.unit.channels.email.test_bounces import report

MAILBOX, OTHER = "vaksin@pedulilindungi.id", "daftar@pedulilindungi.id"
SENDER = "siti.aminah@puskesmas.example"
NIK = "3204115706960001"
BODY = f"NIK: {NIK}\r\nNama: SITI AMINAH\r\nProfesi: Perawat\r\nNo HP: 081211110001\r\n"
LETTER = f"From: Siti <{SENDER}>\r\nSubject: Daftar\r\nMessage-ID: <1@x>\r\n\r\n{BODY}".encode()
SECONDS = 20.0  # nothing takes so long but what hangs
TLS = Path(__file__).parents[1] / "fixtures" / "tls"
NOW = datetime(2021, 1, 15, 8, 0, tzinfo=UTC)


class Intake:
    """What the letters are handed to: keeps them, or fails as it is told to."""

    def __init__(self):
        self.kept: list[Inbound] = []
        self.noted: list[Receipt] = []
        self.fails: list[Exception] = []
        self.arrived = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def note(self, receipt):
        self.noted.append(receipt)

    async def deliver(self, inbound):
        self.arrived.set()
        await self.may_go_on.wait()
        if self.fails:
            raise self.fails.pop(0)
        self.kept.append(inbound)


class House:
    def __init__(self, mail, intake, metrics, port):
        self.mail, self.intake, self.metrics, self.port = mail, intake, metrics, port

    def rejected(self, status):
        labels = {"wire": "smtp", "status": str(status)}
        return self.metrics.registry.get_sample_value("satupintu_rejected_total", labels) or 0

    async def call(self, work):
        """Run `work` with a real mail client, in a thread."""

        def talk():
            with smtplib.SMTP("127.0.0.1", self.port, timeout=SECONDS) as client:
                return work(client)

        return await asyncio.to_thread(talk)

    async def send(self, letter, *, to=(MAILBOX,), sender=SENDER):
        return await self.call(lambda client: send(client, letter, to=to, sender=sender))

    async def raw(self):
        return await asyncio.open_connection("127.0.0.1", self.port)


def send(client, letter, *, to=(MAILBOX,), sender=SENDER):
    client.ehlo("client.example")
    client.mail(sender)
    for mailbox in to:
        code, words = client.rcpt(mailbox)
        if code != 250:
            return code, words
    return client.data(letter)


@asynccontextmanager
async def serving(**more):
    intake, metrics = Intake(), Metrics()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        more = {"parse": LETTERS.parse, "parse_head": LETTERS.parse_head} | more
        mail_intake = MailIntake(
            mailboxes=(MAILBOX, OTHER),
            deliver=intake.deliver,
            note=intake.note,
            metrics=metrics,
            **more,
        )
        mail = await listen_for_mail(listener, mail_intake)
        try:
            yield House(mail, intake, metrics, port)
        finally:
            intake.may_go_on.set()
            await mail.drain(SECONDS)


@pytest.fixture
async def house():
    async with serving() as house:
        yield house


async def until(seen):
    async with asyncio.timeout(SECONDS):
        while not seen():
            await asyncio.sleep(0.001)


async def read_replies(reader, count):
    """Return that many replies; a reply of several lines counts once."""
    codes = []
    while len(codes) < count:
        line = await asyncio.wait_for(reader.readline(), SECONDS)
        assert line, codes
        if line[3:4] != b"-":
            codes.append(int(line[:3]))
    return codes


async def test_a_letter_is_acknowledged_when_it_is_kept(house):
    assert (await house.send(LETTER))[0] == 250
    (inbound,) = house.intake.kept
    assert inbound.address.value == SENDER
    assert inbound.answers["nik"] == NIK
    assert inbound.thread["to"] == MAILBOX


async def test_nothing_is_acknowledged_before_it_is_kept(house):
    house.intake.may_go_on.clear()
    sending = asyncio.create_task(house.send(LETTER))
    await house.intake.arrived.wait()
    assert not sending.done()
    house.intake.may_go_on.set()
    assert (await sending)[0] == 250


@pytest.mark.parametrize(
    "error", [UnavailableError(), ContendedError(), KeyError(SENDER), RuntimeError(NIK)]
)
async def test_what_fails_is_to_be_sent_again(house, logged, error):
    house.intake.fails.append(error)
    code, words = await house.send(LETTER)
    assert code == 451
    assert not house.intake.kept
    assert type(error).__name__.encode() not in words
    assert house.rejected(451) == 1
    expected = isinstance(error, (UnavailableError, ContendedError))
    assert len(logged()) == (0 if expected else 1)
    assert (await house.send(LETTER))[0] == 250


@pytest.mark.parametrize(
    "stranger",
    [
        "postmaster@pedulilindungi.id",
        "x@example.org",
        "vaksin",
        "+x@pedulilindungi.id",
        "vaksin+@pedulilindungi.id",
        "vaksin+x@example.org",
        "bounce@pedulilindungi.id",
        "bounce+1@example.org",
        "x+vaksin@pedulilindungi.id",
    ],
)
async def test_other_mailboxes_are_unknown(house, stranger):
    assert (await house.send(LETTER, to=(stranger,)))[0] == 550
    assert house.rejected(550) == 1
    assert not house.intake.kept


async def test_a_mailbox_is_known_in_any_case(house):
    assert (await house.send(LETTER, to=(OTHER.upper(),)))[0] == 250
    assert house.intake.kept[0].thread["to"] == OTHER


async def test_a_token_behind_the_mailbox_is_read_whatever_it_is():
    letters = LetterParser(LABELS, KEYWORDS, MailTrust("", b"secret"))
    token = make_token(b"secret", SENDER, NOW)
    async with serving(parse=letters.parse, clock=lambda: NOW) as house:
        for tags in ((token,), ("x", token), ("x", "a+b"), ("x" * 40,)):
            to = [
                f"{mailbox}+{tag}@pedulilindungi.id"
                for mailbox, tag in zip(("Vaksin", "daftar"), tags, strict=False)
            ]
            assert (await house.send(LETTER, to=to))[0] == 250
        assert [one.authentic for one in house.intake.kept] == [True, True, False, False]
        assert {one.thread["to"] for one in house.intake.kept} == {MAILBOX}


async def test_what_reports_no_failure_is_taken_at_a_return_path_and_dropped(house):
    assert (await house.send(LETTER, to=("bounce+one@pedulilindungi.id",), sender=""))[0] == 250
    assert not house.intake.kept
    assert not house.intake.noted


async def test_a_bounce_is_noted_before_it_is_acknowledged(house):
    to = ("bounce+one@pedulilindungi.id", "BOUNCE+Two@pedulilindungi.id")
    assert (await house.send(report("Action: failed"), to=to, sender=""))[0] == 250
    assert [one.provider_id for one in house.intake.noted] == ["one", "two"]
    assert not house.intake.kept


async def test_what_is_also_written_to_a_mailbox_is_a_letter(house):
    assert (await house.send(LETTER, to=("bounce+one@pedulilindungi.id", MAILBOX)))[0] == 250
    assert len(house.intake.kept) == 1
    assert not house.intake.noted


@pytest.mark.parametrize(("more", "code"), [(0, 250), (1, 452)])
async def test_a_letter_has_so_many_recipients(house, more, code):
    to = [f"bounce+{n}@pedulilindungi.id" for n in range(RECIPIENTS_MAX + more)]
    assert (await house.send(report("Action: failed"), to=(*to, to[0]), sender=""))[0] == code
    assert len(house.intake.noted) == (RECIPIENTS_MAX if code == 250 else 0)


async def test_a_letter_to_many_mailboxes_is_one_letter(house):
    assert (await house.send(LETTER, to=(OTHER, MAILBOX, OTHER) * 50))[0] == 250
    assert len(house.intake.kept) == 1


@pytest.mark.parametrize(
    ("letter", "sender"),
    [
        (b"Auto-Submitted: auto-replied\r\n" + LETTER, SENDER),
        (b"List-Id: <x>\r\n" + LETTER, SENDER),
        (LETTER, ""),
        (b"no sender at all\r\n", SENDER),
    ],
)
async def test_mail_of_machines_is_taken_and_dropped(house, letter, sender):
    assert (await house.send(letter, sender=sender))[0] == 250
    assert not house.intake.kept
    assert house.rejected(250) == 1


async def test_a_forged_letter_is_taken_counted_and_never_answered():
    letters = LetterParser(LABELS, KEYWORDS, MailTrust("mx.id", b"secret"))
    failed = b"Authentication-Results: mx.id; dmarc=fail header.from=puskesmas.example\r\n"
    async with serving(parse=letters.parse) as house:
        assert (await house.send(failed + LETTER))[0] == 250
        assert (await house.send(failed.replace(b"fail", b"pass") + LETTER))[0] == 250
        refused = house.metrics.registry.get_sample_value
        assert refused("satupintu_refused_total", {"where": "dmarc"}) == 1
        assert [inbound.authentic for inbound in house.intake.kept] == [True]


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def on_loop(request):
    """Run a coroutine on each kind of event loop: STARTTLS changes what is under a connection."""

    def run(work):
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(work)

    return run


def send_encrypted(client):
    client.starttls(context=ssl.create_default_context(cafile=str(TLS / "mail.crt")))
    assert "starttls" not in client.esmtp_features
    return send(client, LETTER)


def test_a_letter_may_come_encrypted(on_loop):
    async def work():
        async with serving(tls=load_certificate(TLS / "mail.crt", TLS / "mail.key")) as house:
            for _ in range(2):
                assert (await house.call(send_encrypted))[0] == 250
            assert (await house.send(LETTER))[0] == 250
            assert len(house.intake.kept) == 3
            await until(lambda: not house.mail._state.connections)

    on_loop(work())


def inject(port):
    """Send commands in the clear right behind STARTTLS; return what is said once encrypted."""
    context = ssl.create_default_context(cafile=str(TLS / "mail.crt"))
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as plain:
        plain.sendall(b"EHLO x\r\nSTARTTLS\r\nNOOP\r\nMAIL FROM:<a@b.id>\r\n")
        heard = b""
        while b"220 2.0.0" not in heard:
            heard += plain.recv(1_000)
        with context.wrap_socket(plain, server_hostname="localhost") as encrypted:
            encrypted.sendall(b"QUIT\r\n")
            return encrypted.makefile("rb").read()


def test_what_is_sent_before_the_handshake_is_not_read_after_it(on_loop):
    async def work():
        async with serving(tls=load_certificate(TLS / "mail.crt", TLS / "mail.key")) as house:
            assert await asyncio.to_thread(inject, house.port) == b"221 Bye\r\n"

    on_loop(work())


def test_a_handshake_that_is_none_is_hung_up_on(on_loop):
    async def work():
        async with serving(tls=load_certificate(TLS / "mail.crt", TLS / "mail.key")) as house:
            reader, writer = await house.raw()
            writer.write(b"EHLO x\r\nSTARTTLS\r\n")
            assert await read_replies(reader, 3) == [220, 250, 220]
            writer.write(b"no handshake at all\r\n" * 20)
            rest = await asyncio.wait_for(reader.read(), SECONDS)
            assert b"250" not in rest
            writer.close()
            assert (await house.call(send_encrypted))[0] == 250

    on_loop(work())


def test_a_handshake_that_never_comes_is_hung_up_on(on_loop, monkeypatch, caplog):
    monkeypatch.setattr(smtp_connection, "COMMAND_SECONDS", 0.2)

    async def work():
        complaints = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: complaints.append(context))
        async with serving(tls=load_certificate(TLS / "mail.crt", TLS / "mail.key")) as house:
            reader, writer = await house.raw()
            writer.write(b"EHLO x\r\nSTARTTLS\r\n")
            assert await read_replies(reader, 3) == [220, 250, 220]
            assert await asyncio.wait_for(reader.read(), SECONDS) == b""
            writer.close()
            await until(lambda: not house.mail._state.connections)
        assert complaints == []

    on_loop(work())


async def test_without_a_certificate_there_is_no_encryption(house):
    assert (await house.call(lambda client: client.docmd("STARTTLS")))[0] in (454, 502, 503)


def padded(size):
    line = b"x" * 998 + b"\r\n"
    filling = line * ((size - len(LETTER)) // len(line))
    rest = size - len(LETTER) - len(filling)
    return LETTER + filling + (b"y" * (rest - 2) + b"\r\n" if rest > 2 else b"")


async def test_a_letter_may_be_just_so_large(house, monkeypatch):
    monkeypatch.setattr(smtp_connection, "LETTER_BYTES_MAX", 300_000)
    largest, larger = padded(300_000), padded(300_001)
    assert (len(largest), len(larger)) == (300_000, 300_001)
    assert (await house.send(largest))[0] == 250
    assert house.intake.kept[0].answers["nik"] == NIK
    assert (await house.send(larger))[0] == 552
    assert house.rejected(552) == 1
    assert len(house.intake.kept) == 1


async def test_the_size_is_told_and_refused_before_it_is_sent(house):
    def ask(client):
        client.ehlo("client.example")
        told = int(client.esmtp_features["size"])
        return told, client.mail(SENDER, [f"SIZE={told + 1}"])[0], client.mail(SENDER)[0]

    assert await house.call(ask) == (10 * 1024 * 1024, 552, 250)


async def test_one_who_never_ends_is_hung_up_on(house, monkeypatch):
    monkeypatch.setattr(smtp_connection, "LETTER_BYTES_MAX", 10_000)
    monkeypatch.setattr(smtp_connection, "DRAINED_BYTES_MAX", 20_000)
    reader, writer = await house.raw()
    await begin(reader, writer)
    writer.write(b"x" * 100_000)  # one line
    async with asyncio.timeout(SECONDS):
        assert b"250" not in await read_all(reader)
    writer.close()
    await until(lambda: not house.mail._state.connections)
    assert house.mail._state.held_bytes == 0


async def read_all(reader):
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


async def test_mail_that_is_too_much_at_once_comes_again(house, monkeypatch):
    monkeypatch.setattr(smtp_connection, "HELD_BYTES_MAX", len(LETTER) + 10)
    reader, writer = await house.raw()
    await begin(reader, writer)
    writer.write(b"x" * 50 + b"\r\n")
    await until(lambda: house.mail._state.held_bytes)
    assert (await house.send(LETTER))[0] == 452
    writer.close()
    await until(lambda: not house.mail._state.held_bytes)
    assert (await house.send(LETTER))[0] == 250


async def begin(reader, writer):
    writer.write(f"EHLO x\r\nMAIL FROM:<{SENDER}>\r\nRCPT TO:<{MAILBOX}>\r\nDATA\r\n".encode())
    assert await read_replies(reader, 5) == [220, 250, 250, 250, 354]


async def test_commands_may_be_sent_ahead(house):
    reader, writer = await house.raw()
    envelope = f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<{MAILBOX}>\r\nDATA\r\n".encode()
    other = LETTER.replace(b"<1@x>", b"<2@x>")
    mails = [envelope + letter + b".\r\n" for letter in (LETTER, other)]
    writer.write(b"EHLO x\r\n" + b"".join(mails) + b"QUIT\r\n")
    codes = await read_replies(reader, 11)
    assert codes == [220, 250, 250, 250, 354, 250, 250, 250, 354, 250, 221]
    assert [inbound.message_id for inbound in house.intake.kept] == ["<1@x>", "<2@x>"]
    writer.close()


async def test_half_a_letter_is_no_letter(house):
    reader, writer = await house.raw()
    await begin(reader, writer)
    writer.write(LETTER[:-10])
    await writer.drain()
    writer.close()
    await until(lambda: not house.mail._state.connections)
    assert not house.intake.kept
    assert house.mail._state.held_bytes == 0


async def test_a_letter_is_kept_though_its_sender_hangs_up(house):
    house.intake.may_go_on.clear()
    reader, writer = await house.raw()
    await begin(reader, writer)
    writer.write(LETTER + b".\r\n")
    await house.intake.arrived.wait()
    writer.close()
    await until(lambda: not house.mail._state.connections)
    house.intake.may_go_on.set()
    await until(lambda: house.intake.kept)


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n"]
)
async def test_no_mail_is_smuggled_in_a_mail(house, end):
    hidden = f"MAIL FROM:<admin@x.example>\r\nRCPT TO:<{MAILBOX}>\r\nDATA\r\nFrom: a@x.example"
    reader, writer = await house.raw()
    await begin(reader, writer)
    body = LETTER[:-2] + end + hidden.encode() + b"\r\n\r\nSTOP"
    writer.write(body + b"\r\n.\r\nQUIT\r\n")
    assert await read_replies(reader, 2) == [250, 221]
    assert [inbound.address.value for inbound in house.intake.kept] == [SENDER]
    writer.close()


async def test_dots_at_the_beginning_of_lines_are_the_writers_own(house):
    await house.send(LETTER.split(b"\r\n\r\n")[0] + b"\r\n\r\n.DAFTAR\r\n")
    assert house.intake.kept[0].text == ".DAFTAR"


async def test_long_lines_are_taken(house):
    assert (await house.send(LETTER + b"x" * 5_000 + b"\r\n"))[0] == 250
    assert house.intake.kept[0].answers["nik"] == NIK


async def test_a_long_line_may_break_before_a_dot(house):
    for size in range(998, 1_005):
        reader, writer = await house.raw()
        await begin(reader, writer)
        writer.write(LETTER + b"x" * size + b".\r\nQUIT\r\n")
        writer.write(b".\r\nQUIT\r\n")
        assert await read_replies(reader, 2) == [250, 221]
        writer.close()


async def test_random_bytes_are_letters_or_nothing(house):
    chance = random.Random(7)
    letters = [LETTER[:60] + chance.randbytes(chance.randrange(400)) for _ in range(300)]

    def talk(client):
        return [send(client, letter)[0] for letter in letters]

    assert set(await house.call(talk)) == {250}


async def test_random_commands_do_no_harm(house, logged):
    chance = random.Random(8)
    for _ in range(60):
        reader, writer = await house.raw()
        writer.write(b"EHLO x\r\nMAIL FROM:<" + chance.randbytes(20) + b"\r\n")
        writer.write(b"RCPT TO:" + chance.choice([b"<", b"<@", b'<"', b"<a@[", b"("]) + b"\r\n")
        writer.write(chance.randbytes(300) + b"\r\nQUIT\r\n")
        writer.write_eof()
        await asyncio.wait_for(read_all(reader), SECONDS)
        writer.close()
    assert (await house.send(LETTER))[0] == 250
    assert logged() == []


async def test_the_log_holds_nothing_personal(house, logged, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    house.intake.fails.append(RuntimeError(f"{SENDER} {NIK}"))
    await house.send(LETTER)
    await house.send(LETTER)
    await house.send(LETTER, to=("stranger@x.example",))
    await house.call(lambda client: client.docmd("VRFY", SENDER))
    told = f"{logged()} {caplog.text} {capfd.readouterr()}"
    assert len(logged()) == 1
    for secret in (SENDER, NIK, "AMINAH", "081211110001", "stranger", "127.0.0.1"):
        assert secret not in told


async def test_there_are_only_so_many_connections(house, monkeypatch):
    monkeypatch.setattr(smtp, "CONNECTIONS_MAX", 3)
    open_ones = [await house.raw() for _ in range(3)]
    assert [await read_replies(reader, 1) for reader, _writer in open_ones] == [[220]] * 3
    reader, writer = await house.raw()
    assert await read_replies(reader, 1) == [421]
    writer.close()
    open_ones[0][1].close()
    await until(lambda: len(house.mail._state.connections) < 3)
    assert (await house.send(LETTER))[0] == 250
    for _reader, writer in open_ones:
        writer.close()


@pytest.mark.parametrize("guesses", [RECIPIENT_GUESSES_MAX, RECIPIENT_GUESSES_MAX + 1])
async def test_mailboxes_can_be_guessed_only_so_often(house, guesses):
    reader, writer = await house.raw()
    writer.write(b"EHLO x\r\nMAIL FROM:<a@b.id>\r\n" + b"RCPT TO:<x@y.id>\r\n" * guesses)
    writer.write(f"RCPT TO:<{MAILBOX}>\r\n".encode())
    await read_replies(reader, 3)
    many = min(guesses, RECIPIENT_GUESSES_MAX)
    assert await read_replies(reader, many) == [550] * many
    assert await read_replies(reader, 1) == [250 if guesses == many else 421]
    if guesses > many:
        assert await asyncio.wait_for(reader.read(), SECONDS) == b""
    writer.close()


async def test_one_peer_leaves_connections_to_others(house, monkeypatch):
    monkeypatch.setattr(peers, "SHARE_MAX", 3)
    open_ones = [await house.raw() for _ in range(3)]
    assert [await read_replies(reader, 1) for reader, _writer in open_ones] == [[220]] * 3
    reader, writer = await house.raw()
    assert await read_replies(reader, 1) == [421]
    assert await asyncio.wait_for(reader.read(), SECONDS) == b""
    writer.close()
    assert len(house.mail._state.connections) == 3
    open_ones[0][1].close()
    await until(lambda: len(house.mail._state.connections) < 3)
    assert (await house.send(LETTER))[0] == 250
    for _reader, writer in open_ones:
        writer.close()


async def test_silence_is_hung_up_on(house, monkeypatch):
    monkeypatch.setattr(smtp_connection, "COMMAND_SECONDS", 0.05)
    reader, writer = await house.raw()
    async with asyncio.timeout(SECONDS):
        assert (await reader.read()).startswith(b"220 ")
    writer.close()


async def test_a_connection_may_say_so_much(house, monkeypatch):
    monkeypatch.setattr(smtp_connection, "COMMANDS_MAX", 3)
    reader, writer = await house.raw()
    writer.write(b"NOOP\r\n" * 4)
    assert await read_replies(reader, 5) == [220, 250, 250, 250, 421]
    writer.close()


async def test_a_drain_lets_a_letter_finish(house):
    house.intake.may_go_on.clear()
    busy, letter = await house.raw()
    await begin(busy, letter)
    letter.write(LETTER + b".\r\n")
    await house.intake.arrived.wait()
    idle, writer = await house.raw()
    assert await read_replies(idle, 1) == [220]
    draining = asyncio.create_task(house.mail.drain(SECONDS))
    assert await read_replies(idle, 1) == [421]
    assert not draining.done()
    house.intake.may_go_on.set()
    assert await read_replies(busy, 2) == [250, 421]
    await asyncio.wait_for(draining, SECONDS)
    with pytest.raises(ConnectionRefusedError):
        await house.raw()
    letter.close()
    writer.close()


async def test_a_drain_does_not_wait_for_ever(house):
    reader, writer = await house.raw()
    await begin(reader, writer)
    await asyncio.wait_for(house.mail.drain(0.05), SECONDS)
    assert await read_replies(reader, 1) == [421]
    writer.close()


# -- what cannot be read -----------------------------------------------------------------------

SLOW = re.compile(r"(a*)*b")  # takes for ever
HEAD_ONLY = frozenset({"letter"})


def never_ends(raw, **_):
    SLOW.match("a" * 200)


def ends_late(raw, **_):
    while True:
        pass


def fails(raw, **_):
    raise KeyError(SENDER)


@pytest.mark.parametrize("parse", [never_ends, ends_late, fails])
async def test_a_letter_that_cannot_be_read_is_answered_and_never_comes_again(parse, logged):
    async with serving(parse=parse, read_seconds=0.05) as house:
        began = thread_time()
        assert (await house.send(LETTER))[0] == 250
        assert thread_time() - began < 1.0
        (inbound,) = house.intake.kept
        assert (inbound.address.value, inbound.message_id) == (SENDER, "<1@x>")
        assert (inbound.unread, inbound.answers, inbound.text) == (HEAD_ONLY, {}, "")
        assert [line["event"] for line in logged()] == ["a letter could not be read"]
        assert SENDER not in str(logged())


@pytest.mark.parametrize("parse", [never_ends, fails])
async def test_of_whom_not_even_the_head_can_be_read_nobody_is_answered(parse, logged):
    slow = {"parse": parse, "parse_head": parse, "read_seconds": 0.05, "head_seconds": 0.05}
    async with serving(**slow) as house:
        assert (await house.send(LETTER))[0] == 250
        assert not house.intake.kept
        assert house.rejected(250) == 1
        assert len(logged()) == 2


async def test_a_mail_of_a_machine_that_cannot_be_read_is_dropped():
    async with serving(parse=never_ends, read_seconds=0.05) as house:
        assert (await house.send(b"Precedence: bulk\r\n" + LETTER))[0] == 250
        assert not house.intake.kept


async def test_after_a_letter_that_was_cut_others_are_read(house):
    async with serving(parse=never_ends, read_seconds=0.05) as other:
        await other.send(LETTER)
    assert (await house.send(LETTER))[0] == 250
    assert house.intake.kept[0].answers["nik"] == NIK


def test_a_budget_leaves_the_loop_its_signals():
    """On the loop that ships: ticks disturb nothing, and its own signals still come."""
    heard = []

    async def work():
        loop = asyncio.get_running_loop()
        told = asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, told.set)
        for _ in range(3):
            with pytest.raises(OverBudgetError):
                run_within(0.03, lambda: never_ends(b""))
            assert run_within(0.03, lambda: "done") == "done"
        spin = thread_time() + 0.1
        while thread_time() < spin:  # late ticks find nothing to cut
            heard.append(await asyncio.to_thread(len, b""))
        signal.raise_signal(signal.SIGUSR1)
        await asyncio.wait_for(told.wait(), SECONDS)
        assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
        return 0

    assert run_loop(work()) == 0


async def test_an_attachment_is_left_alone(house):
    mail = EmailMessage()
    mail["From"], mail["To"] = SENDER, MAILBOX
    mail.set_content(BODY)
    surat = random.Random(1).randbytes(3_000_000)
    mail.add_attachment(surat, maintype="application", subtype="pdf", filename="surat.pdf")
    assert (await house.send(mail.as_bytes()))[0] == 250
    assert house.intake.kept[0].answers["nik"] == NIK


def test_what_other_threads_spend_is_not_the_letters():
    spent = threading.Event()

    def burn():
        end = thread_time() + 4 * TICK_SECONDS
        while thread_time() < end:
            pass
        spent.set()

    other = threading.Thread(target=burn)

    def wait_for_the_other():
        other.start()
        return spent.wait(30)

    assert run_within(TICK_SECONDS, wait_for_the_other)
    other.join()
