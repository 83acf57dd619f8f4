"""The addresses that are ours: the campaign's mailboxes, and what stands behind a `+` in them."""

from collections.abc import Iterable
from typing import NamedTuple

from channels.email.bounces import MAILBOX


class Recipient(NamedTuple):
    """An address of ours: its mailbox, and the tag behind the `+`.

    Of an address of bounces the mailbox is "", and the tag its reference.
    """

    mailbox: str
    tag: str = ""


class Recipients:
    """Finds the mailbox of an address, in any case; a tag may be anything."""

    def __init__(self, mailboxes: Iterable[str]) -> None:
        bounces = {f"{MAILBOX}@{mailbox.lower().partition('@')[2]}": "" for mailbox in mailboxes}
        self._mailboxes = bounces | {mailbox.lower(): mailbox for mailbox in mailboxes}

    def find(self, address: str) -> Recipient | None:
        """Return whose the address is, or None if it is not ours."""
        local, _, domain = address.rpartition("@")
        whole = self._mailboxes.get(address.lower())
        if whole:
            return Recipient(whole)
        name, _, tag = local.partition("+")
        mailbox = self._mailboxes.get(f"{name}@{domain}".lower())
        return None if mailbox is None or not tag else Recipient(mailbox, tag)
