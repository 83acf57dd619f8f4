"""The frame of the console: who is let in, which forms are believed, what every answer bears."""

import re
from datetime import UTC, datetime

import httpx2
import pytest

from core.operators.roles import SCOPES, Role, Scope
from core.wording.catalog import load_wording
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Operator
from gateway.operators.console.app import SIGN_IN, console_app
from gateway.operators.console.forms import FORM_BYTES_MAX
from gateway.operators.console.rendering import asset
from gateway.operators.console.visit import Console, Visitor
from tests.scripts import CAMPAIGN

NOW = datetime(2026, 11, 30, 7, tzinfo=UTC)
CSRF = "of this session"
WORDING = load_wording(None, CAMPAIGN)
NOTE = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


class House:
    """A console with two acts: one writes, one reads."""

    def __init__(self):
        self.calls, self.visitor, self.fails = [], None, None
        given = {"path": "/api/v1/notes/{number}", "audit": "note", "says": "Note.", "run": None}
        acts = (
            Act(name="note", method="POST", scope=Scope.DECIDE, body=NOTE, writes=True, **given),
            Act(name="notes", method="GET", scope=Scope.SEARCH, **given),
        )
        console = Console(
            acts={act.name: act for act in acts},
            run=self.run,
            door=self.door,
            wording=WORDING,
            campaign=CAMPAIGN,
            clock=lambda: NOW,
        )
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(console_app(console)), base_url="http://desk.example"
        )

    def sign_in(self, role):
        operator = Operator(name="Ayu", role=role, scopes=SCOPES[role])
        self.visitor = Visitor(operator=operator, csrf=CSRF)
        return self

    async def door(self, _request):
        return self.visitor

    async def run(self, act, call):
        self.calls.append((act.name, call))
        if self.fails:
            raise self.fails
        return Answer(value={}, status=202 if call.body["text"] == "ask" else 200)

    async def post(self, path="/console/do/note", headers=(), **fields):
        given = {"csrf": CSRF, "number": "7K3M-9QXC", "text": "x", "reason": "because"} | fields
        return await self.client.post(path, data=given, headers=dict(headers))


@pytest.fixture
def house():
    return House().sign_in(Role.OFFICER)


async def test_who_is_not_signed_in_is_led_to_the_sign_in(house):
    house.visitor = None
    for reply in (await house.client.get("/console/do/note"), await house.post()):
        assert (reply.status_code, reply.headers["location"]) == (303, SIGN_IN)
    assert house.calls == []


async def test_a_role_may_only_what_its_scopes_say(house):
    house.sign_in(Role.HELPDESK)
    assert (await house.client.get("/console/do/note")).status_code == 403
    assert (await house.post()).status_code == 403
    assert house.calls == []


async def test_an_act_that_reads_has_no_button(house):
    assert (await house.client.get("/console/do/notes")).status_code == 404
    assert (await house.client.get("/console/do/other")).status_code == 404


async def test_a_form_comes_from_the_row_of_its_act(house):
    page = (await house.client.get("/console/do/note", params={"number": "7K3M-9QXC"})).text
    assert re.search(r'name="csrf" value="of this session"', page)
    assert re.search(r'name="key" value="[\w-]{22}"', page)
    assert '<input type="hidden" name="number" value="7K3M-9QXC">' in page
    assert re.search(r'<input name="text"[^>]* required', page)
    assert '<textarea name="reason"' in page


async def test_a_button_runs_the_act_and_goes_on(house):
    reply = await house.post(next="/console/people/7K3M-9QXC", key="k", version="3")
    assert reply.headers["location"] == "/console/people/7K3M-9QXC?done=note"
    ((name, call),) = house.calls
    assert (name, call.operator.name, call.reason) == ("note", "Ayu", "because")
    assert (call.key, call.version, call.at) == ("k", 3, NOW)
    assert (dict(call.path), dict(call.body)) == ({"number": "7K3M-9QXC"}, {"text": "x"})


async def test_what_a_second_person_must_confirm_is_asked_for(house):
    assert (await house.post(text="ask")).headers["location"] == "/console?asked=note"


@pytest.mark.parametrize(
    "there", ["https://evil.example/console", "//evil.example", "/api", "/console/../x"]
)
async def test_no_form_leads_away_from_the_console(house, there):
    assert (await house.post(next=there)).headers["location"] == "/console?done=note"


async def test_a_refusal_shows_the_form_again_with_what_was_typed(house):
    house.fails = ProblemError(409, "somebody has changed this meanwhile")
    reply = await house.post(text="<b>mine</b>", key="k")
    assert reply.status_code == 409
    assert "Orang lain sudah mengubahnya" in reply.text
    assert 'value="&lt;b&gt;mine&lt;/b&gt;"' in reply.text
    assert 'name="key" value="k"' in reply.text


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({"csrf": ""}, {}),
        ({"csrf": "another's"}, {}),
        ({}, {"origin": "https://evil.example"}),
        ({}, {"origin": "null"}),
        ({}, {"sec-fetch-site": "cross-site"}),
        ({}, {"sec-fetch-site": "same-site"}),
    ],
)
async def test_a_form_of_another_site_is_refused(house, fields, headers):
    assert (await house.post(headers=headers, **fields)).status_code == 403
    assert house.calls == []


async def test_our_own_form_is_believed(house):
    reply = await house.post(headers={"origin": "http://desk.example", "host": "desk.example"})
    assert reply.status_code == 303


async def test_a_form_has_a_bound(house):
    bare = len("csrf=of+this+session&number=7K3M-9QXC&text=&reason=because")
    assert (await house.post(text="x" * (FORM_BYTES_MAX - bare))).status_code == 303
    assert (await house.post(text="x" * (FORM_BYTES_MAX - bare + 1))).status_code == 413


async def test_a_form_of_another_type_is_refused(house):
    assert (await house.client.post("/console/do/note", json={})).status_code == 422


@pytest.mark.parametrize("path", ["/console/do/note", "/console/nothing", "/console/do/note/x"])
async def test_every_page_is_kept_by_nobody_and_runs_nothing_foreign(house, path):
    headers = (await house.client.get(path)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "camera=(self)" in headers["permissions-policy"]


@pytest.mark.parametrize("name", ["console.css", "console.js", "mark.svg", "tokens.css"])
async def test_static_files_are_served_to_anybody_and_may_be_kept(house, name):
    house.visitor = None
    reply = await house.client.get(asset(name))
    assert reply.status_code == 200
    assert reply.headers.get("cache-control") != "no-store"
    assert (await house.client.get("/console/static/../app.py")).status_code == 404


async def test_a_fault_of_ours_says_nothing_of_its_cause(house):
    house.fails = RuntimeError("secret")
    reply = await house.post()
    assert reply.status_code == 500
    assert "secret" not in reply.text


async def test_the_language_is_the_visitors_choice(house):
    first = await house.client.get("/console/do/note")
    assert '<html lang="id">' in first.text
    chosen = await house.client.get("/console/language/en", params={"next": "/console/x"})
    assert chosen.headers["location"] == "/console/x"
    assert '<html lang="en">' in (await house.client.get("/console/do/note")).text
    await house.client.get("/console/language/xx")
    assert '<html lang="id">' in (await house.client.get("/console/do/note")).text
