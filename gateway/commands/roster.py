"""`satupintu roster import`: reads a file, reports its faulty rows, writes the others."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from time import monotonic, sleep

import typer

from core.database.unavailable import UnavailableError
from core.database.unlocking import DatabaseKeys
from core.roster.importer import Importer
from core.roster.row import COLUMNS, ROWS_MAX, Entry
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
from gateway.imports.roster_file import PAUSE_SHARE, FileTally, RosterFile
from gateway.imports.sheets import FindColumns, UnreadableError, open_sheet
from gateway.imports.staging import StagedRows
from gateway.runtime.clock import make_clock
from gateway.runtime.tables import keys_of
from gateway.settings.configuration import Configuration


@dataclass(slots=True)
class RosterTally(FileTally):
    """Counts of the rows of a file, and of what they changed."""

    added: int = 0
    changed: int = 0
    same: int = 0


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
    keys: DatabaseKeys | None = None
    columns_of: FindColumns = lambda _: None  # by the headings that the catalogs know


def run(configuration: Configuration, file: Path, errors: Path | None) -> None:
    """Import the file and print the counts; exit with `FAILED` if it has no good row."""
    settings, campaign = configuration.settings, configuration.campaign
    prepare_database(settings)
    job = RosterImport(
        file=file,
        report=errors or file.with_name(f"{file.name}.errors.csv"),
        url=settings.database,
        keys=keys_of(settings),
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
        file = RosterFile(staged, report, tally, job.now.date(), job.country)
        with open_sheet(job.file, job.columns_of) as sheet:
            file.stage(sheet, read_rows(sheet))
        if tally.rows > tally.bad:
            asyncio.run(_write(job, file.latest(), tally))
    return tally


async def _write(job: RosterImport, entries: Iterator[Entry], tally: RosterTally) -> None:
    async with closing_database(job.url, keys=job.keys) as database:
        importer = Importer(database, job.campaign)
        await importer.begin(now=job.now)
        await _put(job, importer, entries, tally)
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
