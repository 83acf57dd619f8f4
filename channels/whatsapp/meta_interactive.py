"""Write a message with a control as the Cloud API takes it, under `interactive`."""

from typing import Final

from channels.whatsapp.meta_payload import Node
from channels.whatsapp.taps import Control, Row, Tap

_REQUESTS: Final = {
    Control.LOCATION: "send_location",
    Control.CONTACT: "request_contact_info",
}


def interactive(tap: Tap) -> Node:
    """Return the object `interactive` of a message."""
    return {
        "type": tap.control.value,
        "body": {"text": tap.body},
        "action": _action(tap),
    }


def _action(tap: Tap) -> Node:
    if tap.control is Control.BUTTONS:
        return {"buttons": [_button(row) for row in tap.rows]}
    if tap.control is Control.LIST:
        section = {"title": tap.choose, "rows": [_row(row) for row in tap.rows]}
        return {"button": tap.choose, "sections": [section]}
    return {"name": _REQUESTS[tap.control]}


def _button(row: Row) -> Node:
    return {"type": "reply", "reply": {"id": row.id, "title": row.title}}


def _row(row: Row) -> Node:
    described = {"description": row.detail} if row.detail else {}
    return {"id": row.id, "title": row.title, **described}
