"""Paths where nothing is: a page for browsers, a problem document for all else."""

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from channels.web.form import WebForm
from channels.web.tokens import Seals
from gateway.http.lost import ACCEPT_CHARACTERS_MAX, lost_handler, slash_route
from tests.fixtures.chance import draw
from tests.scripts import CAMPAIGN, WORDING

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
async def client():
    form = WebForm(WORDING, CAMPAIGN, seals=Seals(b"our key", draw), url="https://vaksin.example")
    routes = [slash_route(), Route("/here", lambda _request: None, methods=["POST"])]
    app = Starlette(routes=routes, exception_handlers={HTTPException: lost_handler(form)})
    app.router.redirect_slashes = False
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://vaksin.example") as one:
        yield one


@pytest.mark.parametrize("path", ["/DAFTAR", "/dafatr", "/daftar/daftar", "/%00", "/l/"])
async def test_a_browser_gets_a_page_that_leads_to_the_start(client, path):
    answer = await client.get(path, headers={"accept": BROWSER})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<h1>Halaman ini tidak ada</h1>" in answer.text
    assert '<a class="button" href="/">' in answer.text
    assert path not in answer.text


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        "image/avif,image/webp",
        "",
        "*" * ACCEPT_CHARACTERS_MAX + BROWSER,
    ],
)
async def test_all_else_gets_a_problem_document(client, accept):
    answer = await client.get("/favicon.ico", headers={"accept": accept})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_is_accepted_is_read_to_its_bound(client):
    accept = "*" * (ACCEPT_CHARACTERS_MAX - len("text/html")) + "TEXT/HTML"
    answer = await client.get("/dafatr", headers={"accept": accept})
    assert answer.headers["content-type"].startswith("text/html")


async def test_another_method_is_no_missing_page(client):
    answer = await client.get("/here", headers={"accept": BROWSER})
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_a_slash_behind_the_form_leads_to_it(client, method):
    answer = await client.request(method, "/daftar/")
    assert (answer.status_code, answer.headers["location"]) == (308, "/daftar")
