"""`satupintu roster import`: reads a file, reports its faulty rows, writes the others.

The whole file is staged in a temporary database, sorted by NIK, before anything is written. So the
last row of each NIK counts, memory does not grow with the file, and the tables are written in the
order of their index.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from time import monotonic, sleep

import typer

from core.database.unavailable import UnavailableError
from core.fields.cell import Fault
from core.fields.nik import DIGITS, mask
from core.roster.importer import ROWS_MAX, Importer
from core.roster.row import COLUMNS, NEEDED, Entry, read_entry
from core.wording.catalog import load_wording
from gateway.commands.database import (
    FAILED,
    closing_database,
    prepare_database,
    progress,
    read_rows,
)
from gateway.commands.report import Report, lines
from gateway.imports.headings import Headings
from gateway.imports.sheets import FindColumns, Sheet, UnreadableError, open_sheet, picker
from gateway.imports.staging import StagedRows
from gateway.runtime.clock import make_clock
from gateway.settings.configuration import Configuration

PAUSE_SHARE = 0.25  # of a batch's time, as a pause after it for the gateway's own writes
ROUNDED_ROWS_MIN = 50  # NIKs that all end in 0 before a spreadsheet is blamed


@dataclass(slots=True)
class RosterTally:
    """Counts of the rows of a file, by what became of them."""

    rows: int = 0
    bad: int = 0
    noted: int = 0  # imported, though with a fault
    repeated: int = 0  # a later row has the same NIK
    added: int = 0
    changed: int = 0
    same: int = 0
    ending_in: Counter[str] = field(default_factory=Counter[str], repr=False)


@dataclass(frozen=True, slots=True)
class RosterImport:
    """The input of an import; `pause` is called with the seconds that each batch took."""

    file: Path
    report: Path
    url: str = field(repr=False)
    campaign: str
    country: str
    now: datetime
    checks: bool  # the roster verifies: no registry is set
    pause: Callable[[float], None]
    columns_of: FindColumns = lambda _: None  # by the headings that the catalogs know


def run(configuration: Configuration, file: Path, errors: Path | None) -> None:
    """Import the file and print the counts; exit with `FAILED` if it has no good row."""
    settings, campaign = configuration.settings, configuration.campaign
    prepare_database(settings)
    job = RosterImport(
        file=file,
        report=errors or file.with_name(f"{file.name}.errors.csv"),
        url=settings.database,
        campaign=campaign.id,
        country=campaign.country,
        now=make_clock(settings)(),
        checks=not settings.registry_url,
        pause=lambda seconds: sleep(seconds * PAUSE_SHARE),
        columns_of=Headings(load_wording(None, campaign).typed, COLUMNS).columns,
    )
    try:
        tally = import_roster(job)
    except (UnreadableError, UnavailableError) as error:
        typer.echo(f"{file.name}: {error}", err=True)
        raise typer.Exit(FAILED) from None
    typer.echo(_summary(job, tally))
    if tally.rows <= tally.bad:
        raise typer.Exit(FAILED)


def import_roster(job: RosterImport) -> RosterTally:
    """Import the file; raise `UnreadableError` if it cannot be read: then nothing is written."""
    tally = RosterTally()
    with closing(StagedRows()) as staged, closing(Report(job.report, "nik")) as report:
        with open_sheet(job.file, job.columns_of) as sheet:
            _stage(job, sheet, staged, report, tally)
        if tally.ending_in.keys() == {"0"} and tally.ending_in["0"] >= ROUNDED_ROWS_MIN:
            raise UnreadableError("every NIK ends in 0: a spreadsheet rounded them; use text")
        if tally.rows > tally.bad:
            asyncio.run(_write(job, staged, report, tally))
    return tally


def _stage(
    job: RosterImport, sheet: Sheet, staged: StagedRows, report: Report, tally: RosterTally
) -> None:
    pick, today = picker(sheet, COLUMNS, NEEDED), job.now.date()
    for number, cells in read_rows(sheet):
        tally.rows += 1
        picked = pick(cells)
        entry, fault = read_entry(picked, today=today, country=job.country)
        if fault is not None:
            report.add(number, _masked(picked[0]), fault)
            tally.noted += entry is not None
        if entry is None:
            tally.bad += 1
        else:
            tally.ending_in[entry.nik[-1]] += 1
            staged.add(number, entry)
    staged.finish()


def _masked(nik: str) -> str:
    return mask(nik) if len(nik) == DIGITS else ""


async def _write(
    job: RosterImport, staged: StagedRows, report: Report, tally: RosterTally
) -> None:
    async with closing_database(job.url) as database:
        importer = Importer(database, job.campaign)
        await importer.begin(now=job.now)
        await _put(job, importer, _latest(staged, report, tally), tally)
        await importer.end(now=job.now, checks=job.checks)


async def _put(
    job: RosterImport, importer: Importer, entries: Iterator[Entry], tally: RosterTally
) -> None:
    with progress("writing", tally.rows - tally.bad) as bar:
        while batch := list(islice(entries, ROWS_MAX)):
            began = monotonic()
            counts = await importer.put(batch)
            tally.added += counts.added
            tally.changed += counts.changed
            tally.same += len(batch) - counts.added - counts.changed
            bar.update(len(batch))
            job.pause(monotonic() - began)


def _latest(staged: StagedRows, report: Report, tally: RosterTally) -> Iterator[Entry]:
    """Yield the last entry of each NIK, and report the earlier ones."""
    before: tuple[int, Entry] | None = None
    for number, entry in staged.rows():
        if before is not None:
            if before[1].nik == entry.nik:
                fault = Fault("nik", f"stands in row {number} too, which counts")
                report.add(before[0], _masked(entry.nik), fault)
                tally.repeated += 1
            else:
                yield before[1]
        before = number, entry
    if before is not None:
        yield before[1]


def _summary(job: RosterImport, tally: RosterTally) -> str:
    summary = lines(
        (
            (tally.rows, f"rows in {job.file.name}"),
            (tally.added, "added"),
            (tally.changed, "changed"),
            (tally.same, "the same as before"),
            (tally.repeated, "given again further down, where it counts"),
            (tally.bad, "bad, left out"),
            (tally.noted, "used without their telephone"),
        )
    )
    if tally.bad or tally.noted or tally.repeated:
        summary.append(f"what was wrong: {job.report}")
    return "\n".join(summary)
