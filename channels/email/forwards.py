"""Read the mail that a letter forwards, where the letter itself names nobody.

Staff data reach a clerk by mail, who sends them on. A separator of forwards says so, and so does
any heading if the subject is that of a forward; a block of From, Date and Subject alone may stand
above an answered mail, too, and counts where the letter answers none. A letter of ours is never
read, and nothing that the forwarded mail itself quotes.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from channels.email.body import AttachedMail
from channels.email.headers import read_address
from channels.email.labels import Labels
from channels.email.quote_headings import is_attribution, is_forward_separator
from channels.email.quotes import OwnLines, strip_quotes

FORWARDS_MAX: Final = 8  # one within the other; a separator and the block below it are two


class Way(NamedTuple):
    """What the head of a letter says: it forwards a mail, or answers one; `ours` are our boxes."""

    forwards: bool
    answers: bool
    ours: Collection[str]


def forwarded_texts(own: OwnLines, labels: Labels, way: Way) -> Iterator[list[str]]:
    """Yield the text of the mail that is forwarded below, then of the one that this forwards."""
    for _ in range(FORWARDS_MAX):
        if not _is_forward(own, way) or _is_ours(own.heading, way.ours):
            return
        own, way = strip_quotes(own.below, labels), way._replace(answers=False)
        yield own.lines


def attached_texts(mails: Iterable[AttachedMail], labels: Labels, way: Way) -> Iterator[list[str]]:
    """Yield the text of each attached mail that is not ours."""
    for mail in mails:
        if read_address(mail.sender) not in way.ours:
            yield strip_quotes(mail.lines, labels).lines


def _is_forward(own: OwnLines, way: Way) -> bool:
    if not own.heading or is_forward_separator(own.heading[0]):
        return bool(own.heading)
    return way.forwards or not (way.answers or is_attribution(own.heading))


def _is_ours(heading: Sequence[str], ours: Collection[str]) -> bool:
    """Return True if the first address of the heading, the sender's, is one of ours."""
    senders = (line.lower() for line in heading if "@" in line)
    sender = next(senders, "")
    return any(mailbox in sender for mailbox in ours)
