"""Nobody does or sees what their role may not: every route and every role, from the rows."""

import re
from functools import partial
from itertools import product
from types import SimpleNamespace

import httpx2
import pytest

from core.database.in_memory import InMemoryDatabase
from core.operators.operators import add_operator
from core.operators.roles import SCOPES, Role, Scope
from core.operators.sessions import add_session
from core.operators.tokens import NewToken, add_token
from gateway.operators.console.pages import PAGES
from gateway.operators.entrance.cookies import COOKIE, csrf_of
from gateway.operators.runner import Runner
from gateway.runtime.metrics import Metrics
from gateway.settings.settings import Settings
from gateway.wiring.app import _framework_app
from gateway.wiring.console_parts import make_console
from gateway.wiring.operator_parts import desk_acts, operator_api
from tests.contract.channels import WEB
from tests.fixtures.desk import make_client, make_desk, make_routes
from tests.scripts import CAMPAIGN, START, WORDING

INTENT = "/api/public/v1/intents/{token}"
BOOKING = f"{INTENT}/appointment"
# Routes without a row: they show nobody, or need the code or token that they are asked for.
OPEN = {
    "/health/live",
    "/health/ready",
    "/metrics",
    "/openapi.json",
    "/tickets/{number}-{code}.png",
    *("/tiket/{number}-{code}", "/tiket/{number}-{code}.ics"),
    *("/daftar/", "/l/{token}"),
    *("/kolektif", "/kolektif/{list_id}", "/kolektif/{list_id}/hasil.csv"),
    *("/api/public/v1/intents", INTENT, f"{INTENT}/proof", BOOKING, f"{BOOKING}/cancellation"),
    f"{BOOKING}/facilities",
    *(f"{BOOKING}/facilities/{{code}}/{when}" for when in ("dates", "times")),
}
DATABASE = InMemoryDatabase()
ACTS = desk_acts(make_desk(DATABASE), Runner(DATABASE))
HERE, THERE = "SOREANG", "BANDUNG"
PARAMETERS = {"code": HERE, "number": "0000-0000", "id": "1", "date": "2021-01-22"}
URL = "http://desk.example"


def path_of(row, **more):
    """Return the path of a row with something in the place of each parameter."""
    known = PARAMETERS | more
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: known.get(found[1], "x"), row.path)


def named(rows):
    return [pytest.param(row, id=row.name) for row in rows]


@pytest.fixture(scope="module")
def house():
    """A desk with an operator of each role, who has a token and a session."""
    database = InMemoryDatabase()
    for role in Role:
        code = HERE if role is Role.FACILITY else ""
        database.run(partial(add_operator, name=role, role=role, facility_code=code, at=START))
        new = NewToken(role, f"sp_{role}", "test", frozenset(Scope))
        database.run(partial(add_token, new=new, at=START))
        database.run(partial(add_session, name=role, secret=f"secret {role}", at=START))
    settings = Settings(_env_file=None)
    console = make_console(make_desk(database), settings, lambda: START)
    routes, _ = make_routes(database)
    return SimpleNamespace(database=database, routes=routes, console=console, settings=settings)


def caller(house, role):
    return make_client(house.routes, f"sp_{role}" if role else "nobody's")


def browser(house, role):
    transport = httpx2.ASGITransport(house.console)
    cookies = {COOKIE: f"secret {role}"} if role else {}
    return httpx2.AsyncClient(transport=transport, base_url=URL, cookies=cookies)


@pytest.mark.parametrize("act", named(ACTS))
def test_every_act_says_who_may_what_the_audit_notes_and_what_it_is_for(act):
    assert isinstance(act.scope, Scope)
    assert re.fullmatch(r"[a-z_]+", act.audit)
    assert re.fullmatch(r"[A-Z].*\.", act.says, re.DOTALL)
    assert act.method in {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert act.method != "GET" or not act.writes
    assert act.writes or not act.two


def test_no_two_acts_share_a_name_or_a_route():
    assert len({act.name for act in ACTS}) == len(ACTS)
    assert len({(act.method, act.path) for act in ACTS}) == len(ACTS)


def test_there_is_no_route_without_a_row(house):
    intake = SimpleNamespace(database=house.database, metrics=Metrics(), clock=lambda: START)
    desk = make_desk(house.database)
    known = {
        "settings": house.settings,
        "campaign": CAMPAIGN,
        "wording": WORDING,
        "channels": [WEB],
    }
    unused = dict.fromkeys(("counting", "web_lists"))
    gateway = SimpleNamespace(intake=intake, desk=desk, checks={}, **known, **unused)
    served = {
        (route.path, method)
        for app in (_framework_app(gateway, None), operator_api(gateway, None))
        for route in app.routes
        for method in (getattr(route, "methods", None) or {"GET"}) - {"HEAD"}
    }
    rows = {(act.path, act.method) for act in ACTS}
    assert {path for path, _ in served - rows} == OPEN
    assert rows <= served


@pytest.mark.parametrize(("act", "role"), [
    pytest.param(act, role, id=f"{act.name}-{role}") for act, role in product(ACTS, Role)
])  # fmt: skip
async def test_a_role_reaches_exactly_the_routes_of_its_scopes(act, role, house):
    async with caller(house, role) as client:
        answer = await client.request(act.method, path_of(act), json={})
    assert (answer.status_code == 403) is (act.scope not in SCOPES[role]), answer.text
    assert answer.status_code not in {401, 500}


@pytest.mark.parametrize("act", named(ACTS))
async def test_nobody_reaches_a_route_without_a_token(act, house):
    async with caller(house, None) as client:
        assert (await client.request(act.method, path_of(act), json={})).status_code in {401, 429}


@pytest.mark.parametrize("act", named([act for act in ACTS if act.reveals]))
@pytest.mark.parametrize("role", Role)
async def test_a_nik_is_shown_whole_to_those_who_may(act, role, house):
    may = {act.scope, Scope.REVEAL} <= SCOPES[role]
    async with caller(house, role) as client:
        answer = await client.request(act.method, f"{path_of(act)}?reveal=1", json={})
    assert (answer.status_code == 403) is not may


@pytest.mark.parametrize("act", named([act for act in ACTS if "{code}" in act.path]))
async def test_a_facility_reaches_no_other(act, house):
    async with caller(house, Role.FACILITY) as client:
        there = await client.request(act.method, path_of(act, code=THERE), json={})
    assert there.status_code == 403


@pytest.mark.parametrize("act", named([act for act in ACTS if act.writes]))
async def test_nothing_is_changed_without_a_reason(act, house):
    async with caller(house, Role.MANAGER) as client:
        answer = await client.request(act.method, path_of(act), json={})
    assert answer.status_code == 422


@pytest.mark.parametrize(("page", "role"), [
    pytest.param(page, role, id=f"{page.name}-{role}") for page, role in product(PAGES, Role)
])  # fmt: skip
async def test_a_role_sees_exactly_the_pages_of_its_scopes(page, role, house):
    async with browser(house, role) as client:
        answer = await client.get(f"/console{path_of(page)}")
    barred = 403 if page.path else 303  # from the first page, to one that the role may see
    assert (answer.status_code == barred) is (page.scope not in SCOPES[role])
    assert answer.status_code != 500


@pytest.mark.parametrize(("act", "role"), [
    pytest.param(act, role, id=f"{act.name}-{role}")
    for act, role in product([act for act in ACTS if act.writes], Role)
])  # fmt: skip
async def test_a_button_works_for_those_who_may_and_from_our_own_form_only(act, role, house):
    path, form = f"/console/do/{act.name}", {"csrf": csrf_of(f"secret {role}")}
    async with browser(house, role) as client:
        ours = await client.post(path, data=form)
        foreign = [
            await client.post(path, data={"csrf": csrf_of("secret")}),
            await client.post(path, data={"x": "y"}),
            await client.post(path, data=form, headers={"origin": "https://evil.example"}),
            await client.post(path, json=form),
        ]
    assert (ours.status_code == 403) is (act.scope not in SCOPES[role])
    assert [each.status_code for each in foreign] == [403, 403, 403, 422]


@pytest.mark.parametrize("page", named(PAGES))
async def test_nobody_sees_a_page_without_a_session(page, house):
    async with browser(house, None) as client:
        for answer in (
            await client.get(f"/console{path_of(page)}"),
            await client.post("/console/do/confirm_approval", data={"csrf": csrf_of("")}),
            await client.get("/console/live"),
        ):
            assert answer.headers["location"] == "/console/sign-in"
