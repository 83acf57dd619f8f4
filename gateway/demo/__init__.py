"""Made-up roster, facilities and slots, to try everything at once; never in production.

All rows are marked: codes begin with `DEMO-`, names say `(contoh)`, the column `demo` is 1. Demo
rows of the roster can verify a person, but never make one "not listed".
"""

import csv
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files

from core.appointments.facility import Facility
from core.database.drivers import driver_for
from core.database.statements import Connection, Statement, iso_utc
from core.fields.timezones import local

DAYS_AHEAD = 42  # time for a second dose, too
TIMES = (time(8), time(10), time(13))
SEATS = 20
DOSES = (1, 2)


_ADD_MEMBER = Statement("""
    INSERT INTO roster (campaign, nik, full_name, profession, facility_code, demo)
    VALUES (:campaign, :nik, :full_name, :profession, :facility_code, 1)
    ON CONFLICT DO NOTHING
""")
_ADD_FACILITY = Statement("""
    INSERT INTO facilities (code, name, regency_code, address, latitude, longitude, demo)
    VALUES (:code, :name, :regency_code, :address, :latitude, :longitude, 1)
    ON CONFLICT DO NOTHING
""")
_ADD_SLOT = Statement("""
    INSERT INTO slots (campaign, facility_code, start, dose, capacity)
    VALUES (:campaign, :facility_code, :start, :dose, :capacity)
    ON CONFLICT DO NOTHING
""")


def members() -> Iterator[dict[str, str]]:
    """Yield the rows of the roster, by column."""
    yield from _rows("roster.csv")


def places() -> Iterator[Facility]:
    """Yield the facilities."""
    for row in _rows("facilities.csv"):
        where = {name: float(row.pop(name)) for name in ("latitude", "longitude")}
        yield Facility(**row, **where)  # type: ignore[arg-type]  # the file's columns are its fields


def starts(zone: str, now: datetime) -> Iterator[datetime]:
    """Yield the UTC starts of slots from tomorrow on, but for Sundays, at `TIMES` of the zone."""
    here = local(now, zone)
    for ahead in range(1, DAYS_AHEAD + 1):
        day: date = here.date() + timedelta(days=ahead)
        if day.isoweekday() <= 6:  # noqa: PLR2004 Saturday
            yield from (datetime.combine(day, at, here.tzinfo).astimezone(UTC) for at in TIMES)


def seed_demo(url: str, *, campaign: str, now: datetime) -> None:
    """Insert the demo rows in a transaction of its own; later starts add the days since."""
    driver = driver_for(url)
    with closing(driver.connect()) as raw:
        cursor = raw.cursor()
        cursor.execute(driver.writing.begin)
        add_all(driver.connection(cursor, driver.dialect), campaign=campaign, now=now)
        cursor.execute("COMMIT")


def add_all(connection: Connection, *, campaign: str, now: datetime) -> None:
    """Insert the demo rows in the current transaction."""
    facilities = list(places())
    connection.run_many(_ADD_MEMBER, [{**member, "campaign": campaign} for member in members()])
    connection.run_many(_ADD_FACILITY, [asdict(facility) for facility in facilities])
    slots = [
        {"campaign": campaign, "facility_code": facility.code, "start": iso_utc(start)}
        for facility in facilities
        for start in starts(facility.zone, now)
    ]
    for dose in DOSES:
        connection.run_many(
            _ADD_SLOT, [{**slot, "dose": dose, "capacity": SEATS} for slot in slots]
        )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with files(__name__).joinpath(name).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)
