"""Read what a letter says: the people that it names, or what it asks, and what was not read.

The writer's own lines come first. Where they name nobody and ask nothing, the mail that the letter
forwards is read instead, never beside them.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import dropwhile, pairwise, takewhile
from typing import Final, NamedTuple

from channels.email.body import LINES_MAX, MailText, read_text
from channels.email.forwards import Way, attached_texts, forwarded_texts
from channels.email.headers import Part
from channels.email.labels import VALUE_CHARACTERS_MAX, Labels
from channels.email.persons import NAME, NIK
from channels.email.quotes import strip_quotes
from channels.email.text_reader import Answers, TextReader, join
from core.conversation.keywords import Keywords
from core.messages import BESIDE, FORWARDED, PERSONS, REST

LINES_OF_BOTH_MAX: Final = 2_500  # of a text in both forms; each line costs twice, then
HTML_LINES_MIN: Final = 500  # that are read of it at least: each may be the row of a table
INQUIRY_LINES_MAX: Final = 10  # searched for a question about a registration
# Commands that a subject may give by itself, as `List-Unsubscribe` does (RFC 2369, 3.2).
_SUBJECTS: Final = frozenset({"stop", "start", "correct", "leave"})
_SUBJECTS_ALONE: Final = _SUBJECTS | {"status", "appointment", "help"}  # where nothing is written
STOP_WORDS_MAX: Final = 3  # of a line that stops letters


_MARKS: Final = " \t.!*_-"


class Reading(NamedTuple):
    """What a letter says: `text` is a question or a bare answer; the rest as in `Inbound`.

    Beside `rows` stands a question that is answered along with them.

    `files` are the parts of the mail that are files.
    """

    text: str
    values: dict[str, str]
    rows: tuple[dict[str, str], ...]
    language: str
    unread: frozenset[str]
    files: tuple[Part, ...] = ()

    @property
    def names_somebody(self) -> bool:
        """Return True if it is certain whom the letter is about."""
        return bool(self.rows) or bool({NIK, NAME} & self.values.keys())

    @property
    def has_nik(self) -> bool:
        """Return True if it holds what a letter is written for."""
        return any(NIK in values for values in (self.values, *self.rows))


class LetterReader:
    """Reads letters, with the labels and keywords of every offered language."""

    def __init__(self, labels: Labels, keywords: Keywords) -> None:
        self._labels, self._keywords = labels, keywords
        self._texts = TextReader(labels, keywords)

    def read(self, mail: Part, *, subject: str, way: Way) -> Reading:
        """Return what the letter says; `subject` is "" where it is another letter's."""
        text = read_text(mail)
        reading = self._read_text(text, subject, way)._replace(files=text.files)
        if not text.has_html or reading.has_nik or self._is_known(reading.text):
            return reading
        left = max(HTML_LINES_MIN, LINES_OF_BOTH_MAX - len(text.lines))
        again = read_text(mail, html_first=True, lines_max=min(left, LINES_MAX))
        html = self._read_text(again, subject, way)
        return (
            html._replace(files=text.files) if html.names_somebody else reading
        )  # plain text may have lost a table

    def _is_known(self, text: str) -> bool:
        words = self._keywords
        return bool(words.command(text) or words.inquiry(text) or words.is_code(text))

    def _read_text(self, text: MailText, subject: str, way: Way) -> Reading:
        own = strip_quotes(text.lines, self._labels)
        stop = self._stop(own.lines)
        registering = [subject] if self._texts.is_command(subject) else []
        read = partial(self._texts.read, by_blanks=not text.has_html)  # which keeps cells apart
        above = read([*registering, *own.lines])
        unread = text.unread - {REST} if own.cut_off else text.unread
        if stop:
            beside = {BESIDE} if above.names_somebody else set[str]()
            return Reading(stop, {}, (), above.language, unread | beside)
        asked = self._asked(above, subject)
        if above.names_somebody or asked:
            return _reading(above, asked, unread)
        inline = _naming(map(read, forwarded_texts(own, self._labels, way)))
        attached = _naming(map(read, attached_texts(text.attached, self._labels, way)))
        if found := join(inline[:1] or attached):
            return _reading(found, "", text.unread - {FORWARDED})
        lines = [] if above.values else above.other_lines
        bare = self._thanks(lines) or self._only_line(lines)
        passed_over = own.forwarded or (own.cut_off and way.forwards)
        return _reading(above, bare, unread | ({FORWARDED} if passed_over else set()))

    def _stop(self, lines: Iterable[str]) -> str:
        """Return the line that stops our letters, whatever else the letter says, or ""."""
        words = self._keywords
        stripped = (line.strip(_MARKS) for line in lines)
        short = (one for one in stripped if one and one.count(" ") < STOP_WORDS_MAX)
        return next(filter(words.stops, short), "")

    def _asked(self, answers: Answers, subject: str) -> str:
        """Return the question or command that the letter's own lines hold, or ""."""
        if NIK in answers.values:
            return ""
        if answers.rows:  # the list is read all the same
            return self._status(answers.other_lines)
        coded = any(self._keywords.is_code(line.strip()) for line in answers.other_lines)
        if not coded and (inquiry := self._inquiry(answers.other_lines, subject)):
            return inquiry
        bare = "" if answers.values or answers.several else self._only_line(answers.other_lines)
        if coded or self._keywords.command(bare):
            return bare
        if answers.values or answers.several:
            return ""
        written = any(map(str.strip, answers.other_lines))
        heard = _SUBJECTS if written else _SUBJECTS_ALONE
        if self._keywords.command(subject) in heard:
            return subject
        lines = (line.strip() for line in answers.other_lines[:INQUIRY_LINES_MAX])
        return next(filter(self._keywords.asks_status, lines), "")

    def _status(self, lines: Iterable[str]) -> str:
        """Return the line that asks for a status and nothing else, or ""."""
        stripped = (line.strip(_MARKS) for line in lines)
        return next((one for one in stripped if self._keywords.command(one) == "status"), "")

    def _inquiry(self, lines: Sequence[str], subject: str) -> str:
        """Return the line, two lines, or subject with a line that asks or appeals, or ""."""
        written = [line.strip() for line in lines if line.strip()][:INQUIRY_LINES_MAX]
        pairs = [f"{line} {other}" for line, other in pairwise(written)]
        headed = [f"{subject} {line}" for line in ("", *written)] if subject else []
        texts = (*written, *pairs, *headed)
        return next((text for text in texts if self._asks(text)), "")

    def _asks(self, text: str) -> bool:
        """Return True for a question or an appeal about one registration."""
        keywords = self._keywords
        appeals = keywords.is_appeal(text) and keywords.find_number(text)
        return bool(appeals or keywords.inquiry(text))

    def _thanks(self, lines: Sequence[str]) -> str:
        """Return what stands above the closing if it is thanks and nothing else, or ""."""
        written = (line.strip() for line in lines if line.strip())
        body = " ".join(takewhile(lambda line: not self._labels.is_closing(line), written))
        return body if self._keywords.is_thanks(body) else ""

    def _only_line(self, lines: Sequence[str]) -> str:
        """Return the only line between greeting and closing, or "" if there are several.

        Other lines may stand around a code, such as a signature without a delimiter.
        """
        is_courtesy = self._labels.is_courtesy
        written = [line.strip() for line in lines if line.strip()]
        after_greeting = dropwhile(is_courtesy, written)
        body = list(takewhile(lambda line: not is_courtesy(line), after_greeting))
        codes = [line for line in body if self._keywords.is_code(line)]
        only = body if len(body) == 1 else codes
        return only[0] if len(only) == 1 and len(only[0]) <= VALUE_CHARACTERS_MAX else ""


def _naming(texts: Iterable[Answers]) -> list[Answers]:
    return [one for one in texts if one.names_somebody]


def _reading(answers: Answers, asked: str, unread: frozenset[str]) -> Reading:
    if asked and not answers.rows:
        return Reading(asked, {}, (), answers.language, unread)
    if answers.several:
        return Reading("", {}, (), answers.language, unread | {PERSONS})
    more = {REST} if answers.cut else set[str]()
    return Reading(asked, answers.values, answers.rows, answers.language, unread | more)
