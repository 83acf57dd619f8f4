"""`satupintu facilities import` and `satupintu slots open`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import typer

from core.appointments.facility import Facility
from core.appointments.facility_row import COLUMNS, NEEDED, read_facility
from core.appointments.schedule import Offer, Opened, count_facilities, open_slots, put_facilities
from core.appointments.slots import read_facility as find_facility
from core.appointments.weeks import TIMES_MAX, read_times, starts_of
from core.campaign import Campaign
from core.database.database import Database
from core.fields.cell import Fault
from core.wording.catalog import load_wording
from gateway.commands.database import FAILED, on_database, read_rows
from gateway.commands.report import Report, lines
from gateway.imports.headings import Headings
from gateway.imports.sheets import (
    Cells,
    FindColumns,
    Sheet,
    UnreadableError,
    open_sheet,
    picker,
)
from gateway.settings.configuration import Configuration

AGAIN: Final = "run it again to go on"
BATCH_MAX: Final = 500  # rows in one transaction
FACILITIES_MAX: Final = 200_000  # of one file
_NAMED: Final = {"code": "facility_code", "name": "facility_name"}  # in the catalogs


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
    """The options of `slots open`; `times` as typed."""

    facility: str
    date: date
    days: int
    times: str
    capacity: int
    dose: int


def import_facilities(configuration: Configuration, file: Path, errors: Path | None) -> None:
    """Import the file and print the counts; exit with `FAILED` if it has no good row."""
    report = errors or file.with_name(f"{file.name}.errors.csv")
    try:
        work = partial(_import_all, file=file, columns_of=_columns_of(configuration.campaign))
        tally = on_database(configuration.settings, work, advice=AGAIN)
        with closing(Report(report, "code")) as written:
            for row, code, fault in tally.faults:
                written.add(row, code, fault)
    except (UnreadableError, OSError) as error:
        typer.echo(f"{file.name}: {error}", err=True)
        raise typer.Exit(FAILED) from None
    typer.echo(_summarise_facilities(file, tally, report))
    if tally.rows <= tally.bad:
        raise typer.Exit(FAILED)


def open_times(configuration: Configuration, options: SlotOptions) -> None:
    """Open the slots and print the counts; raise `typer.BadParameter` for a wrong option."""
    campaign = configuration.campaign
    if options.dose > campaign.doses.count:
        raise typer.BadParameter(f"--dose: the campaign has no dose {options.dose}")
    times = _read_times(options.times)

    async def work(database: Database) -> Opened:
        facility = await database.read(partial(find_facility, code=options.facility.strip()))
        if facility is None:
            raise typer.BadParameter(f"--facility: there is no facility {options.facility}")
        offer = Offer(campaign.id, facility.code, options.dose, options.capacity)
        starts = iter(_starts(facility, options, times))
        opened = Opened()
        while batch := list(islice(starts, BATCH_MAX)):
            more = await database.write(partial(open_slots, offer=offer, starts=batch))
            opened = opened.with_more(more)
        return opened

    opened = on_database(configuration.settings, work, advice=AGAIN)
    typer.echo(_summarise_slots(opened, options))


def _starts(facility: Facility, options: SlotOptions, times: Sequence[time]) -> Sequence[datetime]:
    try:
        return starts_of(facility, options.date, options.days, times)
    except OverflowError:
        raise typer.BadParameter("--date: there are not so many days after it") from None


def _read_times(text: str) -> Sequence[time]:
    parts = text.split(",")
    if len(parts) > TIMES_MAX:
        raise typer.BadParameter(f"--times: more than {TIMES_MAX}")
    try:
        return read_times(parts)
    except ValueError:
        raise typer.BadParameter("--times: should be times, as 08:00,10:00") from None


def _columns_of(campaign: Campaign) -> FindColumns:
    """Return the reader of a file's columns, by the headings that the catalogs know."""
    headings = Headings(
        load_wording(None, campaign).typed,
        [_NAMED.get(name, name) for name in COLUMNS],
        [_NAMED.get(name, name) for name in NEEDED],
    )

    def columns(cells: Cells) -> Mapping[str, int] | None:
        found = headings.columns(cells) or {}
        return {
            name: found[named] for name in COLUMNS if (named := _NAMED.get(name, name)) in found
        }

    return columns


async def _import_all(database: Database, *, file: Path, columns_of: FindColumns) -> FacilityTally:
    tally = FacilityTally()
    with open_sheet(file, columns_of) as sheet:
        facilities = _facilities(sheet, tally)
        while batch := list(islice(facilities, BATCH_MAX)):
            await _put(database, batch, tally)
    return tally


def _facilities(sheet: Sheet, tally: FacilityTally) -> Iterator[Facility]:
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
    if opened.closed:
        counts.append((opened.closed, "stay closed, as their day is"))
    return "\n".join(lines(counts))
