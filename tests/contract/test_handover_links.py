"""Links that open a phone's form in a browser, on the SQL that ships: SQLite, PostgreSQL."""

from functools import partial

import pytest

from core.handovers.links import find_link, is_opened_in, open_link
from core.handovers.rules import (
    CODE_SECONDS,
    LINK_PATH,
    LINKS_PER_PHONE_MAX,
)
from core.messages import Address, AddressKind
from tests.fixtures.handovers import ALIASES, BROWSER, FORMS, STRANGER, open_desk
from tests.scripts import (
    CAMPAIGN,
    NAME,
    NIK,
    PHONE,
)


@pytest.fixture
def desk(database):
    return open_desk(database)


async def opened(desk, token, browser=BROWSER):
    seconds = CAMPAIGN.limits.session_ttl_seconds
    return await desk.database.write(
        partial(open_link, token=token, browser=browser, now=desk.now, seconds=seconds),
        alone=True,
    )


async def token_of(desk, address=PHONE):
    assert await desk.take("LANJUT DI WEB", address) == ["web_link"]
    link = desk.arg("link")
    assert link.startswith(f"https://vaksin.example{LINK_PATH}")
    return link.rpartition("/")[2]


async def test_a_link_goes_on_in_one_browser_at_the_question_of_the_chat(desk):
    for word in ("DAFTAR", "1", NIK, NAME):
        await desk.take(word)
    token = await token_of(desk)
    assert len(token) == 22  # 128 bits
    assert token not in str(await desk.rows(FORMS))
    found = partial(find_link, token=token)
    for _ in range(2):  # who only looks spends nothing
        assert await desk.database.read(partial(found, now=desk.now)) == PHONE
    assert await opened(desk, token)
    assert await opened(desk, token)  # the same browser, whose answer was lost
    other = Address(AddressKind.WEB, "b" * 22)
    assert not await opened(desk, token, other)
    assert await desk.database.read(partial(found, now=desk.now)) is None
    assert await desk.database.read(partial(is_opened_in, token=token, browser=BROWSER))
    assert not await desk.database.read(partial(is_opened_in, token=token, browser=other))
    assert await desk.browse("2") == ["confirm"]


async def test_a_link_expires_and_the_next_one_ends_it(desk):
    first, second = await token_of(desk), await token_of(desk)
    assert not await opened(desk, first)
    desk.wait(seconds=CODE_SECONDS)
    assert not await opened(desk, second)
    assert not await opened(desk, "")
    assert await desk.alias() is None


async def test_links_of_a_phone_are_bounded_in_a_day(desk):
    for _ in range(LINKS_PER_PHONE_MAX):
        await token_of(desk)
    assert await desk.take("WEB") == ["handover_too_many"]
    await token_of(desk, STRANGER)


async def test_a_code_is_no_link_and_a_link_no_code(desk):
    code = await desk.code()
    assert not await opened(desk, code)
    await token_of(desk)
    assert await desk.take(f"KODE {code}") == ["confirm_handover_bare"]


@pytest.mark.parametrize("by_browser", [False, True])
async def test_a_word_ends_the_links_of_a_phone(desk, by_browser):
    await desk.take(f"KODE {await desk.code()}")
    await desk.take("1")
    link = await token_of(desk)
    heard = await (desk.browse("PUTUS") if by_browser else desk.take("PUTUS"))
    assert heard == ["handover_ended"]
    assert await desk.rows(ALIASES) == []
    assert not await opened(desk, link)
    assert "status_one" not in await desk.browse("STATUS")


async def test_nobody_but_a_phone_or_its_browser_ends_its_links(desk):
    await desk.take(f"KODE {await desk.code()}")
    await desk.take("1")
    await desk.take("PUTUS", STRANGER)
    await desk.browse("PUTUS", Address(AddressKind.WEB, "b" * 22))
    assert await desk.alias() == PHONE
