"""Who signs in at the console: enrolled once, proven twice, locked, idle, out at once."""

import asyncio
import re
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

import httpx2
import pytest
from pyotp import TOTP

from core.database.statements import Statement
from core.operators.links import VALID_HOURS, Purpose, add_link
from core.operators.operators import add_operator, disable_operator
from core.operators.passwords import (
    PASSWORD_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MIN,
    STEP_SECONDS,
)
from core.operators.roles import Role
from core.operators.sessions import IDLE_MINUTES, SEEN_SECONDS, SESSION_HOURS, forget_sessions
from core.operators.sign_in import LOCK_MINUTES, WRONG_MAX
from gateway.http.problems import ProblemError
from gateway.operators.entrance.cookies import COOKIE, SECURE_COOKIE
from gateway.operators.entrance.proving import WAITING_MAX, Budget
from gateway.operators.entrance.visitors import PROXY_OPERATOR, PROXY_SECRET
from gateway.settings.settings import Settings
from gateway.wiring.console_parts import make_console
from tests.fixtures.desk import make_desk
from tests.scripts import START

URL, LINK, PASSWORD = "http://desk.example", "the-link", "kata sandi yang panjang"
PROXY = "what the proxy sends, long enough!"
_AUDIT = Statement("SELECT operator, action FROM audit ORDER BY id")
_ALL = [
    Statement("SELECT * FROM {table}", table=name)
    for name in ("operators", "operator_links", "operator_sessions")
]


class House:
    """The console before a database with one operator, Sari, who has a link."""

    def __init__(self, database, **settings):
        self.database, self.now = database, START
        given = Settings(_env_file=None, console_port=1, console_proxy_secret=PROXY, **settings)
        self.app = make_console(make_desk(database), given, lambda: self.now)
        self.client = self.browser()
        self.totp = ""

    def browser(self, **headers):
        """Return another browser, with a jar of its own."""
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app), base_url=URL, headers=headers
        )

    async def add(self, name="sari", role=Role.OFFICER, link=LINK, purpose=Purpose.ENROL):
        add = partial(add_operator, name=name, role=role, facility_code="", at=self.now)
        await self.database.write(add)
        linked = partial(add_link, name=name, secret=link, purpose=purpose, at=self.now)
        assert await self.database.write(linked)

    def code(self):
        return TOTP(self.totp).at(self.now)

    def later(self, **lapse):
        self.now += timedelta(**lapse)

    async def enrol(self, password=PASSWORD, link=LINK, code=None):
        page = (await self.client.get(f"/console/enrol/{link}")).text
        found = re.search(r'name="secret" value="([A-Z2-7]+)"', page)
        self.totp = found[1] if found else self.totp
        fields = {"password": password, "secret": self.totp, "code": code or self.code()}
        return await self.client.post(f"/console/enrol/{link}", data=fields)

    async def sign_in(self, name="sari", password=PASSWORD, code=None, client=None):
        fields = {"name": name, "password": password, "code": code or self.code()}
        return await (client or self.client).post("/console/sign-in", data=fields)

    async def is_in(self, client=None):
        home = await (client or self.client).get("/console")
        return home.status_code == 200

    async def audit(self):
        return list(await self.database.read(lambda on: on.all(_AUDIT)))


@pytest.fixture
async def house(database):
    opened = House(database)
    await opened.add()
    yield opened
    await opened.client.aclose()


@pytest.fixture
async def enrolled(house):
    assert (await house.enrol()).status_code == 303
    house.client.cookies.clear()
    house.later(seconds=STEP_SECONDS)
    return house


def wrong_code(house):
    return "000000" if house.code() != "000000" else "000001"


async def test_a_link_enrols_once_and_signs_in(house):
    assert not await house.is_in()
    done = await house.enrol()
    assert (done.status_code, done.headers["location"]) == (303, "/console")
    assert await house.is_in()
    assert (await house.client.get(f"/console/enrol/{LINK}")).status_code == 404
    assert (await house.enrol()).status_code == 404
    assert await house.audit() == [("sari", "enrol")]


async def test_an_app_reads_the_secret_from_the_page(house):
    page = (await house.client.get(f"/console/enrol/{LINK}")).text
    assert 'class="segno"' in page
    assert re.search(r"<code>[A-Z2-7]{32}</code>", page)


@pytest.mark.parametrize(
    ("characters", "status"),
    [
        (PASSWORD_CHARACTERS_MIN - 1, 422),
        (PASSWORD_CHARACTERS_MIN, 303),
        (PASSWORD_CHARACTERS_MAX, 303),
        (PASSWORD_CHARACTERS_MAX + 1, 422),
    ],
)
async def test_a_password_is_long_enough(house, characters, status):
    assert (await house.enrol("x" * characters)).status_code == status


async def test_a_wrong_code_enrols_nobody_and_the_link_stays_good(house):
    assert (await house.enrol(code="12345x")).status_code == 422
    assert (await house.enrol()).status_code == 303


async def test_a_link_expires(house):
    house.later(hours=VALID_HOURS[Purpose.ENROL])
    assert (await house.client.get(f"/console/enrol/{LINK}")).status_code == 404


async def test_a_newer_link_ends_the_older_and_the_sessions_with_it(enrolled):
    await enrolled.sign_in()
    first = enrolled.client
    linked = partial(add_link, name="sari", purpose=Purpose.ENROL, at=enrolled.now)
    for secret in ("second", "third"):
        await enrolled.database.write(partial(linked, secret=secret))
    enrolled.client = enrolled.browser()
    assert (await enrolled.client.get("/console/enrol/second")).status_code == 404
    assert (await enrolled.enrol(link="third")).status_code == 303
    assert (await enrolled.is_in(), await enrolled.is_in(first)) == (True, False)


async def test_password_and_code_sign_in_and_the_cookie_is_closed(enrolled):
    done = await enrolled.sign_in()
    assert (done.status_code, done.headers["location"]) == (303, "/console")
    cookie = done.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for part in (
        "HttpOnly",
        "SameSite=strict",
        "Path=/console",
        f"Max-Age={SESSION_HOURS * 3600}",
    ):
        assert part in cookie
    assert "Secure" not in cookie
    assert await enrolled.is_in()
    assert await enrolled.audit() == [("sari", "enrol"), ("sari", "sign_in")]


async def test_production_gives_its_cookie_to_tls_only(database):
    house = House(database, mode="production")
    await house.add()
    cookie = (await house.enrol()).headers["set-cookie"]
    assert cookie.startswith(f"{SECURE_COOKIE}=")
    assert "; Secure" in cookie


async def test_whatever_is_wrong_is_told_alike(enrolled):
    wrong = (
        {"password": "another password"},
        {"code": wrong_code(enrolled)},
        {"name": "nobody"},
        {"name": "sari\x01"},
    )
    said = [await enrolled.sign_in(**each) for each in wrong]
    assert [each.status_code for each in said] == [401] * 4
    alike = {re.sub(r'name="name" value="[^"]*"', "", each.text) for each in said}
    assert len(alike) == 1


async def test_a_code_is_used_once(enrolled):
    code = enrolled.code()
    assert (await enrolled.sign_in(code=code)).status_code == 303
    assert (await enrolled.sign_in(code=code)).status_code == 401
    enrolled.later(seconds=STEP_SECONDS)
    assert (await enrolled.sign_in()).status_code == 303


@pytest.mark.parametrize(("off", "status"), [(-1, 303), (1, 303), (-2, 401), (2, 401)])
async def test_a_clock_may_be_one_step_off(enrolled, off, status):
    enrolled.later(minutes=5)
    code = TOTP(enrolled.totp).at(enrolled.now + timedelta(seconds=off * STEP_SECONDS))
    assert (await enrolled.sign_in(code=code)).status_code == status


async def test_five_wrong_tries_lock_for_a_quarter_of_an_hour(enrolled):
    for _ in range(WRONG_MAX):
        await enrolled.sign_in(password="another password")
    assert (await enrolled.sign_in()).status_code == 401
    enrolled.later(minutes=LOCK_MINUTES, seconds=-1)
    assert (await enrolled.sign_in()).status_code == 401
    enrolled.later(seconds=1)
    assert (await enrolled.sign_in()).status_code == 303
    refused = [action for _, action in await enrolled.audit() if action == "sign_in_refused"]
    assert len(refused) == WRONG_MAX


async def test_the_fifth_try_may_be_right_and_starts_the_count_again(enrolled):
    for _ in range(2):
        for _ in range(WRONG_MAX - 1):
            await enrolled.sign_in(password="another password")
        assert (await enrolled.sign_in()).status_code == 303
        enrolled.later(seconds=STEP_SECONDS)


async def test_many_tries_at_once_are_counted_all_the_same(enrolled):
    tries = [enrolled.sign_in(password=f"another password {n}") for n in range(WRONG_MAX + 3)]
    await asyncio.gather(*tries)
    refused = [action for _, action in await enrolled.audit() if action == "sign_in_refused"]
    assert len(refused) == WRONG_MAX
    assert (await enrolled.sign_in()).status_code == 401


async def test_a_session_ends_when_it_is_idle(enrolled):
    await enrolled.sign_in()
    enrolled.later(minutes=IDLE_MINUTES, seconds=-1)
    assert await enrolled.is_in()  # which is noted
    enrolled.later(minutes=IDLE_MINUTES, seconds=-1)
    assert await enrolled.is_in()
    enrolled.later(minutes=IDLE_MINUTES)
    assert not await enrolled.is_in()


async def test_a_session_ends_after_a_working_day(enrolled):
    await enrolled.sign_in()
    end = enrolled.now + timedelta(hours=SESSION_HOURS)
    while enrolled.now < end - timedelta(minutes=20):
        enrolled.later(minutes=20)
        assert await enrolled.is_in()
    enrolled.now = end
    assert not await enrolled.is_in()
    forget = partial(forget_sessions, before=end + timedelta(seconds=1), limit=9)
    assert await enrolled.database.write(forget) == 2  # and that of the enrolment


async def test_a_look_is_noted_no_more_often_than_that(enrolled):
    await enrolled.sign_in()
    seen = Statement("SELECT MAX(seen_at) FROM operator_sessions")
    noted = [await enrolled.database.read(lambda on: on.one(seen))]
    for seconds in (SEEN_SECONDS - 1, 1):
        enrolled.later(seconds=seconds)
        await enrolled.is_in()
        noted.append(await enrolled.database.read(lambda on: on.one(seen)))
    assert noted[0] == noted[1] < noted[2]


async def test_sign_out_ends_the_session_also_for_a_copy_of_the_cookie(enrolled):
    await enrolled.sign_in()
    copy = enrolled.browser()
    copy.cookies.update(enrolled.client.cookies)
    assert await enrolled.is_in(copy)
    page = (await enrolled.client.get("/console")).text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    assert (await enrolled.client.post("/console/sign-out", data={"csrf": "x"})).status_code == 403
    done = await enrolled.client.post("/console/sign-out", data={"csrf": csrf})
    assert (done.status_code, urlsplit(done.headers["location"]).path) == (303, "/console/sign-in")
    assert not await enrolled.is_in(copy)


async def test_whoever_is_disabled_is_out_at_once_and_cannot_come_back(enrolled):
    await enrolled.sign_in()
    disable = partial(disable_operator, name="sari", at=enrolled.now)
    assert await enrolled.database.write(disable)
    assert not await enrolled.is_in()
    enrolled.later(seconds=STEP_SECONDS)
    assert (await enrolled.sign_in()).status_code == 401
    linked = partial(add_link, name="sari", secret="x", purpose=Purpose.ENROL, at=enrolled.now)
    assert not await enrolled.database.write(linked)


async def test_another_site_cannot_post_here(enrolled):
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        foreign = enrolled.browser(**headers)
        assert (await enrolled.sign_in(client=foreign)).status_code == 403
    ours = enrolled.browser(origin=URL)
    assert (await enrolled.sign_in(client=ours)).status_code == 303


async def test_no_secret_stands_in_the_database(house):
    await house.enrol()
    cookie = house.client.cookies[COOKIE]
    rows = [str(await house.database.read(lambda on, all_=each: on.all(all_))) for each in _ALL]
    for secret in (LINK, PASSWORD, cookie):
        assert all(secret not in row for row in rows)
    assert "$argon2id$" in rows[0]


async def test_a_dev_link_signs_in_once_and_never_in_production(database):
    house = House(database)
    await house.add("dev", Role.MANAGER, "a", Purpose.SIGN_IN)
    assert (await house.client.get("/console/sign-in/a")).status_code == 303
    assert await house.is_in()
    assert (await house.client.get("/console/sign-in/a")).status_code == 404
    await house.add("dev", Role.MANAGER, "b", Purpose.SIGN_IN)
    strict = House(database, mode="production")
    assert (await strict.client.get("/console/sign-in/b")).status_code == 404
    assert (await house.client.get("/console/enrol/b")).status_code == 404


async def test_a_proxy_that_knows_the_secret_says_who_it_is(house):
    right = {PROXY_SECRET: PROXY, PROXY_OPERATOR: "sari"}
    assert await house.is_in(house.browser(**right))
    for wrong in ({PROXY_SECRET: "x"}, {PROXY_SECRET: ""}, {PROXY_OPERATOR: "nobody"}):
        assert not await house.is_in(house.browser(**right | wrong))
    del right[PROXY_SECRET]
    assert not await house.is_in(house.browser(**right))


async def test_no_proxy_is_believed_where_none_is_set(database):
    house = House(database)
    house.app = make_console(make_desk(database), Settings(_env_file=None), lambda: house.now)
    await house.add()
    for secret in ("", PROXY):
        assert not await house.is_in(
            house.browser(**{PROXY_SECRET: secret, PROXY_OPERATOR: "sari"})
        )


async def test_passwords_take_a_bounded_part_of_the_processor():
    budget, free = Budget(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def work():
        asyncio.run_coroutine_threadsafe(free.wait(), loop).result()

    waiting = [asyncio.ensure_future(budget.spend(work)) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(ProblemError) as told:
        await budget.spend(work)
    assert told.value.status == 429
    free.set()
    await asyncio.gather(*waiting)
    await budget.spend(lambda: None)
