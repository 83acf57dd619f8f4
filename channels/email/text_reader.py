"""Read the people of a letter's text, in whichever form it lists them; nothing ever blends.

One person gives `values`, two or more give `rows`. `several` is the honest refusal: the text may
be about several people, and which value is whose is in doubt.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, NamedTuple

from channels.email.blocks import read_blocks
from channels.email.certificate import split_roles, without_signatory
from channels.email.items import Item, itemize
from channels.email.labels import Labels
from channels.email.listed_lines import ListedLines, find_niks
from channels.email.persons import NAME, NIK, LetterValues, comparable, is_landline
from channels.email.tables import read_tables
from core.conversation.keywords import Keywords
from core.messages import MISFIT

ANSWERS_FOREIGN_MIN: Final = 2  # one English word alone does not make an English letter
LINES_MAX: Final = 2_000  # that are read; a letter written by hand has some twenty
ROWS_MIN: Final = 2
ROWS_MAX: Final = 500  # people of one text


class Answers(NamedTuple):
    """The answers of one person by question, or of several in `rows`, and lines without any.

    `language` is the one of all labels, or "" if that is unclear or the campaign's own.
    `cut`: there are more lines, or people, than are read.
    """

    values: dict[str, str]
    language: str
    other_lines: list[str]
    several: bool = False
    rows: tuple[dict[str, str], ...] = ()
    cut: bool = False

    @property
    def names_somebody(self) -> bool:
        """Return True if the text is about people, whether or not they can be told apart."""
        return self.several or bool(self.rows) or bool({NIK, NAME} & self.values.keys())


class TextReader:
    """Reads texts, with the labels and keywords of every offered language."""

    def __init__(self, labels: Labels, keywords: Keywords) -> None:
        self._labels, self._own_language = labels, labels.own_language
        self._listed = ListedLines(labels, keywords)

    def is_command(self, line: str) -> bool:
        """Return True if the line registers a person: `DAFTAR nik#name#profession`."""
        return self._listed.read_command(line) is not None

    def read(self, lines: Iterable[str], *, by_blanks: bool = True) -> Answers:
        """Return the people of a text, and its other lines.

        `by_blanks`: blanks alone may part a person's answers, as where no other form is at hand.
        """
        parted = list(islice(split_roles(lines, self._labels), LINES_MAX + 1))
        tables = read_tables(parted[:LINES_MAX], self._labels)
        elements = list(self._listed.read_all(tables, by_blanks=by_blanks))
        items, more = itemize(elements, self._labels)
        cut = more or len(parted) > LINES_MAX
        language = self._language(
            [item.languages for item in items if item.languages and item.text]
        )
        others = [item.text for item in items if not item.key]
        values = self._one_person(items)
        rows = None if values is not None else self._people(items)
        if rows is not None and len(rows) == 1:
            values, rows = rows[0], None
        if values is not None:
            return Answers(values, language, others, cut=cut)
        if rows is None:
            return Answers(_first_values(items), language, others, several=True)
        cut = cut or len(rows) > ROWS_MAX
        return Answers({}, language, others, rows=tuple(rows[:ROWS_MAX]), cut=cut)

    def _one_person(self, items: Sequence[Item]) -> dict[str, str] | None:
        """Return the answers if they can be those of one person only."""
        if any(item.key == MISFIT for item in items):
            return None
        found = self._collect(items)
        values = found.answers()
        return None if found.several or _names_more(items, [values]) else values

    def _people(self, items: Sequence[Item]) -> list[dict[str, str]] | None:
        """Return the answers of each person, the signatory apart; None where that is in doubt."""
        named = without_signatory(items, self._labels)
        if named is None:
            return None
        if named != list(items) and (one := self._one_person(named)):
            return [one]
        people = read_blocks(named)
        return people if people and not _names_more(named, people) else None

    def _collect(self, items: Sequence[Item]) -> LetterValues:
        values = LetterValues()
        first = next((at for at, item in enumerate(items) if item.key in (NIK, NAME)), 0)
        for at, item in enumerate(items):
            if at < first and is_landline(item.key, item.text):
                continue  # of a letterhead
            if item.key and item.text:
                values.add(item.key, item.text, item.label)
            elif not item.key:
                testifies = self._labels.testimony_cue(item.text) is not None
                of_another = self._labels.signatory_cue(item.text) is not None
                values.note_other_line(item.text, testifies=testifies, of_another=of_another)
        return values

    def _language(self, label_languages: Sequence[frozenset[str]]) -> str:
        """Return the one language that all labels share, if it is not the campaign's own."""
        foreign = [names for names in label_languages if self._own_language not in names]
        shared = frozenset.intersection(*label_languages) if label_languages else frozenset()
        return min(shared) if len(shared) == 1 and len(foreign) >= ANSWERS_FOREIGN_MIN else ""


def join(texts: Sequence[Answers]) -> Answers | None:
    """Return the people of several texts, each read by itself; None if there is no text."""
    if len(texts) < ROWS_MIN:
        return texts[0] if texts else None
    rows = [row for one in texts for row in (one.rows or (one.values,))]
    several, cut = any(one.several for one in texts), any(one.cut for one in texts)
    more = cut or len(rows) > ROWS_MAX
    return Answers({}, texts[0].language, [], several, tuple(rows[:ROWS_MAX]), more)


def _first_values(items: Sequence[Item]) -> dict[str, str]:
    values: dict[str, str] = {}
    for item in items:
        if item.key and item.text:
            values.setdefault(item.key, item.text)
    return values


def _names_more(items: Sequence[Item], people: Sequence[dict[str, str]]) -> bool:
    """Return True if a line that was not understood holds a NIK of nobody among these."""
    niks = {comparable(NIK, values[NIK]) for values in people if NIK in values}
    lines = (item.text for item in items if not item.key and not (niks and ":" in item.text))
    unread = {comparable(NIK, nik) for line in lines for nik in find_niks(line)}
    return len(unread - niks) > (0 if niks else 1)
