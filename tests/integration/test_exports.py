"""Exports: every person once, a facility's day in its own time zone, flat memory, valid FHIR."""

import csv
import io
import json
import tracemalloc
from datetime import date

import pytest
from openpyxl import load_workbook

from core.database.statements import Statement
from core.operators.exports import BATCH, Asked, Exported, read_export
from core.registration.requests import Register
from gateway.operators.exports.formats import COLUMNS, FORMATS
from tests.fixtures.clinics import CAMPAIGN as CLINICS
from tests.fixtures.clinics import person_intent
from tests.fixtures.effects import make_effects
from tests.fixtures.node import run_script
from tests.scripts import CAMPAIGN

AT = "2021-01-20T08:00:00.000000+00:00"
RECORD = Statement(
    """
    INSERT INTO records (id, campaign, nik, number, full_name, birth_date, sex, profession, phone,
        language, status, attributes, version, created_at, updated_at, nik_tail, nik_jumble)
    VALUES (:id, :campaign, :nik, :number, :name, '1970-06-17', 'female', 'perawat', :phone, 'id',
        'verified', '{{}}', 1, :at, :at, '', '')
""".replace("{{}}", "{}")
)
FACILITY = Statement("""
    INSERT INTO facilities (code, name, regency_code, address)
    VALUES ('P9471', 'Puskesmas Abepura', '9471', 'Jalan Raya')
""")
SLOT = Statement("""
    INSERT INTO slots (id, campaign, facility_code, start, dose, capacity, booked)
    VALUES (:id, :campaign, 'P9471', :start, 1, 9, 1)
""")
APPOINTMENT = Statement("""
    INSERT INTO appointments (id, record_id, slot_id, dose, status, code, sequence, booked_by,
        created_at, updated_at)
    VALUES (:id, :id, :slot, 1, :status, 'CODE', 0, :key, :at, :at)
""")


def add_people(connection, count):
    for n in range(1, count + 1):
        connection.run(
            RECORD,
            id=n,
            campaign=CAMPAIGN.id,
            nik=f"{3204115706960000 + n}",
            number=f"N{n:06}",
            name="=cmd|SITI" if n == 2 else f"SITI {n}",
            phone=f"+62812{n:07}",
            at=AT,
        )


def book(connection):
    """Let three people come: one at 23:30 UTC, which is the next morning in Papua."""
    connection.run(FACILITY)
    for n, start in enumerate(("2021-01-20T23:30", "2021-01-21T02:00", "2021-01-21T16:00"), 1):
        connection.run(SLOT, id=n, campaign=CAMPAIGN.id, start=f"{start}:00.000000+00:00")
        status = ("booked", "attended", "missed")[n - 1]
        connection.run(APPOINTMENT, id=n, slot=n, status=status, key=f"k{n}", at=AT)


@pytest.fixture
async def crowd(database):
    await database.write(lambda on: (add_people(on, BATCH + 3), book(on)))
    return database


async def written(database, kind, asked):
    chunks = [part async for part in FORMATS[kind].write(read_export(database, asked), database)]
    return b"".join(chunks)


async def test_a_campaign_has_everybody_once(crowd):
    rows = [row async for row in read_export(crowd, Asked(campaign=CAMPAIGN.id))]
    assert [row.record_id for row in rows] == list(range(1, BATCH + 4))
    assert {row.appointment_status for row in rows} == {"booked", "attended", "missed", ""}


async def test_a_day_is_that_of_the_facility(crowd):
    asked = Asked(campaign=CAMPAIGN.id, facility="P9471", regency="9471", day=date(2021, 1, 21))
    rows = [row async for row in read_export(crowd, asked)]
    assert [row.number for row in rows] == ["N000001", "N000002"]  # 08:30 and 11:00 there


async def test_csv_runs_nothing_in_a_spreadsheet(crowd):
    text = (await written(crowd, "csv", Asked(campaign=CAMPAIGN.id))).decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    assert tuple(head) == COLUMNS
    assert len(rows) == BATCH + 3
    assert rows[1][COLUMNS.index("full_name")] == "'=cmd|SITI"


async def test_a_workbook_keeps_a_nik_as_text(crowd):
    body = await written(crowd, "xlsx", Asked(campaign=CAMPAIGN.id))
    sheet = load_workbook(io.BytesIO(body), read_only=True)["export"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == COLUMNS
    assert rows[1][COLUMNS.index("nik")] == "3204115706960001"


async def test_fhir_is_valid(crowd):
    asked = Asked(campaign=CAMPAIGN.id, facility="P9471", regency="9471")
    text = (await written(crowd, "fhir", asked)).decode()
    kinds = [json.loads(line)["resourceType"] for line in text.splitlines()]
    assert kinds == ["Patient", "Appointment"] * 3
    assert faults(text) == []


async def test_a_registered_person_exports_the_consent(database):
    effects = make_effects(database)
    await effects.run(Register(person_intent(1)))
    text = (await written(database, "fhir", Asked(campaign=CLINICS))).decode()
    patient, consent = map(json.loads, text.splitlines())
    assert consent["resourceType"] == "Consent"
    assert consent["patient"] == {"reference": f"Patient/{patient['id']}"}
    assert faults(text) == []


def faults(text):
    """Return what is wrong; Indonesian is not among the languages that FHIR calls common."""
    said = run_script("validate.cjs", text)
    return [one for one in said if 'Code "id" (urn:ietf:bcp:47) not found' not in one]


async def test_many_people_take_no_more_memory_than_few():
    async def people(count):
        for n in range(count):
            yield Exported(n, *map(str, range(len(Exported._fields) - 1)))

    async def peak(count):
        tracemalloc.reset_peak()
        async for _ in FORMATS["csv"].write(people(count), None):
            pass
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        few = await peak(2_000)
        assert await peak(20_000) < 1.5 * few
    finally:
        tracemalloc.stop()
