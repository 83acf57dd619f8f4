"""Reports of mail servers: which say that a letter failed, and of which letter."""

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.contract import RejectedError
from channels.email.bounces import REPORT_BYTES_MAX, read_bounces
from core.events import ReceiptStatus
from core.messages import Channel

THEIRS = os.environ.get("SATUPINTU_FIXTURES")
REFERENCE = "0123456789abcdef0123"
FAILED = {  # of the recordings: what each says became of a letter
    "mikel_multi_address_bounce1.eml": "bounced 5.1.1",
    "mikel_multipart_report_multiple_status.eml": "bounced 5.3.0",
    "mikel_report_422.eml": None,  # a delay
    "mikel_report_530.eml": "bounced 5.3.0",
    "sisimai_bsd_rfc3464-01.eml": "bounced 5.1.1",
    "sisimai_bsd_rfc3464-06.eml": "bounced 5.5.0",
    "sisimai_not_is-not-bounce-01.eml": None,
    "sisimai_not_is-not-bounce-02.eml": None,
}


def report(*fields, kind="multipart/report; report-type=delivery-status; boundary=b", before=""):
    said = "\r\n".join(fields)
    part = f"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n{said}"
    head = f"From: MAILER-DAEMON@x.example\r\nContent-Type: {kind}\r\n\r\n"
    return f"{head}--b\r\n\r\n{before}\r\n--b\r\n{part}\r\n\r\n--b--\r\n".encode()


def read(raw):
    return next(iter(read_bounces(raw, [REFERENCE], provider="smtp")), None)


def test_a_failure_is_final_and_about_the_letter_with_that_return_path():
    receipt = read(report("Final-Recipient: rfc822; a@b.id", "Action: failed", "Status: 5.1.1"))
    assert (receipt.provider, receipt.provider_id) == ("smtp", REFERENCE)
    assert (receipt.status, receipt.channel) == (ReceiptStatus.FAILED, Channel.EMAIL)
    assert (receipt.reason, receipt.final) == ("bounced 5.1.1", True)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [(["Action: failed"], "bounced"), (["ACTION:failed", "status : 4.4.7"], "bounced 4.4.7"),
     (["Action: failed (expired)", "Status: 9.1.1"], "bounced")],
)  # fmt: skip
def test_reports_are_written_in_many_ways(fields, reason):
    assert read(report(*fields)).reason == reason


@pytest.mark.parametrize(
    "action", ["delayed", "delivered", "relayed", "expanded", "", "failedish"]
)
def test_nothing_else_is_a_failure(action):
    assert read(report(f"Action: {action}", "Status: 5.1.1")) is None


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/mixed; boundary=b", "", "multipart/reports"]
)
def test_nor_is_what_is_no_report(kind):
    assert read(report("Action: failed", "Status: 5.1.1", kind=kind)) is None


def test_a_report_is_searched_so_far_and_no_further():
    room = REPORT_BYTES_MAX - len(report("Action: failed")) - 100
    assert read(report("Action: failed", before="x" * room)) is not None
    assert read(report("Action: failed", before="x" * REPORT_BYTES_MAX)) is None


@given(st.binary(max_size=400))
@example(b"Content-Type: multipart/report; x\n\naction: failed\nstatus: 5.1.1")
def test_any_bytes_are_a_failure_or_none(raw):
    for whole in (raw, b"Content-Type: multipart/report; x\n\n" + raw):
        receipt = read(whole)
        assert receipt is None or receipt.reason.startswith("bounced")


def test_a_head_too_large_is_refused():
    with pytest.raises(RejectedError):
        read(b"X: y\r\n" * 60_000)


@pytest.mark.parametrize("name", FAILED)
def test_recorded_reports_are_read(name):
    if THEIRS is None:
        return
    receipt = read((Path(THEIRS) / "email" / "bounces" / name).read_bytes())
    assert (receipt.reason if receipt else None) == FAILED[name]
