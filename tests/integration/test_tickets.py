"""Pictures of tickets over HTTP: for who knows number and check code, while it is good."""

import httpx2
import pytest
from icalendar import Calendar
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from channels.shared.ticket_image import draw_qr_code
from core.database.statements import Statement, column_list, iso_utc, parameter_list
from gateway.http.problems import on_http_exception
from gateway.http.tickets import CACHE_SECONDS, NAME_CHARACTERS_MAX, ticket_routes
from gateway.wiring.app import ticket_office
from tests.contract.test_record_stores import NIK, NOW, intent
from tests.fixtures.desk import make_desk
from tests.fixtures.effects import recorder

CODE = "K7Q2M9"
FACILITY = {"code": "P1", "name": "Puskesmas", "regency_code": "3273", "address": "Jl. Dago 1"}
SLOT = {"campaign": "c", "facility_code": "P1", "start": iso_utc(NOW), "dose": 1, "capacity": 3}
BOOKED = {"slot_id": 1, "dose": 1, "status": "booked", "code": CODE, "sequence": 0}
SEEN = {"created_at": iso_utc(NOW), "updated_at": iso_utc(NOW)}
STATUS = Statement("UPDATE appointments SET status = :status")


def add(connection, table, **row):
    insert = "INSERT INTO {table} ({columns}) VALUES ({values})"
    connection.run(
        Statement(insert, table=table, columns=column_list(row), values=parameter_list(row)), **row
    )


def book(connection):
    add(connection, "facilities", **FACILITY)
    add(connection, "slots", id=1, **SLOT)
    add(connection, "appointments", record_id=1, booked_by="b1", **BOOKED, **SEEN)


@pytest.fixture
async def number(database):
    record = recorder(database)
    number = (await record(intent())).number
    await database.write(book)
    return number


@pytest.fixture
async def client(database):
    app = Starlette(
        routes=ticket_routes(ticket_office(make_desk(database), lambda: NOW)),
        exception_handlers={HTTPException: on_http_exception},
    )
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


async def test_a_ticket_is_shown_to_who_knows_its_code(client, number):
    shown = await client.get(f"/tickets/{number}-{CODE}.png")
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["cache-control"] == f"private, max-age={CACHE_SECONDS}"
    assert shown.content == draw_qr_code(f"SATUPINTU:{number}:1:{CODE}")


async def test_a_ticket_is_an_entry_of_a_calendar(client, number):
    shown = await client.get(f"/tiket/{number}-{CODE}.ics")
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "text/calendar; method=PUBLISH; charset=utf-8"
    assert shown.headers["cache-control"] == "no-store"
    [event] = Calendar.from_ical(shown.content).walk("VEVENT")
    assert event["uid"] == f"{number}-1@pedulilindungi.id"  # as a letter has it
    assert event["dtstart"].dt == NOW
    assert event["location"] == "Puskesmas, Jl. Dago 1"
    assert NIK not in shown.text
    assert "SITI" not in shown.text.upper()


@pytest.mark.parametrize("name", ["/tickets/{}.png", "/tiket/{}.ics"])
@pytest.mark.parametrize("status", ["changed", "cancelled", "attended", "missed"])
async def test_a_ticket_that_is_no_longer_good_is_not_shown(
    status, name, client, database, number
):
    await database.write(lambda connection: connection.run(STATUS, status=status))
    assert (await client.get(name.format(f"{number}-{CODE}"))).status_code == 404


LONG = "K" * NAME_CHARACTERS_MAX


@pytest.mark.parametrize(
    "code", ["", "K7Q2M8", "k7q2m9", f"{CODE}%20", "%C3%A9", "%FF", "%00", f"{CODE}-", LONG]
)
async def test_nobody_else_sees_it(code, client, number):
    answer = await client.get(f"/tickets/{number}-{code}.png")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("other", ["0000-0000", "7K3M-9QXD", "7K3M", "", "%27%3B--"])
async def test_another_number_has_no_such_ticket(other, client, number):
    assert other != number
    assert (await client.get(f"/tickets/{other}-{CODE}.png")).status_code == 404


async def test_a_name_of_the_longest_length_is_looked_up(client, number):
    padded = number.replace("-", "-" * (NAME_CHARACTERS_MAX - len(number) - len(CODE) + 1))
    assert (await client.get(f"/tickets/{padded}-{CODE}.png")).status_code == 200
    longer = padded.replace("-", "--", 1)
    assert (await client.get(f"/tickets/{longer}-{CODE}.png")).status_code == 404
