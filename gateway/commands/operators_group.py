"""The subcommands of `satupintu operators`."""

from typing import Annotated

import typer

from gateway.commands.configured import configured

operators = typer.Typer(no_args_is_help=True, help="Name those who use the console and the API.")


@operators.command("add")
def add_operator(
    name: str,
    role: Annotated[str, typer.Option(help="helpdesk, officer, facility, manager or auditor")],
    *,
    facility: Annotated[str, typer.Option(help="of the role facility: its code")] = "",
) -> None:
    """Add an operator; print the link by which they choose password and app."""
    from gateway.commands.operators import run_add  # noqa: PLC0415 only this command needs it

    run_add(configured(), name, role, facility)


@operators.command("link")
def link_operator(name: str) -> None:
    """Print a new link, for whoever lost password or phone."""
    from gateway.commands.operators import run_link  # noqa: PLC0415 only this command needs it

    run_link(configured(), name)


@operators.command("list")
def list_operators() -> None:
    """List all operators."""
    from gateway.commands.operators import run_list  # noqa: PLC0415 only this command needs it

    run_list(configured())


@operators.command("disable")
def disable_operator(name: str) -> None:
    """Shut an operator out at once; the audit keeps the name, and nobody gets it again."""
    from gateway.commands.operators import run_disable  # noqa: PLC0415 only this command needs it

    run_disable(configured(), name)


@operators.command("token")
def token_operator(
    name: str,
    *,
    label: Annotated[str, typer.Option(help="what the token is for")] = "token",
    scope: Annotated[
        list[str] | None, typer.Option(help="a scope, again for each; none: all of the role")
    ] = None,
    revoke: Annotated[bool, typer.Option(help="end the tokens with this label")] = False,
) -> None:
    """Print a new token of an operator for the API."""
    from gateway.commands.operators import run_token  # noqa: PLC0415 only this command needs it

    run_token(configured(), name, label, scope or [], revoke=revoke)
