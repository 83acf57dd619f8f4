"""The page with which a person sends a letter: an appeal, with one file.

A channel of its own beside the form, since what it takes is larger. It stands on the same
conversation: what the file comes to is the next page of the form.
"""

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from channels.contract import RejectedError, Request, Response
from channels.shared.file_types import EVIDENCE_BYTES_MAX, evidence_type
from channels.shared.forms import digest, read_query
from channels.shared.multipart import MultipartForm, is_multipart, read_multipart
from channels.web.answers import PROVIDER
from channels.web.browser import Site, check_form
from channels.web.pages import HTML, Letter, Pages, Sheet
from channels.web.tokens import Seals, web_value
from core.campaign import Campaign
from core.events import Event, Look
from core.messages import ATTACHMENT, Address, AddressKind, AttachedFile, Channel, Inbound, Reply
from core.wording.catalog import Wording

PATH: Final = "/daftar/surat"
FORM: Final = "/daftar"
FIELDS_BYTES_MAX: Final = 16_384  # beside the file
NUMBER_CHARACTERS_MAX: Final = 40
# What says that nothing was taken in: the page comes back with it.
_MISTAKES: Final = ("number_mistyped", "file_kind", "file_unkept", "case_too_many")


class WebAppeal:
    """Serves the page, and takes its file."""

    name = "web_appeal"
    provider = PROVIDER
    paths: Mapping[str, tuple[str, ...]] = {PATH: ("GET", "HEAD", "POST")}
    in_band = True
    body_bytes_max = EVIDENCE_BYTES_MAX + FIELDS_BYTES_MAX

    def __init__(
        self,
        wording: Wording,
        campaign: Campaign,
        *,
        seals: Seals,
        url: str,
        tools: Mapping[str, str] | None = None,
    ) -> None:
        """`seals`, `url` and `tools` are as in the form: a page of one is taken by the other."""
        self._site = Site(url, campaign.limits.session_ttl_seconds)
        self._seals = seals
        self._pages = Pages(wording, campaign, tools or {})

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return the message that brings the file, or that somebody looks; or `RejectedError`."""
        token = self._site.token_of(request)
        if request.method != "POST":
            return (Look(address=Address(AddressKind.WEB, web_value(token))),) if token else ()
        form = self._read(request)
        turn = form.fields["turn"]
        token = token or self._seals.token(turn, request.received_at)
        return (_inbound(form, token, request),)

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Return the page, or where the browser goes on once the letter is taken in."""
        if request.method != "POST":
            return self._page(request, _from_reply(reply))
        form = self._read(request)
        said = () if reply is None else reply.prompts[:1]
        if said and said[0].key in _MISTAKES:
            number = form.fields.get("number", "")
            letter = Letter(number, said[0], language=reply.language if reply else "")
            return self._page(request, letter, cookies=self._cookies(request, form))
        there = (("location", FORM), ("cache-control", "no-store"))
        return Response(b"", HTTPStatus.SEE_OTHER, HTML, (*there, *self._cookies(request, form)))

    def failure(self, request: Request | None, status: int) -> Response:
        """Return the page again, which says in words why the file was not taken."""
        if request is None:  # it did not arrive whole: the page is asked for anew
            page = self._pages.appeal(Letter(status=status), Sheet())
            return Response(page.encode(), status, HTML, self._pages.headers)
        return self._page(request, Letter(status=status), status)

    def _read(self, request: Request) -> MultipartForm:
        """Return what was sent with one of our own pages, or raise `RejectedError`."""
        kind = request.headers.get("content-type", "")
        if not is_multipart(kind):
            raise RejectedError("a file should come in a form of parts")
        form = read_multipart(request.body, kind)
        check_form(self._site, self._seals, request, form.fields)
        return form

    def _cookies(self, request: Request, form: MultipartForm) -> tuple[tuple[str, str], ...]:
        if self._site.token_of(request):
            return ()
        token = self._seals.token(form.fields["turn"], request.received_at)
        return (self._site.set_cookie(token),)

    def _page(
        self,
        request: Request,
        letter: Letter,
        status: int = 200,
        cookies: tuple[tuple[str, str], ...] = (),
    ) -> Response:
        token = self._site.token_of(request)
        turn = self._seals.turn()
        language = letter.language or read_query(request).get("bahasa", "")
        sheet = Sheet(turn, self._seals.seal(token, turn), language[:8])
        page = self._pages.appeal(letter, sheet)
        return Response(page.encode(), status, HTML, (*self._pages.headers, *cookies))


def _from_reply(reply: Reply | None) -> Letter:
    """Return the page for the number that was last said, if one was."""
    if reply is None:
        return Letter()
    number = next((one.args["number"] for one in reply.prompts if "number" in one.args), "")
    return Letter(number, language=reply.language)


def _inbound(form: MultipartForm, token: str, request: Request) -> Inbound:
    """Return the message; its id tells page and file, and neither of them."""
    number = form.fields.get("number", "")[:NUMBER_CHARACTERS_MAX]
    kind = evidence_type(form.file) if len(form.file) <= EVIDENCE_BYTES_MAX else ""
    content = hashlib.sha256(form.file).hexdigest()
    return Inbound(
        channel=Channel.WEB,
        provider=PROVIDER,
        address=Address(AddressKind.WEB, web_value(token)),
        message_id=digest("web", token, form.fields["turn"], repr(number), content),
        received_at=request.received_at,
        opens=False,
        language=form.fields.get("language", "")[:8],
        text=number,
        files=(AttachedFile(1, kind, form.file),) if kind else (),
        unread=frozenset() if kind else frozenset({ATTACHMENT}),
    )
