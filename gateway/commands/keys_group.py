"""`satupintu keys` and its subcommands."""

import typer

from gateway.commands.configured import configured

keys = typer.Typer(no_args_is_help=True, help="The keys that wrap what seals personal data.")


@keys.command("show")
def show() -> None:
    """List the keys by their ids, and how many data keys each wraps."""
    from gateway.commands.keys import run_show  # noqa: PLC0415 only this command needs it

    run_show(configured())


@keys.command("rotate")
def rotate() -> None:
    """Wrap all data keys anew under the first key of the file, beside running gateways."""
    from gateway.commands.keys import run_rotate  # noqa: PLC0415 only this command needs it

    run_rotate(configured())
