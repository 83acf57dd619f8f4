"""What a webhook of WhatsApp's Cloud API holds: messages, receipts and opt-outs, many at once.

Nothing in it is taken for granted: one odd part must not cost the others, for Meta delivers all
of them again, for a week. What is of no use to us is passed over.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from collections.abc import Container, Iterator, Mapping
from datetime import datetime
from typing import Final

from channels.shared.choosing import chosen
from channels.shared.forms import ID_CHARS_MAX, digest, read_reference, written_to
from channels.shared.locations import read_location
from channels.whatsapp.limits import choose_user
from core.messages import Channel, Event, Inbound, Location, Moved, OptOut, Receipt, ReceiptStatus

PROVIDER: Final = "meta"
TEXT_CHARACTERS_MAX = 4_096  # WhatsApp's own bound; the conversation takes less
CODE_MAX = 10**9

STOPPED = 131050  # the person wants no marketing
TOO_LATE = 131047  # more than 24 hours after the person last wrote, only templates may be sent
_WHY = {TOO_LATE: "window"}

_STATUS = {
    "sent": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.READ,
    "played": ReceiptStatus.READ,
    "failed": ReceiptStatus.FAILED,
}
_NO_MESSAGE = frozenset({"reaction", "system", "revoke", "edit"})
_MOVED = frozenset({"user_changed_number", "customer_changed_number"})
_CHOICES = frozenset({"button_reply", "list_reply"})

Node = Mapping[str, object]


def read_envelope(
    root: Node, ours: str | None, received_at: datetime, commands: Container[str]
) -> Iterator[Event]:
    """Give all events for our number, in order; for every number, where `ours` is None.

    `commands` are the folded words that a button may be named by.
    """
    for entry in nodes(root, "entry"):
        for change in nodes(entry, "changes"):
            value = node(change, "value")
            number = text(node(value, "metadata"), "phone_number_id")
            if ours is None or number == ours:
                yield from _read_value(value, number, received_at, commands)


def _read_value(
    value: Node, number: str, received_at: datetime, commands: Container[str]
) -> Iterator[Event]:
    for message in nodes(value, "messages"):
        contact = _contact(value, message)
        yield from _read_message(message, contact, number, received_at, commands)
    for status in nodes(value, "statuses"):
        yield from _read_status(status)
    for wish in nodes(value, "user_preferences"):
        yield from _read_wish(wish)


def _read_message(
    message: Node, contact: Node, number: str, received_at: datetime, commands: Container[str]
) -> Iterator[Inbound | Moved]:
    kind = text(message, "type")
    if text(node(message, "system"), "type") in _MOVED:
        yield Moved(channel=Channel.WHATSAPP, provider=PROVIDER)
    if "group_id" in message or kind in _NO_MESSAGE:
        return
    names = (
        text(message, "from"),
        text(contact, "wa_id"),
        text(message, "from_user_id"),
        text(contact, "user_id"),
    )
    sender, message_id = choose_user(names), id_of(message)
    if sender is None or not message_id:
        return
    words, place = _words(message, kind, commands), _place(message, kind)
    yield Inbound(
        channel=Channel.WHATSAPP,
        provider=PROVIDER,
        address=sender,
        message_id=message_id,
        received_at=received_at,
        text=words[:TEXT_CHARACTERS_MAX],
        wordless=not words and place is None and kind != "text",
        contact=_shared_number(message) if kind == "contacts" else "",
        location=None if words else place,
        thread=written_to(number),
    )


def _words(message: Node, kind: str, commands: Container[str]) -> str:
    """Return what a message says: what was typed, what was chosen, or what stands under it."""
    part = node(message, kind)
    if kind == "text":
        return text(part, "body")
    if kind == "button":
        return chosen(text(part, "payload"), text(part, "text"), commands)
    if kind == "interactive":
        kind = text(part, "type")
        choice = node(part, kind) if kind in _CHOICES else {}
        return chosen(text(choice, "id"), text(choice, "title"), commands)
    return text(part, "caption")


def _shared_number(message: Node) -> str:
    """Return the number in the contact that was shared, where there is but one.

    `wa_id` is the number in full; what the other's address book holds may be anything.
    """
    phones = [phone for one in nodes(message, "contacts") for phone in nodes(one, "phones")]
    full = {f"+{name}" for phone in phones if (name := text(phone, "wa_id"))}
    written = full or {number for phone in phones if (number := text(phone, "phone"))}
    return written.pop()[:TEXT_CHARACTERS_MAX] if len(written) == 1 else ""


def _place(message: Node, kind: str) -> Location | None:
    part = node(message, kind) if kind == "location" else {}
    return read_location(part.get("latitude"), part.get("longitude"))


def _read_status(status: Node) -> Iterator[Event]:
    how_far, provider_id = _STATUS.get(text(status, "status")), id_of(status)
    if how_far is None or not provider_id or text(status, "recipient_type") == "group":
        return
    failed = how_far is ReceiptStatus.FAILED
    code = next((code_of(error) for error in nodes(status, "errors")), None) if failed else None
    yield Receipt(
        provider=PROVIDER,
        provider_id=provider_id,
        status=how_far,
        reason="" if code is None else reason(code),
        reference=read_reference(text(status, "biz_opaque_callback_data")),
        final=code == STOPPED,
        channel=Channel.WHATSAPP,
    )
    reader = choose_user((text(status, "recipient_id"), text(status, "recipient_user_id")))
    if code == STOPPED and reader is not None:
        yield OptOut(address=reader)


def _read_wish(wish: Node) -> Iterator[OptOut]:
    """Give the wish for no more marketing, or for marketing again, as one about all we send."""
    person = choose_user((text(wish, "wa_id"), text(wish, "user_id")))
    said = text(wish, "value")
    if person is not None and said in {"stop", "resume"}:
        yield OptOut(address=person, out=said == "stop")


def _contact(value: Node, message: Node) -> Node:
    """Return what else is told of the sender: all there is, or what bears the same id."""
    contacts, user_id = nodes(value, "contacts"), text(message, "from_user_id")
    if len(contacts) == 1:
        return contacts[0]
    same = (one for one in contacts if user_id and text(one, "user_id") == user_id)
    return next(same, {})


def reason(code: int) -> str:
    """Return a code of Meta's as the operator sees it."""
    return _WHY.get(code, f"code_{code}")


def code_of(error: Node) -> int | None:
    """Return the code of an error, if that is what it is."""
    code = error.get("code")
    if not isinstance(code, int) or isinstance(code, bool) or not 0 <= code < CODE_MAX:
        return None
    return code


def id_of(thing: Node) -> str:
    """Return Meta's id, or its fingerprint where it is longer than we keep, or "" for none."""
    name = text(thing, "id").strip()
    if len(name) <= ID_CHARS_MAX and name.isascii() and name.isprintable():
        return name
    return digest(name)


def node(parent: Node, name: str) -> Node:
    """Return the object of that name, or an empty one."""
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def nodes(parent: Node, name: str) -> list[Node]:
    """Return the objects in the list of that name; what is no object is left out."""
    value = parent.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(parent: Node, name: str) -> str:
    """Return the text of that name, or ""; a NUL becomes U+FFFD, for no store can keep one."""
    value = parent.get(name)
    return value.replace("\0", "\ufffd") if isinstance(value, str) else ""
