"""A mail server that hands letters over, one after the other on each connection."""

from tests.bench.load import Line
from tests.bench.talks import MAILBOX


class MailLine(Line):
    """One SMTP connection; an answer is the one to the whole letter."""

    lines = 32  # the gateway takes 100 connections and letters under way together
    steps = ()

    def connection_made(self, transport):
        self.transport = transport
        self.steps = [b"EHLO bench.example\r\n"]

    def write(self):
        sender = self.ask.payload.partition(b"From: ")[2].partition(b"\r\n")[0]
        steps = (f"MAIL FROM:<{sender.decode()}>\r\n", f"RCPT TO:<{MAILBOX}>\r\n", "DATA\r\n")
        first, *self.steps = (*map(str.encode, steps), self.ask.payload)
        self.transport.write(first)

    def data_received(self, data):
        self.buffer += data
        *_, last, rest = (b"", *self.buffer.split(b"\r\n"))
        if rest or last[3:4] == b"-":
            return
        self.buffer = b""
        if last[:1] not in b"23":
            self.told.wrong = last
            self.transport.close()
        elif self.steps:
            self.transport.write(self.steps.pop(0))
        elif self.ask is None:  # it was greeted
            self.next()
        else:
            self.answered(last, right=last.startswith(self.ask.wanted))
