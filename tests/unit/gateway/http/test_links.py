"""The route of a link: a look spends nothing, its button opens it in one browser."""

import re
from datetime import timedelta
from functools import partial

import httpx2
import pytest
from starlette.applications import Starlette

from channels.web.form import FORM, WebForm
from channels.web.tokens import Seals
from core.handovers.aliases import end_links, find_alias
from core.handovers.links import give_link
from core.handovers.requests import EndLinks, GiveLink
from core.handovers.rules import CODE_SECONDS, LINK_PATH
from core.messages import Address, AddressKind
from gateway.http.links import link_routes
from tests.fixtures.chance import draw
from tests.scripts import PHONE
from tests.stories.world import URL, World

TOKEN = "L" * 22
_HIDDEN = re.compile(r'name="(turn|csrf)" value="([^"]*)"')


@pytest.fixture
def world():
    world = World("id")
    request = GiveLink(PHONE, "key", int(world.now.timestamp()))
    given = {"request": request, "terms": world.effects.terms, "token": TOKEN}
    world.database.run(partial(give_link, **given))
    return world


def browse(world):
    """Return a browser at the gateway; it follows no redirect by itself."""
    form = WebForm(world.wording, world.campaign, seals=Seals(b"our key", draw), url=URL)
    routes = link_routes(form, world.intake, seconds=CODE_SECONDS)
    transport = httpx2.ASGITransport(Starlette(routes=routes))
    return httpx2.AsyncClient(transport=transport, base_url=URL, headers={"origin": URL})


def sealed(page):
    return dict(_HIDDEN.findall(page.text))


async def press(client, page):
    return await client.post(page.url.path, data=sealed(page))


async def test_a_look_spends_nothing_and_the_button_opens_it_in_one_browser(world):
    async with browse(world) as mine, browse(world) as other:
        for _ in range(2):
            page = await mine.get(LINK_PATH + TOKEN)
            assert (page.status_code, page.headers.get("set-cookie")) == (200, None)
        world.now += timedelta(seconds=1)
        late = await other.get(LINK_PATH + TOKEN)
        opened = await press(mine, page)
        assert (opened.status_code, opened.headers["location"]) == (303, FORM)
        assert (await press(other, late)).status_code == 404
        for again in (await mine.get(LINK_PATH + TOKEN), await press(mine, page)):
            assert (again.status_code, again.headers["location"]) == (303, FORM)
            assert "set-cookie" not in again.headers
        assert (await other.get(LINK_PATH + TOKEN)).status_code == 404
        forged = {**sealed(page), "csrf": "A" * 22}
        assert (await mine.post(LINK_PATH + TOKEN, data=forged)).status_code == 403
        assert (await mine.post(LINK_PATH + "M" * 22, data=sealed(page))).status_code == 403
    [(browser,)] = world.rows("SELECT browser FROM aliases")
    alias = partial(find_alias, browser=Address(AddressKind.WEB, browser), now=world.now)
    assert await world.database.read(alias) == PHONE


async def test_a_link_that_was_ended_leads_its_browser_nowhere(world):
    async with browse(world) as mine:
        await press(mine, await mine.get(LINK_PATH + TOKEN))
        world.database.run(partial(end_links, request=EndLinks(PHONE)))
        assert (await mine.get(LINK_PATH + TOKEN)).status_code == 404


@pytest.mark.parametrize("token", ["A" * 22, "short", "L" * 23, "%00"])
async def test_what_is_no_link_of_ours_opens_nothing(world, token):
    async with browse(world) as client:
        assert (await client.get(LINK_PATH + token)).status_code == 404


async def test_a_form_of_another_site_is_refused_in_words(world):
    async with browse(world) as client:
        page = await client.get(LINK_PATH + TOKEN)
        client.headers["origin"] = "https://evil.example"
        refused = await press(client, page)
    assert refused.status_code == 403
    assert "<h1>" in refused.text
    assert world.rows("SELECT browser FROM aliases") == []


async def test_a_form_that_is_too_large_is_turned_away(world):
    async with browse(world) as client:
        answer = await client.post(LINK_PATH + TOKEN, content=b"x" * 32_769)
    assert answer.status_code == 413
