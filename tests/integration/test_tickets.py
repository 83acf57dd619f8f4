"""Pictures of tickets over HTTP: for who knows number and check code, while it is good."""

import httpx2
import pytest
from icalendar import Calendar
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from channels.shared.ticket_image import draw_qr_code, draw_qr_svg
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


@pytest.mark.parametrize(
    ("query", "language", "title"), [("", "id", "Tiket Anda"), ("?bahasa=en", "en", "Your ticket")]
)
async def test_a_ticket_is_a_page_of_code_place_and_time(client, number, query, language, title):
    shown = await client.get(f"/tiket/{number}-{CODE}{query}")
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    page = shown.text
    assert f'<html lang="{language}">' in page
    assert f"<h1>{title}</h1>" in page
    for part in (number, "Puskesmas", "Jl. Dago 1", f"/tiket/{number}-{CODE}.ics"):
        assert part in page
    assert draw_qr_svg(f"SATUPINTU:{number}:1:{CODE}") in page
    assert NIK not in page
    assert "SITI" not in page.upper()
    assert "openstreetmap" not in page  # its coordinates are unknown


async def test_the_page_of_a_ticket_names_a_map_of_the_place(client, database, number):
    placed = "UPDATE facilities SET latitude = -6.8915, longitude = 107.61069"
    await database.write(lambda connection: connection.run(Statement(placed)))
    page = (await client.get(f"/tiket/{number}-{CODE}")).text
    assert "?mlat=-6.891500&amp;mlon=107.610690#map=17/-6.891500/107.610690" in page


async def test_markup_in_the_name_of_a_place_is_text(client, database, number):
    named = "UPDATE facilities SET name = '<script>alert(1)</script>'"
    await database.write(lambda connection: connection.run(Statement(named)))
    page = (await client.get(f"/tiket/{number}-{CODE}")).text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page


@pytest.mark.parametrize("name", ["7K3M", "x-y", "0000-0000-K7Q2M9", "%3Cb%3E-1"])
async def test_a_page_says_in_words_that_there_is_no_such_ticket(client, name):
    shown = await client.get(f"/tiket/{name}?bahasa=<b>")
    assert shown.status_code == 404
    if shown.headers["content-type"].startswith("text/html"):
        assert "Tiket ini tidak berlaku" in shown.text
        assert "<b>" not in shown.text


@pytest.mark.parametrize("name", ["/tickets/{}.png", "/tiket/{}.ics", "/tiket/{}"])
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
