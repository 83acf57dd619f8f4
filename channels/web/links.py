"""The page of a link from a chat: it says whose form it opens, and opens it by a button.

A mail scanner or a preview that fetches the link spends nothing: only the button's form does.
"""

from dataclasses import dataclass
from http import HTTPStatus

from channels.contract import Request, Response
from channels.web.answers import read_fields
from channels.web.browser import Site, check_form
from channels.web.pages import HTML, Pages, Sheet
from channels.web.tokens import Seals, web_value
from core.handovers.rules import LINK_PATH
from core.messages import Address, AddressKind

PHONE_DIGITS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Opening:
    """The browser that a link is to be opened in, under a token of its own."""

    browser: Address
    cookie: tuple[str, str]


@dataclass(frozen=True, slots=True)
class LinkPages:
    """Renders the page of a link, and reads its form."""

    pages: Pages
    seals: Seals
    site: Site

    def show(self, request: Request, phone: Address | None) -> Response:
        """Return the page of a link to this phone's form; None where it opens none any more."""
        token = self.site.token_of(request)
        turn = self.seals.turn()
        sheet = Sheet(turn, self.seals.seal(token, turn))
        if phone is None:
            return Response(self.pages.spent(sheet).encode(), 404, HTML, self.pages.headers)
        page = self.pages.link(sheet, request.path, phone.value[-PHONE_DIGITS_SHOWN:])
        return Response(page.encode(), 200, HTML, self.pages.headers)

    def read(self, request: Request) -> Opening:
        """Return where to open the link; a double tap means the same browser.

        Raises `RejectedError` if the form is none of ours.
        """
        fields = read_fields(request.body)
        check_form(self.site, self.seals, request, fields)
        fresh = self.seals.opened(fields["turn"], request.path.removeprefix(LINK_PATH))
        return Opening(Address(AddressKind.WEB, web_value(fresh)), self.site.set_cookie(fresh))

    def browser_of(self, request: Request) -> Address | None:
        """Return the browser that its cookie names; None if it has no cookie yet."""
        token = self.site.token_of(request)
        return Address(AddressKind.WEB, web_value(token)) if token else None

    def go_on(self, there: str, *cookie: tuple[str, str]) -> Response:
        """Send the browser to the form, with a new cookie if it gets one."""
        headers = (("location", there), ("cache-control", "no-store"), *cookie)
        return Response(b"", HTTPStatus.SEE_OTHER, HTML, headers)
