"""A person's browser: it opens our pages and sends their forms, as bytes; no script runs."""

import re
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

import httpx2
from starlette.applications import Starlette

from channels.contract import Request
from channels.web.appeal import PATH as APPEAL
from channels.web.appeal import WebAppeal
from channels.web.form import START, WebForm
from channels.web.tokens import Seals, web_value
from core.messages import Address, AddressKind
from gateway.http.links import link_routes
from gateway.http.webhook import process_events
from tests.fixtures.chance import draw
from tests.fixtures.visitor import Form, Page, plain
from tests.stories.world import SECRET, URL

LETTER = b"%PDF-1.7\nSurat keterangan: ia perawat di sini.\n%%EOF\n"
ENCODED = "application/x-www-form-urlencoded"
_BOUNDARY = "between-the-parts"
_LINES = frozenset({"p", "h1", "h2", "li", "dt", "div", "legend", "form", "ul", "dl", "fieldset"})
_LEFT_OUT = frozenset({"hidden", "summary", "back", "elsewhere"})


class Site:
    """Our public pages in one world, as a browser reaches them."""

    def __init__(self, world):
        self.world, self.intake = world, world.intake
        given = {"seals": Seals(SECRET, draw), "url": URL}
        self.form = WebForm(world.wording, world.campaign, **given)
        self.appeal = WebAppeal(world.wording, world.campaign, **given)
        seconds = world.campaign.limits.session_ttl_seconds
        self.links = Starlette(routes=link_routes(self.form, world.intake, seconds=seconds))

    async def serve(self, method, path, *, cookie, body=b"", kind=ENCODED):
        """Return our response, which a channel of ours has made of the bytes."""
        headers = {"content-type": kind, "cookie": cookie, "origin": URL}
        if path.startswith("/l/"):
            return await self._serve_link(method, path, headers, body)
        channel = self.appeal if path == APPEAL else self.form
        request = Request(
            method=method, path=path, headers=headers, body=body, received_at=self.world.now
        )
        events = channel.parse(request)
        said = await process_events(channel, self.intake, request, events)
        return said.status, dict(said.headers), said.body.decode()

    async def _serve_link(self, method, path, headers, body):
        transport = httpx2.ASGITransport(self.links)
        async with httpx2.AsyncClient(transport=transport, base_url=URL) as client:
            said = await client.request(method, path, headers=headers, content=body)
        return said.status_code, dict(said.headers), said.text


class Browser:
    """One browser: its cookie, and the page that it shows."""

    def __init__(self, site):
        self.site, self.cookie, self.path = site, "", START
        self.page, self.html = Page(""), ""

    async def open(self, path):
        """Open a page."""
        self.path = path
        await self._show("GET", path)

    async def answer(self, said):
        """Press the button that says this word, choose the option of this number, or write it."""
        form, name, value, _ = self._meant(said)
        await self.send(form, {name: value})

    def words_of(self, said):
        """Return what is pressed or written, as it stands on the page."""
        words = self._meant(said)[3]
        return f"[{plain(words)}]" if words else said

    def _meant(self, said):
        """Return the form, the field and its value, and the words of what is pressed."""
        words = [
            (form, *button)
            for form in self.page.forms
            for button in form.buttons
            if button[0] == "word" and button[1].lower() == said.lower()
        ]
        return words[0] if words else self._answered(said)

    def _answered(self, said):
        asked = [form for form in self.page.forms if form.choices or _taps(form) or form.writable]
        assert asked, f"nothing is asked: {plain(self.page.words)}"
        form = asked[0]
        options = form.choices or _taps(form)
        if said.isdecimal() and 0 < int(said) <= len(options):
            return form, *options[int(said) - 1]
        return form, form.writable[0], said, []

    async def reply(self):
        """Return what the page was made of, None for a page of no conversation."""
        token = self.cookie.partition("=")[2]
        if not token:
            return None
        browser = Address(AddressKind.WEB, web_value(token))
        intake = self.site.intake
        return await intake.look(await intake.resolve(browser))

    async def send(self, form, fields):
        """Send a form of the page with these fields besides its own."""
        body = urlencode({**form.fields, **fields}).encode()
        await self._show("POST", form.action or self.path, body=body)

    @property
    def button(self):
        """Return the words of the only button of the page."""
        [form] = self.page.forms
        [(_, _, words)] = form.buttons
        return f"[{plain(words)}]"

    async def press(self):
        """Press the only button of the page."""
        await self.send(self.page.forms[0], {})

    async def upload(self, file):
        """Send the file with the page's form of parts."""
        form = next(one for one in self.page.forms if one.is_multipart)
        parts = [
            _part(f'name="{name}"', value.encode())
            for name, value in form.fields.items()
            if name != "file"
        ]
        parts.append(_part('name="file"; filename="surat.pdf"', file))
        body = b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        await self._show("POST", form.action or self.path, body=body, kind=kind)

    async def _show(self, method, path, **given):
        status, headers, html = await self.site.serve(method, path, cookie=self.cookie, **given)
        if cookie := headers.get("set-cookie"):
            self.cookie = cookie.partition(";")[0]
        if status == 303:
            await self.open(urlsplit(headers["location"]).path)
            return
        assert status == 200, f"{status} from {path}"
        self.page, self.html = Page(html), html


def _taps(form: Form):
    return [one for one in form.buttons if one[0] == "tap"]


def _part(about, value):
    head = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {about}\r\n\r\n"
    return head.encode() + value + b"\r\n"


class _Shown(HTMLParser):
    """The main part of a page as text: a line a block, `[…]` around what can be pressed.

    The ways back and to a phone, which every question has, are left out.
    """

    def __init__(self, html):
        super().__init__()
        self.text, self.skips = "", 0
        self.feed(html[html.index("<main") : html.index("</main>")])

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if (
            self.skips
            or given.get("class", "").partition(" ")[0] in _LEFT_OUT
            or "hidden" in given
        ):
            self.skips += tag not in ("input", "br")
            return
        if tag in _LINES:
            self.text += "\n"
        if tag == "input":
            self.text += {"radio": "( )", "checkbox": "[ ]", "hidden": ""}.get(
                given.get("type"), "\n[____]"
            )
        self.text += "\n[" if tag == "button" else " [" if tag == "a" else ""

    def handle_endtag(self, tag):
        if self.skips:
            self.skips -= 1
            return
        self.text += "]" if tag in ("button", "a") else ": " if tag == "dt" else ""

    def handle_data(self, data):
        if not self.skips:
            self.text += re.sub(r"\s+", " ", data)


def shown(html):
    """Return what a page says between its head and its foot, line by line."""
    lines = (" ".join(line.split()) for line in _Shown(html).text.split("\n"))
    return "\n".join(line for line in lines if line)
