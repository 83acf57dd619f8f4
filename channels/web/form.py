"""The public form, as a channel: its pages are asked for and answered by any browser.

A page is the newest reply of the browser's conversation, and a form that is sent is one message.
Nothing is redelivered by a network, but people tap twice, reload and go back: each page bears a
turn of its own, and the same answer to the same page is the same message. Only the cookie says
which conversation is meant; `SameSite`, the browser's word on where a form comes from, and a seal
that needs our key keep other sites from using it.

An answer that could not be used comes back as a page; after any other the browser is sent to the
page that is asked next (POST, redirect, GET).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from msgspec.json import encode

from channels.contract import RejectedError, Request, Response
from channels.shared.forms import read_query
from channels.web.answers import PROVIDER, read_fields, to_inbound
from channels.web.browser import EarlierPageError, Site, check_form
from channels.web.links import LinkPages
from channels.web.packing import HEADER, pack
from channels.web.pages import HTML, TYPES, Pages, Sheet
from channels.web.tokens import Seals, web_value
from core.campaign import Campaign
from core.events import Event, Look
from core.messages import Address, AddressKind, Reply
from core.wording.catalog import Wording

START, FORM = "/", "/daftar"
BODY_BYTES_MAX: Final = 32_768
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
WAITING_SECONDS: Final = 3  # until a page that says so is opened again
_UNKEPT: Final = ("cache-control", "no-store")
REFUSED: Final = "too_many_turns"  # is said, and not remembered
_AGAIN: Final = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})
_YEAR_SECONDS: Final = 365 * 86_400
_HOUR_SECONDS: Final = 3_600  # by which turns are counted


@dataclass(frozen=True, slots=True)
class _Said:
    """What came with a form: its fields, and the token of the browser, which may be new."""

    fields: Mapping[str, str]
    token: str
    is_new: bool


class WebForm:
    """Serves the start page, the form's pages, and their style sheet."""

    name = "web"
    provider = PROVIDER
    paths: Mapping[str, tuple[str, ...]] = {
        START: ("GET", "HEAD"),
        FORM: ("GET", "HEAD", "POST"),
        **dict.fromkeys(TYPES, ("GET", "HEAD")),
    }
    in_band = True
    body_bytes_max = BODY_BYTES_MAX

    def __init__(
        self,
        wording: Wording,
        campaign: Campaign,
        *,
        seals: Seals,
        url: str,
        tools: Mapping[str, str] | None = None,
    ) -> None:
        """`seals` sign what our pages bear; `url` is our own address.

        `tools` are further links of the start page, by the key of their words: in dev only.
        """
        self._site = Site(url, campaign.limits.session_ttl_seconds)
        self._seals = seals
        self._pages = Pages(wording, campaign, tools or {})
        self.links = LinkPages(self._pages, self._seals, self._site)

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return the message of a form, or that somebody looks; or raise `RejectedError`."""
        if request.method == "POST":
            return self._parse_form(request)
        if request.path != FORM:
            return ()
        token = self._site.token_of(request)
        return (Look(address=Address(AddressKind.WEB, web_value(token))),) if token else ()

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Return the page that is asked for, or where the browser goes on."""
        return pack(self._answer(request, reply), request.headers.get(HEADER, ""))

    def _answer(self, request: Request, reply: Reply | None) -> Response:
        if request.method == "POST":
            return self._answer_form(request, reply)
        if request.path in TYPES:
            return _asset(self._pages.assets[request.path], TYPES[request.path])
        query = read_query(request)
        if request.path == START:
            return self._page(self._pages.start(self._sheet(request, query), query))
        return self._answer_look(request, reply, query)

    def failure(self, request: Request | None, status: int) -> Response:
        """Return the page that says in words why a request was not served.

        It keeps what was typed, to be sent once more, where that may help.
        """
        sheet = self._sheet(request, {})
        fields: Mapping[str, str] = {}
        if request is not None and status in _AGAIN:
            fields = self._typed(request)
        return self._page(self._pages.problem(sheet, status, fields), status)

    def _parse_form(self, request: Request) -> tuple[Event, ...]:
        """Return the message of a form; none where its browser has begun since, by another."""
        try:
            said = self._read(request)
        except EarlierPageError:
            return ()
        return (to_inbound(said.fields, said.token, request.received_at),)

    def _read(self, request: Request) -> _Said:
        """Return what was sent with one of our own forms, or raise `RejectedError`."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _FORM_TYPE:
            raise RejectedError("a form should come url-encoded", status=400)
        fields = read_fields(request.body)
        token = check_form(self._site, self._seals, request, fields)
        made = token or self._seals.token(fields["turn"], request.received_at)
        return _Said(fields, made, is_new=not token)

    def _answer_form(self, request: Request, reply: Reply | None) -> Response:
        try:
            said = self._read(request)
        except EarlierPageError:
            return _to_form()
        except RejectedError as error:
            return self.failure(request, error.status)
        cookie = (self._site.set_cookie(said.token),) if said.is_new else ()
        sheet = self._sheet(request, said.fields, said.token)
        if reply is not None and any(one.key == REFUSED for one in reply.prompts):
            return _until_next_hour(self.failure(request, HTTPStatus.TOO_MANY_REQUESTS), request)
        page = self._pages.unsaved(reply, sheet, said.fields) if reply is not None else None
        if page is None:
            return _to_form(*cookie)
        return self._page(page, more=cookie)

    def _answer_look(
        self, request: Request, reply: Reply | None, query: Mapping[str, str]
    ) -> Response:
        sheet = self._sheet(request, query)
        if reply is None:
            return self._page(self._pages.nothing(sheet))
        sheet = replace(sheet, said=self._seals.said(self._site.token_of(request), encode(reply)))
        if request.headers.get("if-none-match", "") == sheet.said:
            return Response(b"", HTTPStatus.NOT_MODIFIED, HTML, (("etag", sheet.said), _UNKEPT))
        waits = any(one.key == "under_way" for one in reply.prompts)
        more = (("refresh", str(WAITING_SECONDS)),) if waits else ()
        page = self._pages.of(reply, sheet, change=query.get("ubah", ""))
        return self._page(page, more=(("etag", sheet.said), *more))

    def _typed(self, request: Request) -> Mapping[str, str]:
        try:
            return self._read(request).fields if request.method == "POST" else {}
        except RejectedError:
            return {}

    def _sheet(
        self, request: Request | None, given: Mapping[str, str], token: str | None = None
    ) -> Sheet:
        """Return what every page bears: its turn and seal, and the language it is asked for in."""
        if request is None:
            return Sheet()
        token = self._site.token_of(request) if token is None else token
        turn = self._seals.turn()
        return Sheet(turn, self._seals.seal(token, turn), given.get("language", "")[:8])

    def _page(
        self, page: str, status: int = 200, *, more: tuple[tuple[str, str], ...] = ()
    ) -> Response:
        return Response(page.encode(), status, HTML, (*self._pages.headers, *more))


def _to_form(*cookie: tuple[str, str]) -> Response:
    return Response(b"", HTTPStatus.SEE_OTHER, HTML, (("location", FORM), _UNKEPT, *cookie))


def _until_next_hour(response: Response, request: Request) -> Response:
    wait = _HOUR_SECONDS - int(request.received_at.timestamp()) % _HOUR_SECONDS
    return replace(response, headers=(*response.headers, ("retry-after", str(wait))))


def _asset(content: bytes, kind: str) -> Response:
    kept = ("cache-control", f"public, max-age={_YEAR_SECONDS}, immutable")
    return Response(content, 200, kind, (kept, ("x-content-type-options", "nosniff")))
