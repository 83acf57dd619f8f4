"""Letters in: a list of staff is staged, files of evidence are kept, all else is a conversation.

Everything is durable when `deliver` returns, as the mail server needs it before it says 250.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from msgspec.structs import replace

from channels.email.attachments import TABLES
from core.conversation.keywords import Keywords
from core.conversation.register.letter import as_letter
from core.conversation.register.listed import ListReader
from core.conversation.session import Session
from core.database.statements import Connection
from core.messages import (
    ATTACHMENT,
    BESIDE,
    EVIDENCE,
    LETTER,
    PERSONS,
    Inbound,
    ListedPerson,
    Prompt,
    Reply,
)
from core.outbox.answers import answer_to, enqueue_answer
from core.registration.evidence import keep
from core.registration.lists import is_over, stage
from gateway.imports.attached import AttachedLists, FoundFiles
from gateway.intake.intake import Intake

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterIntake:
    """Takes letters in; `on_list` is called when a list is staged."""

    intake: Intake
    reader: ListReader
    keywords: Keywords
    lists: AttachedLists
    on_list: Callable[[], None]

    async def deliver(self, letter: Inbound) -> None:
        """Take the letter in; raise `UnavailableError` if that is not certain."""
        letter = self._without_lists(letter) if self.keywords.stops(letter.text) else letter
        if not (letter.rows or letter.files):
            await self.intake.deliver(letter)
            return
        found = await self._read(letter)
        if letter.rows or found.tables:
            await self._stage(letter, found)
        elif self._speaks(letter):
            keeping = partial(_keep, letter=letter, found=found)
            told = await self._write(keeping)
            await self.intake.deliver(told)
        else:
            withheld = await self._write(partial(self._acknowledge, letter=letter, found=found))
            self.intake.note_answer(withheld)

    async def _read(self, letter: Inbound) -> FoundFiles:
        """Read the files; tables only where their rows may still be kept today."""
        tables = {one for one in letter.files if one.media_type in TABLES}
        if tables:
            with self.intake.deadline:
                over = await self.intake.database.read(partial(is_over, letter=letter))
            if over:
                files = tuple(one for one in letter.files if one not in tables)
                found = await self.lists.read(replace(letter, files=files))
                found.tables = True
                return found
        return await self.lists.read(letter)

    async def _stage(self, letter: Inbound, found: FoundFiles) -> None:
        persons = (*_written(letter), *found.persons)
        if self.keywords.asks_status(letter.text):
            found.notes.append(Prompt("letter_status"))

        def write(connection: Connection) -> None:
            stage(connection, _keep(connection, letter, found), persons, found.notes)

        await self._write(write)
        self.on_list()

    async def _write(self, operation: Callable[[Connection], T]) -> T:
        """Write within the time of a turn; alone, since many share the counts of files."""
        with self.intake.deadline:
            return await self.intake.database.write(operation, alone=True)

    def _without_lists(self, letter: Inbound) -> Inbound:
        """Return the letter without its tables: `STOP` wins over them, and that is said."""
        files = tuple(one for one in letter.files if one.media_type not in TABLES)
        beside = {BESIDE} if len(files) < len(letter.files) else set[str]()
        return replace(letter, files=files, unread=letter.unread | beside)

    def _speaks(self, letter: Inbound) -> bool:
        """Return True if the letter says something beside its files."""
        if letter.answers or letter.unread & {PERSONS, LETTER}:
            return True
        text, keywords = letter.text, self.keywords
        if keywords.command(text) or keywords.inquiry(text) or keywords.find_number(text):
            return True
        return bool(letter.proof) and not keywords.is_thanks(text)

    def _acknowledge(self, connection: Connection, letter: Inbound, found: FoundFiles) -> str:
        """Answer a letter of files alone; return why the answer is withheld, or ""."""
        told = _keep(connection, letter, found)
        said = Prompt("letter_evidence") if EVIDENCE in told.unread else Prompt("list_nobody")
        session = Session(channel=letter.channel.value, unread=told.unread - {EVIDENCE})
        reply = Reply(as_letter((said,), session), self.reader.language(letter), ends=True)
        answer = answer_to(letter, reply, at=letter.received_at, thread=letter.thread)
        budget = self.intake.budget
        return enqueue_answer(connection, answer, budget=budget, aligned=letter.aligned)


def _keep(connection: Connection, letter: Inbound, found: FoundFiles) -> Inbound:
    """Keep the evidence; return the letter without files, `unread` says what was kept."""
    kept = keep(connection, letter, found.evidence)
    unread = letter.unread | ({EVIDENCE} if kept else set())
    if found.too_large or kept < len(found.evidence):
        unread |= {ATTACHMENT}
    return replace(letter, files=(), unread=unread)


def _written(letter: Inbound) -> tuple[ListedPerson, ...]:
    """Return the persons in the text of the letter."""
    if letter.rows or not letter.answers:
        return letter.rows
    return (ListedPerson(1, letter.answers),)
