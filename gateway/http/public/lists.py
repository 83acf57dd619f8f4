"""The pages of a clinic's list over HTTP: who may bring how much, and what becomes of it."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Final

from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.routing import Route

from channels.contract import RejectedError, Request, Response
from channels.web.listed_rows import lines_of, once, read_rows
from channels.web.lists import FILE_BYTES_MAX, LISTS, Held, ListPages
from channels.web.packing import HEADER, pack
from core.registration.web_lists import ROWS_OF_NETWORK_MAX, TooManyRowsError, WebList
from gateway.http.asgi import receive_body
from gateway.http.client_address import FORWARDED, client_address
from gateway.http.limits import ADDRESS, Limits
from gateway.http.webhook import DisconnectedError, error_response
from gateway.intake.web_lists import WebLists
from gateway.runtime.clock import Clock
from gateway.runtime.metrics import Metrics
from gateway.settings.lists import Network

WIRE: Final = "web/list"
BODY_BYTES_MAX: Final = FILE_BYTES_MAX + 65_536  # a file, and the form around it
BODY_SECONDS_MAX: Final = 60.0  # a megabyte over 2G takes longer: paste the table there
READS_A_MINUTE: Final = 20.0  # files and forms of one network
ANSWER_SECONDS: Final = 3.0  # a list is recorded in about one
POLL_SECONDS: Final = 0.25
NETWORK_BYTES: Final = 12

Serve = Callable[[HttpRequest], Awaitable[HttpResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOffice:
    """What the pages of lists need. `trusted` are the networks of our proxies.

    `key` makes of an address what is stored of it.
    """

    pages: ListPages
    lists: WebLists
    metrics: Metrics
    clock: Clock
    key: bytes = field(repr=False)
    trusted: Sequence[Network] = ()
    limits: Limits = field(default_factory=lambda: Limits({ADDRESS: READS_A_MINUTE}))

    async def bring(self, request: Request, _http: HttpRequest) -> Response:
        """Return the page that asks for a list."""
        return self.pages.bring(request)

    async def take(self, request: Request, http: HttpRequest) -> Response:
        """Take a list, or the rows that were mended; send it where nothing is wrong."""
        form = self.pages.read(request)
        more = False
        if brought := form.brought:
            found = await self.lists.read(brought)
            if found.fault:
                return self.pages.bring(request, form, found.fault)
            persons, more = found.persons, found.more
        else:
            persons = read_rows(form.fields, ROWS_OF_NETWORK_MAX)
        if not persons:
            return self.pages.bring(request, form, "list_nobody_found")
        given = self.pages.message(request, form)
        persons, read, repeats = once(persons, await self.lists.check(given, persons))
        lines = lines_of(persons, read)
        if not form.sends or any(line.faults for line in lines):
            return self.pages.check(request, form, lines, Held(more=more, repeats=repeats))
        if not form.fields.get("agree"):
            return self.pages.check(request, form, lines, Held("unagreed"))
        try:
            await self.lists.stage(given, persons, self._network(http))
        except TooManyRowsError as error:
            return self.pages.check(request, form, lines, Held("too_many", error.left))
        return self.pages.leave(form, given.message_id)

    async def tell(self, request: Request, http: HttpRequest) -> Response:
        """Return the page of a list that this browser has sent, answered if that is soon."""
        list_id = http.path_params["list_id"]
        found = await self._find(request, list_id, wait=True)
        return self.pages.sent(request, list_id, found.state, found.answer)

    async def table(self, request: Request, http: HttpRequest) -> Response:
        """Return the answer to a list as a file."""
        found = await self._find(request, http.path_params["list_id"], wait=False)
        if found.answer is None:
            raise RejectedError("the list is not answered", status=404)
        return self.pages.table(found.answer)

    async def _find(self, request: Request, list_id: str, *, wait: bool) -> WebList:
        given = self.pages.asked_again(request, list_id)
        until = monotonic() + (ANSWER_SECONDS if wait else 0)
        found = await self.lists.find(given) if given else None
        while given and found and found.state == "staged" and monotonic() < until:
            await asyncio.sleep(POLL_SECONDS)
            found = await self.lists.find(given)
        if found is None:
            raise RejectedError("this browser has sent no such list", status=404)
        return found

    def admit(self, http: HttpRequest) -> None:
        """Count a form; raise `RejectedError` (429) if its network sends too many."""
        if wait := self.limits.wait_seconds(ADDRESS, self.address(http)):
            raise RejectedError("too many lists from there", status=429, retry_seconds=wait)

    def _network(self, http: HttpRequest) -> str:
        """Return a digest of the network address that the request comes from."""
        return hmac.digest(self.key, self.address(http).encode(), "sha256")[:NETWORK_BYTES].hex()

    def address(self, http: HttpRequest) -> str:
        """Return the network address that the request comes from."""
        peer = http.client.host if http.client else ""
        return client_address(peer, ",".join(http.headers.getlist(FORWARDED)), self.trusted)


def list_routes(office: ListOffice) -> list[Route]:
    """Return the routes of the pages."""
    there = f"{LISTS}/{{list_id}}"
    return [
        Route(LISTS, _serving(office, office.bring), methods=["GET"]),
        Route(LISTS, _serving(office, office.take, reads=True), methods=["POST"]),
        Route(there, _serving(office, office.tell), methods=["GET"]),
        Route(f"{there}/hasil.csv", _serving(office, office.table), methods=["GET"]),
    ]


def _serving(
    office: ListOffice,
    page: Callable[[Request, HttpRequest], Awaitable[Response]],
    *,
    reads: bool = False,
) -> Serve:
    """Return the endpoint of a page: whatever goes wrong becomes a page in words."""

    async def serve(http: HttpRequest) -> HttpResponse:
        request = _request(http, office, b"")
        try:
            if reads:
                office.admit(http)
                request = _request(http, office, await _body(http))
            response = await page(request, http)
        except DisconnectedError:
            response = _failed(office, request, RejectedError("the form did not arrive whole"))
        except Exception as error:  # noqa: BLE001 a stranger's request must never show our insides
            response = _failed(office, request, error)
        return _packed(response, http.headers.get(HEADER, ""))

    return serve


async def _body(http: HttpRequest) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            return await receive_body(http.receive, bytes_max=BODY_BYTES_MAX)
    except TimeoutError:
        raise RejectedError("the form came too slowly", status=408) from None


def _request(http: HttpRequest, office: ListOffice, body: bytes) -> Request:
    return Request(
        method=http.method,
        path=http.url.path,
        query=http.url.query,
        headers=dict(http.headers),
        body=body,
        received_at=office.clock(),
    )


def _failed(office: ListOffice, request: Request, error: Exception) -> Response:
    failed = error_response(error, read=True)
    office.metrics.rejected(WIRE, failed.status)
    page = office.pages.failure(request, failed.status)
    return replace(page, headers=(*failed.headers, *page.headers))


def _packed(response: Response, accepted: str) -> HttpResponse:
    """Return the response, packed where the browser takes that."""
    packed = pack(response, accepted)
    headers = dict(packed.headers)
    if response.status in (408, 413):
        headers["connection"] = "close"
    return HttpResponse(packed.body, packed.status, headers, packed.content_type)
