"""Recognise automatic mail, which must never be answered (RFC 3834)."""

from collections.abc import Collection

from channels.email.headers import Part

_ROBOTS = (
    *("mailer-daemon", "mailerdaemon", "postmaster", "no-reply", "noreply", "no_reply"),
    *("do-not-reply", "donotreply", "do_not_reply", "bounce", "bounces"),
)
_BULK = frozenset({"bulk", "junk", "list"})


def is_automatic(
    mail: Part, *, sender: str, envelope_from: str | None, mailboxes: Collection[str]
) -> bool:
    """Return True if this is a bounce, an automatic reply, a list's mail, or our own.

    A mail that asks for no automatic answer (X-Auto-Response-Suppress) may be a person's.
    """
    return (
        _is_null(envelope_from)
        or any(_is_null(path) for path in mail.all("return-path"))
        or _has_automatic_headers(mail)
        or sender in mailboxes
        or any(_is_robot_mailbox(address) for address in (sender, (envelope_from or "").lower()))
    )


def _is_null(path: str | None) -> bool:
    return path is not None and path.strip() in {"", "<>"}


def _has_automatic_headers(mail: Part) -> bool:
    submitted = mail.get("auto-submitted").partition(";")[0].partition("(")[0].strip().lower()
    kind = mail.get("content-type").partition(";")[0].strip().lower()
    return (
        submitted not in {"", "no"}
        or any(word.strip().lower() in _BULK for word in mail.all("precedence"))
        or any(name.startswith("list-") for name, _value in mail.fields)
        or kind == "multipart/report"
    )


def _is_robot_mailbox(address: str) -> bool:
    local = address.strip("<> ").partition("@")[0].partition("+")[0]
    return local in _ROBOTS
