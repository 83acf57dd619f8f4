"""The `satupintu` command and its subcommands; each imports only what it needs."""

import gc
import sys
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.configured import configured
from gateway.commands.keys_group import keys
from gateway.commands.operators_group import operators
from gateway.settings.configuration import ConfigurationError, load_configuration

FAULTY = 2  # exit status: the configuration is faulty
TRY_AGAIN = 75  # EX_TEMPFAIL: the database cannot be reached
INTERRUPTED = 130
ID_MAX = 2**63 - 1  # of the databases

Table = Annotated[Path, typer.Argument(help="CSV, or a workbook named .xlsx")]
ErrorsFile = Annotated[
    Path | None, typer.Option(help="report of bad rows; default: FILE.errors.csv")
]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="One door: a multi-channel registration gateway.",
)
roster = typer.Typer(no_args_is_help=True, help="Import the roster of entitled people.")
app.add_typer(roster, name="roster")
registry = typer.Typer(no_args_is_help=True, help="Check records again.")
app.add_typer(registry, name="registry")
facilities = typer.Typer(no_args_is_help=True, help="Import the places of appointments.")
app.add_typer(facilities, name="facilities")
slots = typer.Typer(no_args_is_help=True, help="Open times for appointments.")
app.add_typer(slots, name="slots")
outbox = typer.Typer(no_args_is_help=True, help="List messages, and retry those given up.")
app.add_typer(outbox, name="outbox")
app.add_typer(operators, name="operators")
app.add_typer(keys, name="keys")
whatsapp = typer.Typer(no_args_is_help=True, help="Print what is filed with WhatsApp.")
app.add_typer(whatsapp, name="whatsapp")


def _print_version(wanted: bool) -> None:  # noqa: FBT001 typer calls it so
    if wanted:
        from core.database.migrations import HEAD  # noqa: PLC0415 nothing else here needs it

        typer.echo(f"satupintu {version('satupintu')} (tables {HEAD})")
        raise typer.Exit


@app.callback()
def _options(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="print it")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command; print faults of the configuration as sentences."""
    try:
        app()
    except ConfigurationError as error:
        typer.echo("satupintu cannot start as it is configured:", err=True)
        for fault in error.faults:
            typer.echo(f"  - {fault}", err=True)
        sys.exit(FAULTY)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


@app.command()
def serve() -> None:
    """Serve every door until Ctrl-C or SIGTERM."""
    gc.disable()  # until `collector.resume`
    from gateway.process.launch import run  # noqa: PLC0415 only this command needs it

    raise typer.Exit(run(configured()))


@app.command(hidden=True)
def worker(control: int, listening: list[int]) -> None:
    """Serve on sockets of the parent process. Only `serve` starts it."""
    gc.disable()  # until `collector.resume`
    from gateway.process.worker import work  # noqa: PLC0415 only a worker needs it

    gc.freeze()
    raise typer.Exit(work(configured(), control, listening))


@app.command()
def config() -> None:
    """List every setting: its value (secrets masked), its default, what it is for."""
    from gateway.settings.listing import list_settings  # noqa: PLC0415 only this command needs it

    typer.echo(list_settings())
    load_configuration()


@app.command()
def migrate() -> None:
    """Migrate the database to this release; `serve` does so itself."""
    from gateway.process.preparation import try_prepare  # noqa: PLC0415 only this command needs it

    if cause := try_prepare(configured().settings):
        typer.echo(f"the database cannot be used yet ({cause}); try again", err=True)
        raise typer.Exit(TRY_AGAIN)
    typer.echo("the database is up to date")


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="new or empty; gets the copy and a manifest")],
) -> None:
    """Copy the database consistently, beside its gateways."""
    from gateway.commands.backup import run_backup  # noqa: PLC0415 only this command needs it

    run_backup(load_configuration(), folder)


@app.command()
def verify(folder: Annotated[Path, typer.Argument(help="that `backup` filled")]) -> None:
    """Restore a backup into a scratch file; check its tables, counts and audit."""
    from gateway.commands.backup_verify import run_verify  # noqa: PLC0415 only this command needs it

    run_verify(folder)


@app.command()
def number(
    text: Annotated[str, typer.Argument(metavar="NUMBER", help="as it is told: 7K3M-9QXC")],
) -> None:
    """Say whether a registration number was made for a NIK, which it asks for; offline."""
    from gateway.commands.number import check_number  # noqa: PLC0415 only this command needs it

    check_number(load_configuration(), text, typer.prompt("NIK", err=True))


@app.command()
def seal() -> None:
    """Seal the personal data of a database that was plain; stop all gateways first."""
    from gateway.commands.seal import run  # noqa: PLC0415 only this command needs it

    run(configured())


@app.command()
def phone(
    number: Annotated[str, typer.Option(help="the handset's number")] = "+6281211110001",
    *,
    repro: Annotated[bool, typer.Option(help="print a test of what was typed")] = False,
) -> None:
    """Try a USSD handset in this terminal; nothing is stored."""
    from gateway.commands.phone import play  # noqa: PLC0415 only this command needs it

    play(load_configuration().campaign, number, repro=repro)


@roster.command("import")
def import_roster(file: Table, *, errors: ErrorsFile = None) -> None:
    """Import people: nik, full_name, profession, facility_code, phone."""
    from gateway.commands.roster import run  # noqa: PLC0415 only this command needs it

    run(configured(), file, errors)


@registry.command("recheck")
def recheck() -> None:
    """Let the running gateway check everybody again who is not verified."""
    from gateway.commands.recheck import run  # noqa: PLC0415 only this command needs it

    run(configured())


@facilities.command("import")
def import_places(file: Table, *, errors: ErrorsFile = None) -> None:
    """Import facilities: code, name, regency_code, address, latitude, longitude."""
    from gateway.commands.facilities import import_facilities  # noqa: PLC0415 only this command needs it

    import_facilities(configured(), file, errors)


@slots.command("open")
def open_slots(  # noqa: PLR0913 the options of a command
    facility: Annotated[str, typer.Option(help="its code")],
    date: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the first day")],
    times: Annotated[str, typer.Option(help="by its own clocks, as 08:00,10:00")],
    capacity: Annotated[int, typer.Option(min=0, max=1_000_000, help="seats at each time")],
    *,
    days: Annotated[int, typer.Option(min=1, max=366, help="how many, one after another")] = 1,
    dose: Annotated[int, typer.Option(min=1, max=9, help="for which dose")] = 1,
) -> None:
    """Open seats at a facility; for times already open, change their number."""
    from gateway.commands.facilities import SlotOptions, open_times  # noqa: PLC0415 only this command needs it

    options = SlotOptions(facility, date.date(), days, times, capacity, dose)
    open_times(configured(), options)


@app.command()
def invite(
    *,
    dry_run: Annotated[bool, typer.Option(help="count and show the cost; invite nobody")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="invite at most so many")] = None,
) -> None:
    """Invite by SMS everybody on the roster who has not registered, nobody twice."""
    from gateway.commands.invite import run  # noqa: PLC0415 only this command needs it

    run(configured(), dry=dry_run, limit=limit)


@outbox.command("list")
def list_outbox(
    *,
    status: Annotated[str, typer.Option(help="queued, sent, delivered, dead, …")] = "dead",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="at most so many")] = 100,
) -> None:
    """List messages of one status, newest first, without their text."""
    from gateway.commands.outbox import run_list  # noqa: PLC0415 only this command needs it

    run_list(configured(), status=status, limit=limit)


@outbox.command("retry")
def retry_outbox(
    ids: Annotated[
        list[int] | None, typer.Argument(help="as `list` shows them", min=1, max=ID_MAX)
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="every dead letter")] = False,
    why: Annotated[str, typer.Option(help="with --all: whose reason begins so")] = "",
) -> None:
    """Send dead letters again, at once and by any provider."""
    from gateway.commands.outbox import run_retry  # noqa: PLC0415 only this command needs it

    run_retry(configured(), ids or [], everything=everything, why=why)


@app.command()
def poster(
    out: Annotated[Path, typer.Option(help="the file: .svg, .png or .pdf")] = Path("poster.svg"),
    language: Annotated[str | None, typer.Option(help="id, en; empty: the campaign's")] = None,
) -> None:
    """Write a poster: WhatsApp link and QR code, dial code, SMS number, mailbox, hotline."""
    from gateway.commands.poster.write import write_poster  # noqa: PLC0415 only this command needs it

    write_poster(load_configuration().campaign, out, language)
    typer.echo(f"wrote {out}")


@whatsapp.command("templates")
def whatsapp_templates(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="as Meta's API takes them, one a line")
    ] = False,
) -> None:
    """Print the templates to have approved: name, language, category, text, examples."""
    from gateway.commands.whatsapp import print_templates  # noqa: PLC0415 only this command needs it

    print_templates(load_configuration().campaign, as_json=as_json)


@whatsapp.command("flow")
def whatsapp_flow(
    language: Annotated[str | None, typer.Option(help="id, en; empty: the campaign's")] = None,
) -> None:
    """Print the Flow to publish at Meta: the form on one screen, as JSON."""
    from gateway.commands.whatsapp import print_flow  # noqa: PLC0415 only this command needs it

    print_flow(load_configuration().campaign, language)


@app.command()
def doctor() -> None:
    """Check ports, stores, campaign and secrets; say what is wrong, and its remedy."""
    from gateway.commands.doctor import examine  # noqa: PLC0415 only this command needs it

    raise typer.Exit(examine(load_configuration()))
