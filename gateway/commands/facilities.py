"""`satupintu facilities import` and `satupintu slots open`."""

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import typer

from core.appointments.facility import Facility
from core.appointments.facility_row import COLUMNS, NEEDED, read_facility
from core.appointments.schedule import Offer, Opened, count_facilities, open_slots, put_facilities
from core.appointments.slots import midnight
from core.appointments.slots import read_facility as find_facility
from core.database.database import Database
from core.database.unavailable import UnavailableError
from core.fields.cell import Fault
from gateway.commands.database import on_database, read_rows
from gateway.commands.report import Report, lines
from gateway.imports.sheets import Sheet, UnreadableError, open_sheet, picker
from gateway.settings.configuration import Configuration

FAILED: Final = 1  # exit status: nothing was imported, or the database failed
FAULTY: Final = 2  # exit status: the options of the command are invalid
BATCH_MAX: Final = 500  # rows in one transaction
FACILITIES_MAX: Final = 200_000  # of one file
TIMES_MAX: Final = 96  # of a day: every quarter of an hour


class InvalidOptionError(Exception):
    """An option of `slots open` is invalid; the message says why."""


@dataclass(slots=True)
class FacilityTally:
    """Counts of the rows of a file, by what became of them, and its faults."""

    rows: int = 0
    bad: int = 0
    added: int = 0
    changed: int = 0
    same: int = 0
    faults: list[tuple[int, str, Fault]] = field(default_factory=list)


class SlotOptions(NamedTuple):
    """The options of `slots open`, as typed."""

    facility: str
    date: str
    days: int
    times: str
    capacity: int
    dose: int


def import_facilities(configuration: Configuration, file: Path, errors: Path | None) -> int:
    """Import the file and print the counts; return the exit status."""
    report = errors or file.with_name(f"{file.name}.errors.csv")
    try:
        tally = on_database(configuration.settings, partial(_import_all, file=file))
        with closing(Report(report, "code")) as written:
            for row, code, fault in tally.faults:
                written.add(row, code, fault)
    except (UnreadableError, UnavailableError, OSError) as error:
        typer.echo(f"{file.name}: {error}", err=True)
        return FAILED
    typer.echo(_summarise_facilities(file, tally, report))
    return 0 if tally.rows > tally.bad else FAILED


def open_times(configuration: Configuration, options: SlotOptions) -> int:
    """Open the slots and print the counts; return the exit status."""
    campaign = configuration.campaign
    try:
        _check_dose(options.dose, campaign.doses.count)
        days, times = read_days(options.date, options.days), read_times(options.times)
        opened = on_database(
            configuration.settings,
            partial(_open, options=options, campaign=campaign.id, days=days, times=times),
        )
    except InvalidOptionError as error:
        typer.echo(f"nothing was opened: {error}", err=True)
        return FAULTY
    except UnavailableError as error:
        typer.echo(f"{error}; run it again to go on", err=True)
        return FAILED
    typer.echo(_summarise_slots(opened, options))
    return 0


def _check_dose(dose: int, count: int) -> None:
    if dose > count:
        raise InvalidOptionError(f"the campaign has no dose {dose}")


def read_days(text: str, count: int) -> Sequence[date]:
    """Parse the first day; return it and the days after it, `count` in all."""
    try:
        first = datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007 a day has no zone
        return [first + timedelta(days=after) for after in range(count)]
    except (ValueError, OverflowError):
        raise InvalidOptionError("--date should be a day, as 2021-01-20") from None


def read_times(text: str) -> Sequence[time]:
    """Parse times by comma; return them sorted, each once."""
    times = set()
    for part in text.split(","):
        with suppress(ValueError):
            times.add(datetime.strptime(part.strip(), "%H:%M").time())  # noqa: DTZ007 of any day
            continue
        raise InvalidOptionError("--times should be times of the day, as 08:00,10:00")
    if len(times) > TIMES_MAX:
        raise InvalidOptionError(f"--times are more than {TIMES_MAX}")
    return sorted(times)


async def _import_all(database: Database, *, file: Path) -> FacilityTally:
    tally = FacilityTally()
    with open_sheet(file) as sheet:
        facilities = _facilities(sheet, tally)
        while batch := list(islice(facilities, BATCH_MAX)):
            await _put(database, batch, tally)
    return tally


def _facilities(sheet: Sheet, tally: FacilityTally) -> Iterator[Facility]:
    """Yield the valid facilities."""
    pick = picker(sheet, COLUMNS, NEEDED)
    for number, cells in read_rows(sheet):
        tally.rows += 1
        if tally.rows > FACILITIES_MAX:
            raise UnreadableError(f"has more than {FACILITIES_MAX:,} facilities")
        picked = pick(cells)
        facility, fault = read_facility(picked)
        if fault is not None:
            tally.faults.append((number, picked[0], fault))
        if facility is None:
            tally.bad += 1
        else:
            yield facility


async def _put(database: Database, batch: Sequence[Facility], tally: FacilityTally) -> None:
    before = await database.read(count_facilities)
    touched = await database.write(partial(put_facilities, found=batch))
    added = await database.read(count_facilities) - before
    tally.added += added
    tally.changed += touched - added
    tally.same += len(batch) - touched


async def _open(
    database: Database,
    *,
    options: SlotOptions,
    campaign: str,
    days: Sequence[date],
    times: Sequence[time],
) -> Opened:
    facility = await database.read(partial(find_facility, code=options.facility.strip()))
    if facility is None:
        raise InvalidOptionError(f"there is no facility {options.facility}")
    offer = Offer(campaign, facility.code, options.dose, options.capacity)
    starts = iter([start for day in days for start in starts_of(day, times, facility.zone)])
    opened = Opened()
    while batch := list(islice(starts, BATCH_MAX)):
        more = await database.write(partial(open_slots, offer=offer, starts=batch))
        opened = Opened(*(sum(both) for both in zip(opened, more, strict=True)))
    return opened


def starts_of(day: date, times: Sequence[time], zone: str) -> Iterator[datetime]:
    """Yield the starts of slots on that day, by the clocks of the zone."""
    for at in times:
        yield midnight(day, zone).replace(hour=at.hour, minute=at.minute)


def _summarise_facilities(file: Path, tally: FacilityTally, report: Path) -> str:
    counts = (
        (tally.rows, f"rows in {file.name}"),
        (tally.added, "added"),
        (tally.changed, "changed"),
        (tally.same, "the same as before"),
        (tally.bad, "bad, left out"),
    )
    return "\n".join([*lines(counts), *([f"what was wrong: {report}"] if tally.faults else [])])


def _summarise_slots(opened: Opened, options: SlotOptions) -> str:
    counts = [(opened.new, f"slots opened, {options.capacity:,} seats each")]
    if opened.again:
        counts.append((opened.again, f"were open; they have {options.capacity:,} seats now"))
    if opened.full:
        counts.append((opened.full, "of these keep more: as many as are booked"))
    return "\n".join(lines(counts))
