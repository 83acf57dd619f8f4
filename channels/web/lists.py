"""The pages of a clinic's list: brought, mended row by row, sent, and answered. Pure.

Between two forms its rows stand in the page alone. What a browser may do here is what it may do in
the form: the same cookie, the same seals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from channels.contract import RejectedError, Request, Response
from channels.shared.forms import digest, is_digest, read_pairs, read_query
from channels.shared.list_table import MEDIA_TYPE, Words, list_csv, list_headings, list_rows
from channels.shared.multipart import is_multipart, read_multipart
from channels.web.browser import Site, check_form
from channels.web.listed_rows import FIELDS_MAX, Line
from channels.web.pages import HTML, Pages, Sheet
from channels.web.tokens import Seals, web_value
from core.campaign import Campaign
from core.messages import LIST, Address, AddressKind, Channel, Inbound, Reply
from core.wording.catalog import Wording

LISTS: Final = "/kolektif"
FILE_BYTES_MAX: Final = 1_048_576  # a hundred people take some 20 KB
TEXT_CHARACTERS_MAX: Final = 50_000


@dataclass(frozen=True, slots=True)
class ListForm:
    """A form of ours that came back: its fields, its file, and the browser's token."""

    fields: Mapping[str, str] = field(repr=False)
    file: bytes = field(repr=False)
    token: str = field(repr=False)
    is_new: bool

    @property
    def brought(self) -> bytes:
        """Return the file or the text that a list is to be read from, b"" without any."""
        return self.file or self.fields.get("text", "")[:TEXT_CHARACTERS_MAX].encode()

    @property
    def sends(self) -> bool:
        """Return True if the list is to be sent now."""
        return "send" in self.fields


class Held(NamedTuple):
    """What keeps a list from being sent: the key of it, and for `too_many` how many rows fit.

    `more`: there were rows that were not read; `repeats`: so many were the same as another.
    """

    fault: str = ""
    left: int = 0
    more: bool = False
    repeats: int = 0


UNHELD: Final = Held()


class ListPages:
    """Reads the forms of lists and renders their pages."""

    def __init__(
        self,
        wording: Wording,
        campaign: Campaign,
        *,
        seals: Seals,
        url: str,
    ) -> None:
        """`seals` sign what our pages bear; `url` is our own address."""
        self._site = Site(url, campaign.limits.session_ttl_seconds)
        self._seals = seals
        self._pages, self._wording = Pages(wording, campaign, {}), wording

    def read(self, request: Request) -> ListForm:
        """Return the form, or raise `RejectedError` if it is none of ours."""
        fields, file = _read(request)
        token = check_form(self._site, self._seals, request, fields)
        made = token or self._seals.token(fields["turn"], request.received_at)
        return ListForm(fields, file, made, is_new=not token)

    def message(self, request: Request, form: ListForm) -> Inbound:
        """Return the message that the list is; the same rows of the same page are the same one."""
        said = repr(sorted(form.fields.items()))
        return self._message(request, form.token, digest("list", form.token, said), form.fields)

    def asked_again(self, request: Request, list_id: str) -> Inbound | None:
        """Return the message whose answer a browser wants to see; None if it sent none."""
        token = self._site.token_of(request)
        known = token and is_digest(list_id)
        return self._message(request, token, list_id, {}) if known else None

    def _message(
        self, request: Request, token: str, list_id: str, fields: Mapping[str, str]
    ) -> Inbound:
        return Inbound(
            channel=Channel.WEB,
            provider=LIST,
            address=Address(AddressKind.WEB, web_value(token)),
            message_id=list_id,
            received_at=request.received_at,
            language=fields.get("language", "")[:8],
            confirms=True,
        )

    def bring(self, request: Request, form: ListForm | None = None, fault: str = "") -> Response:
        """Return the page that asks for a list; `fault` is the key of what is wrong with one."""
        return self._page("list", request, form, fault=fault)

    def check(
        self,
        request: Request,
        form: ListForm,
        lines: Sequence[Line],
        held: Held = UNHELD,
    ) -> Response:
        """Return the page with the rows, and what keeps them from being sent."""
        wrong = [line for line in lines if line.faults]
        right = [line for line in lines if not line.faults]
        return self._page("list_check", request, form, wrong=wrong, right=right, held=held)

    def sent(self, request: Request, list_id: str, state: str, answer: Reply | None) -> Response:
        """Return the page that tells what became of a list."""
        rows = list_rows(answer, self._words(answer.language)) if answer else []
        heads = list_headings(self._words(answer.language)) if answer else []
        given = {"state": state, "rows": rows, "heads": heads, "list_id": list_id}
        return self._page("list_sent", request, None, **given)

    def table(self, answer: Reply) -> Response:
        """Return the answer as a file."""
        data = list_csv(answer, self._words(answer.language))
        named = ("content-disposition", 'attachment; filename="hasil.csv"')
        return Response(data, HTTPStatus.OK, MEDIA_TYPE, (*self._pages.headers, named))

    def leave(self, form: ListForm, list_id: str) -> Response:
        """Send the browser to the page of the list that it has sent."""
        language = form.fields.get("language", "")
        spoken = f"?bahasa={language}" if language in self._wording.languages else ""
        there = ("location", f"{LISTS}/{list_id}{spoken}")
        return Response(
            b"", HTTPStatus.SEE_OTHER, HTML, (there, *self._pages.headers, *self._cookie(form))
        )

    def failure(self, request: Request, status: int) -> Response:
        """Return the page that says in words why a request was not served."""
        page = self._pages.problem(Sheet(), status, {})
        return Response(page.encode(), status, HTML, self._pages.headers)

    def _page(
        self, template: str, request: Request, form: ListForm | None, **values: Any
    ) -> Response:
        fields = form.fields if form else read_query(request)
        token = form.token if form else self._site.token_of(request)
        turn = self._seals.turn()
        language = fields.get("bahasa", fields.get("language", ""))[:8]
        sheet = Sheet(turn, self._seals.seal(token, turn), language)
        page = self._pages.of_list(template, sheet, **values, given=fields)
        cookie = self._cookie(form) if form else ()
        return Response(page.encode(), HTTPStatus.OK, HTML, (*self._pages.headers, *cookie))

    def _cookie(self, form: ListForm) -> tuple[tuple[str, str], ...]:
        return (self._site.set_cookie(form.token),) if form.is_new else ()

    def _words(self, language: str) -> Words:
        return partial(_worded, self._wording.phrases(language, "long"))


def _read(request: Request) -> tuple[dict[str, str], bytes]:
    kind = request.headers.get("content-type", "")
    if is_multipart(kind):
        form = read_multipart(request.body, kind)
        return form.fields, form.file
    if kind.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise RejectedError("a form should come as a form", status=400)
    pairs = read_pairs(request.body, fields_max=FIELDS_MAX)
    return {name: value.replace("\0", "\ufffd") for name, value in pairs}, b""


def _worded(phrases: Mapping[str, str], key: str) -> str:
    return phrases.get(key, key)
