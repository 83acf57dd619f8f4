"""Parse a webhook of WhatsApp's Cloud API: many messages, receipts and opt-outs at once.

One malformed part must not cost the others, because Meta would redeliver them all for a week. So
every type is checked, and what is of no use to us is skipped.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from collections.abc import Container, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from channels.shared.choices import read_choice, read_tapped
from channels.shared.forms import (
    ID_CHARS_MAX,
    digest,
    marks_template,
    read_reference,
    thread_to,
)
from channels.shared.locations import read_location
from channels.whatsapp.flow import read_filled
from channels.whatsapp.limits import choose_user
from core.events import Event, Moved, OptOut, Receipt, ReceiptStatus
from core.messages import Channel, Inbound, Location

PROVIDER: Final = "meta"
TEXT_CHARACTERS_MAX = 4_096  # WhatsApp's own bound; the conversation takes less
CODE_MAX = 10**9

STOPPED = 131050  # the person opted out of marketing
WINDOW_CLOSED = 131047  # over 24 hours after the person's last message: only templates
_REASONS = {WINDOW_CLOSED: "window"}

_STATUS = {
    "sent": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.READ,
    "played": ReceiptStatus.READ,
    "failed": ReceiptStatus.FAILED,
}
_IGNORED_TYPES = frozenset({"reaction", "system", "revoke", "edit"})
_MOVES = frozenset({"user_changed_number", "customer_changed_number", "user_changed_user_id"})
_CATEGORIES = frozenset(
    {
        *("authentication", "authentication_international", "marketing", "marketing_lite"),
        *("referral_conversion", "service", "utility"),
    }
)
_CHOICES = frozenset({"button_reply", "list_reply"})

Node = Mapping[str, object]


class Hearing(NamedTuple):
    """What it takes to read messages.

    `commands` are the folded payloads that our buttons may have; `secret` signs our forms.
    """

    received_at: datetime
    commands: Container[str] = ()
    secret: bytes = b""


def read_envelope(root: Node, ours: str | None, hearing: Hearing) -> Iterator[Event]:
    """Yield all events for the phone number id `ours`, or for any if it is None, in order."""
    for entry in nodes(root, "entry"):
        for change in nodes(entry, "changes"):
            value = node(change, "value")
            number = text(node(value, "metadata"), "phone_number_id")
            if ours is None or number == ours:
                yield from _read_value(value, number, hearing)


def _read_value(value: Node, number: str, hearing: Hearing) -> Iterator[Event]:
    for message in nodes(value, "messages"):
        contact = _contact(value, message)
        yield from _read_message(message, contact, number, hearing)
    for status in nodes(value, "statuses"):
        yield from _read_status(status)
    for preference in nodes(value, "user_preferences"):
        yield from _read_preference(preference)


def _read_message(
    message: Node, contact: Node, number: str, hearing: Hearing
) -> Iterator[Inbound | Moved]:
    message_type = text(message, "type")
    if text(node(message, "system"), "type") in _MOVES and id_of(message):
        yield _moved(message, contact, hearing.received_at)
    if "group_id" in message or message_type in _IGNORED_TYPES:
        return
    ids = (
        text(message, "from"),
        text(contact, "wa_id"),
        text(message, "from_user_id"),
        text(contact, "user_id"),
    )
    sender, message_id = choose_user(ids), id_of(message)
    if sender is None or not message_id:
        return
    content, location = (
        _message_text(message, message_type, hearing.commands),
        _location(message, message_type),
    )
    filled, at = node(node(message, "interactive"), "nfm_reply"), hearing.received_at
    answers, form = read_filled(
        text(filled, "response_json"), secret=hearing.secret, address=sender, at=at
    )
    yield Inbound(
        channel=Channel.WHATSAPP,
        provider=PROVIDER,
        address=sender,
        message_id=message_id,
        received_at=at,
        answers=answers,
        form=form,
        text=content[:TEXT_CHARACTERS_MAX],
        tapped=_tapped(message),
        wordless=not (content or answers or location) and message_type != "text",
        contact=_shared_number(message) if message_type == "contacts" else "",
        location=None if content else location,
        thread=thread_to(number),
    )


def _moved(message: Node, contact: Node, received_at: datetime) -> Moved:
    """Return who has moved; older webhooks call the old number `customer`, the new `new_wa_id`."""
    system = node(message, "system")
    ids = (
        *(text(message, "from"), text(system, "customer"), text(message, "from_user_id")),
        *(text(contact, "wa_id"), text(contact, "user_id")),
    )
    new_ids = (text(system, "wa_id"), text(system, "new_wa_id"), text(system, "user_id"))
    new, found = choose_user(new_ids), (choose_user([one]) for one in ids if one)
    old = tuple(dict.fromkeys(one for one in found if one is not None and one != new))
    return Moved(
        channel=Channel.WHATSAPP,
        provider=PROVIDER,
        message_id=id_of(message),
        received_at=received_at,
        old=old,
        new=new,
    )


def _message_text(message: Node, message_type: str, commands: Container[str]) -> str:
    """Return the typed text, the chosen option or the caption, or ""."""
    part = node(message, message_type)
    if message_type == "text":
        return text(part, "body")
    if message_type == "button":
        return read_choice(text(part, "payload"), text(part, "text"), commands)
    if message_type == "interactive":
        choice = _choice(message)
        return read_choice(text(choice, "id"), text(choice, "title"), commands)
    return text(part, "caption")


def _choice(message: Node) -> Node:
    """Return the button or the row of a list that was tapped, or an empty one."""
    part = node(message, "interactive")
    kind = text(part, "type")
    return node(part, kind) if kind in _CHOICES else {}


def _tapped(message: Node) -> str:
    choice = _choice(message)
    return read_tapped(text(choice, "id"), text(choice, "title"))[:TEXT_CHARACTERS_MAX]


def _shared_number(message: Node) -> str:
    """Return the one number of the shared contact, or "" if it has none or several.

    `wa_id` is the full number; `phone` is whatever the sender's address book holds.
    """
    phones = [phone for one in nodes(message, "contacts") for phone in nodes(one, "phones")]
    in_full = {f"+{name}" for phone in phones if (name := text(phone, "wa_id"))}
    written = in_full or {number for phone in phones if (number := text(phone, "phone"))}
    return written.pop()[:TEXT_CHARACTERS_MAX] if len(written) == 1 else ""


def _location(message: Node, message_type: str) -> Location | None:
    part = node(message, message_type) if message_type == "location" else {}
    return read_location(part.get("latitude"), part.get("longitude"))


def _read_status(status: Node) -> Iterator[Event]:
    receipt_status, provider_id = _STATUS.get(text(status, "status")), id_of(status)
    if receipt_status is None or not provider_id or text(status, "recipient_type") == "group":
        return
    failed = receipt_status is ReceiptStatus.FAILED
    code = next((code_of(error) for error in nodes(status, "errors")), None) if failed else None
    yield Receipt(
        provider=PROVIDER,
        provider_id=provider_id,
        status=receipt_status,
        reason="" if code is None else reason(code),
        reference=read_reference(text(status, "biz_opaque_callback_data")),
        template=marks_template(text(status, "biz_opaque_callback_data")),
        cost=_cost(node(status, "pricing")),
        final=code == STOPPED,
        channel=Channel.WHATSAPP,
    )
    reader = choose_user((text(status, "recipient_id"), text(status, "recipient_user_id")))
    if code == STOPPED and reader is not None:
        yield OptOut(address=reader, marketing=True)


def _cost(pricing: Node) -> str:
    """Return the category that a message is billed under, `free` if it is not, "" if unknown."""
    category = text(pricing, "category")
    if not category:
        return ""
    if pricing.get("billable") is False:
        return "free"
    return category if category in _CATEGORIES else "other"


def _read_preference(preference: Node) -> Iterator[OptOut]:
    """Yield an opt-out from marketing, or its end."""
    person = choose_user((text(preference, "wa_id"), text(preference, "user_id")))
    value = text(preference, "value")
    if person is not None and value in {"stop", "resume"}:
        yield OptOut(address=person, out=value == "stop", marketing=True)


def _contact(value: Node, message: Node) -> Node:
    """Return the sender's contact: the only one, or the one with the same user id."""
    contacts, user_id = nodes(value, "contacts"), text(message, "from_user_id")
    if len(contacts) == 1:
        return contacts[0]
    same = (one for one in contacts if user_id and text(one, "user_id") == user_id)
    return next(same, {})


def reason(code: int) -> str:
    """Return Meta's error code as operators see it."""
    return _REASONS.get(code, f"code_{code}")


def code_of(error: Node) -> int | None:
    """Return the code of an error, or None if it has no valid one."""
    code = error.get("code")
    if not isinstance(code, int) or isinstance(code, bool) or not 0 <= code < CODE_MAX:
        return None
    return code


def id_of(parent: Node) -> str:
    """Return Meta's id, its fingerprint if longer than `ID_CHARS_MAX` or not ASCII, or ""."""
    name = text(parent, "id").strip()
    if len(name) <= ID_CHARS_MAX and name.isascii() and name.isprintable():
        return name
    return digest(name)


def node(parent: Node, name: str) -> Node:
    """Return the object of that name, or an empty one."""
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def nodes(parent: Node, name: str) -> list[Node]:
    """Return the objects in the list of that name; other items are skipped."""
    value = parent.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(parent: Node, name: str) -> str:
    """Return the text of that name, or ""; a NUL becomes U+FFFD, as PostgreSQL stores none."""
    value = parent.get(name)
    return value.replace("\0", "\ufffd") if isinstance(value, str) else ""
