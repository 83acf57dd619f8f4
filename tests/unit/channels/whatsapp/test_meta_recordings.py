"""Envelopes of Meta's that others recorded: every one says what it said."""

import os
from pathlib import Path

from channels.contract import Request
from channels.whatsapp.meta import MetaAdapter
from core.events import OptOut, ReceiptStatus
from core.messages import Address, AddressKind, Inbound
from tests.scripts import START

THEIRS = os.environ.get("SATUPINTU_FIXTURES")
ANYONES = MetaAdapter(None, None, None)
NOTHING = {
    *("deleted_message__revoke", "edited_message__image", "message__reaction"),
    *("message__unreaction_empty", "message__unreaction_no_emoji", "message_status__group"),
    "system__identity_change",
}
SAID = {
    "callback_button__quick_reply_without_context": "title",
    "callback_selection__description": "title",
    "message__document": "caption",
    "message__video": "caption",
    "message__text": "Body Text",
    "message__forwarded": "forwarded text",
    "message__forwarded_many_times": "text forwarded many times",
    "message__referral": "BODY",
}
UNREADABLE = {"flow_completion__completion", "message__contacts", "message__order"}
RECEIVED = {
    "message_status__failed": (ReceiptStatus.FAILED, "code_130472"),
    "message_status__read": (ReceiptStatus.READ, ""),
    "message_status__with_tracker": (ReceiptStatus.SENT, ""),
}


def recordings():
    """Return their files by case; none when no folder is named. A named folder must have some."""
    if THEIRS is None:
        return {}
    files = sorted((Path(THEIRS) / "meta_whatsapp").glob("pywa_*.json"))
    assert files, "no meta_whatsapp/pywa_*.json in the folder that SATUPINTU_FIXTURES names"
    return {file.stem.removeprefix("pywa_"): file.read_bytes() for file in files}


def test_their_recordings_say_what_they_said():
    for case, raw in recordings().items():
        events = ANYONES.parse(
            Request(method="POST", path="/whatsapp/meta", body=raw, received_at=START)
        )
        if case in NOTHING:
            assert events == (), case
            continue
        (event,) = events
        if case in SAID:
            assert (event.text, event.wordless) == (SAID[case], False), case
        elif case in UNREADABLE:
            assert (event.text, event.wordless) == ("", True), case
        elif case in RECEIVED:
            assert (event.status, event.reason) == RECEIVED[case], case
        else:
            assert case == "user_marketing_preferences__resume"
            assert event == OptOut(address=event.address, out=False, marketing=True)
        if isinstance(event, Inbound):
            assert event.address == Address(AddressKind.PHONE, "+972987654321"), case
