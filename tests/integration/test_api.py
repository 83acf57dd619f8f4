"""The operator API on a real database: who may ask, what is shown, what is not."""

import json
from datetime import date

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from core.database.database import open_database
from core.database.migrations import migrate
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.operators.queries import Queries
from core.outbox.message import Outgoing
from core.outbox.store import SqlOutbox
from core.registration.intent import RegistrationIntent
from core.wording.catalog import load_wording
from gateway.http.health import health_routes
from gateway.http.problems import guarded
from gateway.operators.record_acts import ITEMS_MAX, mask
from gateway.operators.requests import BODY_BYTES_MAX, VALUE_CHARACTERS_MAX
from gateway.runtime.metrics import Metrics
from tests.fixtures.desk import TOKEN, make_client, make_routes
from tests.fixtures.effects import recorder
from tests.scripts import CAMPAIGN, MAILBOX, NAME, NIK, PHONE, START

SEARCH = "/api/v1/registrations/search"


def make_intent(**more):
    given = {
        "intent_id": "first",
        "campaign": CAMPAIGN.id,
        "channel": Channel.USSD,
        "provider": "test",
        "address": PHONE,
        "message_id": "m1",
        "received_at": START,
        "nik": NIK,
        "full_name": NAME,
        "birth_date": date(1996, 6, 17),
        "sex": "female",
        "profession": "perawat",
        "phone": PHONE.value,
        "language": "id",
        "consent_at": START,
    }
    return RegistrationIntent(**given | more)


class House:
    """A database with one registration in it, and an operator before it."""

    def __init__(self, database):
        self.database, self.queries = database, Queries(database)
        self.record = recorder(database, limits=CAMPAIGN.limits)
        self.outbox, self.wording = SqlOutbox(database), load_wording(None, CAMPAIGN)
        self.metrics, self.checks = Metrics(), {}
        routes, _runner = make_routes(database, steps=self.steps)
        self.client = make_client([*routes, *health_routes(self.checks, self.metrics)])

    async def steps(self):
        return {"ask_nik": 1}

    async def ask(self, path, body, **more):
        return await self.client.post(path, json=body, **more)


@pytest.fixture
async def house(tmp_path):
    url = f"sqlite:///{tmp_path / 'test.db'}"
    migrate(url)
    database = open_database(url)
    house = House(database)
    house.number = (await house.record(make_intent())).number
    yield house
    await house.client.aclose()
    await database.close()


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", f"Basic {TOKEN}", "Bearer é"])
@pytest.mark.parametrize("path", [SEARCH, "/api/v1/outbox/search"])
async def test_nobody_asks_without_the_token(header, path, house):
    headers = {} if header is None else {"Authorization": header.encode()}
    house.client.headers.pop("Authorization")
    answer = await house.ask(path, {"nik": NIK}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/api/v1/stats", "/api/v1/reviews", "/api/v1/registrations/X"])
async def test_nobody_reads_without_the_token(path, house):
    house.client.headers.pop("Authorization")
    assert (await house.client.get(path)).status_code == 401


@pytest.mark.parametrize(
    "asked",
    [
        {"nik": NIK},
        {"nik": "3204 1157.0696-0001"},
        {"address": "+6281211110001"},
        {"address": "0812-1111-0001"},
        {"address": " 62 812 1111 0001 "},
    ],
)
async def test_a_record_is_found_by_any_usual_notation(asked, house):
    answer = await house.ask(SEARCH, asked)
    (record,) = answer.json()["items"]
    assert record["number"] == house.number
    assert record["full_name"] == NAME
    assert record["channels"] == ["ussd"]
    assert record["intents"][0]["outcome"] == "registered"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_record_is_found_by_its_number_however_it_is_read_out(house):
    spoken = house.number.lower().replace("-", " ")
    assert len((await house.ask(SEARCH, {"number": spoken})).json()["items"]) == 1
    assert (await house.client.get(f"/api/v1/registrations/{house.number}")).status_code == 200


async def test_a_mistyped_number_is_noticed_and_an_unknown_one_is_404(house):
    wrong = house.number[:-1] + ("0" if house.number[-1] != "0" else "1")
    assert (await house.client.get(f"/api/v1/registrations/{wrong}")).status_code == 400
    assert (await house.ask(SEARCH, {"number": wrong})).status_code == 400
    assert (await house.client.get("/api/v1/registrations/0000-0000")).status_code == 404


async def test_the_nik_is_masked_unless_asked_for_and_that_is_audited(house, logged):
    (record,) = (await house.ask(SEARCH, {"nik": NIK})).json()["items"]
    assert record["nik"] == "3204********0001" == mask(NIK)
    assert (record["birth_date"], record["sex"]) == (None, None)  # a NIK tells both
    (record,) = (await house.ask(f"{SEARCH}?reveal=1", {"nik": NIK})).json()["items"]
    assert record["nik"] == NIK
    assert (record["birth_date"], record["sex"]) == ("1996-06-17", "female")
    one = (await house.client.get(f"/api/v1/registrations/{house.number}?reveal=1")).json()
    assert one["nik"] == NIK
    told = logged()
    assert [line["event"] for line in told] == ["NIKs were revealed"] * 2
    assert NIK not in json.dumps(told)
    rows = await house.database.read(
        lambda connection: connection._cursor.execute(
            "SELECT action, number FROM audit"
        ).fetchall()
    )
    assert rows == [("search", house.number), *[("reveal_nik", house.number)] * 2]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b"[" * 10_000, 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'"nik"', 422),
        (b'{"name": "x"}', 422),
        (b'{"nik": 3204115706960001}', 422),
        (b'{"nik": "\\ud800"}', 422),
        (b'{"address": "\\u0000@x.example"}', 422),
        (b'{"nik": ""}', 422),
        (b'{"nik": "x", "number": "y"}', 422),
        (json.dumps({"address": "x" * (VALUE_CHARACTERS_MAX + 1)}).encode(), 422),
        (b'{"address": "021"}', 422),
        (b" " * (BODY_BYTES_MAX + 1), 413),
    ],
)
async def test_what_cannot_be_asked_is_a_problem_in_plain_words(body, status, house):
    answer = await house.client.post(SEARCH, content=body)
    assert answer.status_code == status
    told = answer.json()
    assert told["status"] == status
    assert told["detail"]
    assert "Error" not in answer.text


async def test_values_at_their_bounds_are_taken(house):
    value = "a" * (VALUE_CHARACTERS_MAX - 4) + "@b.c"
    assert (await house.ask(SEARCH, {"address": value})).json() == {"items": []}
    padded = b'{"nik": "1"}'.ljust(BODY_BYTES_MAX)
    assert (await house.client.post(SEARCH, content=padded)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("GET", SEARCH, 405), ("DELETE", "/health/live", 405)],
)
async def test_the_router_speaks_in_problems_too(method, path, status, house):
    answer = await house.client.request(method, path)
    assert answer.status_code == status or path == SEARCH
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_the_outbox_is_shown_in_words_newest_first(house):
    for number, (channel, address) in enumerate(
        [(Channel.EMAIL, MAILBOX), (Channel.SMS, PHONE), (Channel.EMAIL, MAILBOX)]
    ):
        reply = Reply((Prompt("unavailable"),), "id")
        message = Outgoing(
            key=f"k{number}", channel=channel, address=address, reply=reply, created_at=START
        )
        await house.outbox.put(message)
    shown = (await house.ask("/api/v1/outbox/search", {"address": "Siti@Klinik.example"})).json()
    assert len(shown["items"]) == 2
    long = house.wording.text(Reply((Prompt("unavailable"),), "id"), "long")
    assert shown["items"][0]["text"] == long
    wanted = "id channel provider address text status attempts why provider_id created_at sent_at"
    assert set(shown["items"][0]) == set(wanted.split())


async def test_stats_count(house):
    counts = (await house.client.get("/api/v1/stats")).json()
    assert counts["status"] == {"received": 1}
    assert counts["channel"] == {"ussd": 1}
    assert counts["outcome"] == {"registered": 1}
    assert counts["step"] == {"ask_nik": 1}


async def test_what_waits_for_a_decision_is_shown_masked(house):
    await house.record(make_intent(intent_id="other", full_name="BUDI SANTOSO"))
    (waiting,) = (await house.client.get("/api/v1/reviews")).json()["items"]
    assert waiting["intent"]["nik"] == mask(NIK)
    assert waiting["intent"]["birth_date"] is None
    assert waiting["intent"]["full_name"] == "BUDI SANTOSO"
    assert waiting["reason"] == "name_differs_from_record"
    assert waiting["record_number"] == waiting["number"] == house.number


async def test_a_list_of_reviews_that_is_cut_off_says_so(house):
    sent = []

    async def come(n):
        sent.append(n)
        address = Address(AddressKind.PHONE, f"+62812{n:08d}")
        other = {"full_name": "BUDI SANTOSO", "address": address}
        await house.record(make_intent(intent_id=f"i{n} {len(sent)}", message_id=f"n{n}", **other))

    for n in range(ITEMS_MAX):
        await come(n)
        await come(n)  # again: one case
    found = (await house.client.get("/api/v1/reviews")).json()
    assert (len(found["items"]), found["more"]) == (ITEMS_MAX, False)
    await come(ITEMS_MAX)
    found = (await house.client.get("/api/v1/reviews")).json()
    assert (len(found["items"]), found["more"]) == (ITEMS_MAX, True)


async def test_a_store_that_is_down_is_503_and_told_by_name(house, logged):
    await house.database.close()

    async def look():
        await house.queries.stats()

    house.checks["database"] = look
    ready = await house.client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json() == {"status": "unavailable", "down": ["database"]}
    answer = await house.client.get("/api/v1/stats")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


async def test_a_fault_of_ours_is_500_with_an_id_and_nothing_else(logged):
    async def fault(_request):
        raise ZeroDivisionError(NIK)

    app = Starlette(routes=[Route("/", guarded(fault))])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
        answer = await client.get("http://gateway/")
    assert answer.status_code == 500
    (line,) = logged()
    assert line["error_id"] == answer.json()["error_id"]
    assert set(answer.json()) == {"type", "title", "status", "detail", "error_id"}
    assert "ZeroDivision" not in answer.text
    assert NIK not in json.dumps(line)
