"""`satupintu operators`: adds, lists and disables operators, and gives them links and tokens."""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Final, NoReturn, TypeVar

import typer

from core.database.audit import COMMAND, Noted, note
from core.database.database import Database
from core.database.statements import Connection
from core.operators import operators
from core.operators.links import VALID_HOURS, Purpose, add_link, draw_secret_text
from core.operators.operators import Listed, list_operators
from core.operators.roles import Role, Scope
from core.operators.tokens import NewToken, add_token, draw_token, revoke_tokens
from gateway.commands.database import FAILED, on_database
from gateway.process.sign_in_link import console_url
from gateway.runtime.clock import make_clock
from gateway.settings.configuration import Configuration

AGAIN: Final = "nothing is certain: run it again"
E = TypeVar("E", bound=StrEnum)

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}")
_RESERVED: Final = frozenset({"operator", COMMAND, "rule", "person", "registry", "feed"})


def run_add(configuration: Configuration, name: str, role: str, facility: str) -> None:
    """Add an operator and print the link by which they enrol."""
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise typer.BadParameter("a name is of 1 to 64 letters, digits, spaces and . _ @ -")
    known = _one_of(Role, role, "role")
    if (known is Role.FACILITY) != bool(facility):
        raise typer.BadParameter("the role facility, and no other, needs --facility CODE")
    secret = draw_secret_text()
    adding = partial(_add, new=operators.New(name, known, facility), secret=secret)
    if not _write(configuration, adding):
        _fail(f"there is an operator {name}, or was")
    _print_link(configuration, secret)


def run_link(configuration: Configuration, name: str) -> None:
    """Print a new link: its owner chooses another password and app; the old serve until then."""
    secret = draw_secret_text()
    if not _write(configuration, partial(_link, name=name, secret=secret)):
        _fail(f"there is no operator {name}")
    _print_link(configuration, secret)


def run_list(configuration: Configuration) -> None:
    """Print all operators."""
    found = on_database(
        configuration.settings, lambda database: database.read(list_operators), advice=AGAIN
    )
    typer.echo("\n".join(map(_line, found)) if found else "there are no operators")


def run_disable(configuration: Configuration, name: str) -> None:
    """Shut an operator out at once."""
    if not _write(configuration, partial(_disable, name=name)):
        _fail(f"there is no operator {name}")
    typer.echo(f"{name} is disabled: sessions and tokens have ended")


def run_token(
    configuration: Configuration, name: str, label: str, scopes: Sequence[str], *, revoke: bool
) -> None:
    """Print a new token of an operator, or revoke those with the label."""
    if revoke:
        count = _write(configuration, partial(_revoke, name=name, label=label))
        typer.echo(f"{count} revoked")
        return
    wanted = frozenset(_one_of(Scope, scope, "scope") for scope in scopes) or frozenset(Scope)
    token = draw_token()
    new = NewToken(name, token, label, wanted)
    if not _write(configuration, partial(_token, new=new)):
        _fail(f"there is no operator {name}")
    typer.echo(f"{token}\nit is shown this once; we keep only its digest")


def _write(configuration: Configuration, work: "partial[int]") -> int:
    at = make_clock(configuration.settings)()

    async def write(database: Database) -> int:
        return await database.write(partial(work, at=at), alone=True)

    return on_database(configuration.settings, write, advice=AGAIN)


def _add(connection: Connection, *, new: operators.New, secret: str, at: datetime) -> int:
    if not operators.add_operator(connection, *new, at):
        return 0
    add_link(connection, new.name, secret, Purpose.ENROL, at)
    note(connection, Noted(at, f"operator_added {new.name} {new.role}", COMMAND))
    return 1


def _link(connection: Connection, *, name: str, secret: str, at: datetime) -> int:
    if not add_link(connection, name, secret, Purpose.ENROL, at):
        return 0
    note(connection, Noted(at, f"operator_link {name}", COMMAND))
    return 1


def _disable(connection: Connection, *, name: str, at: datetime) -> int:
    if not operators.disable_operator(connection, name, at):
        return 0
    note(connection, Noted(at, f"operator_disabled {name}", COMMAND))
    return 1


def _token(connection: Connection, *, new: NewToken, at: datetime) -> int:
    if not add_token(connection, new, at):
        return 0
    note(connection, Noted(at, f"token_added {new.name} {new.label}", COMMAND))
    return 1


def _revoke(connection: Connection, *, name: str, label: str, at: datetime) -> int:
    count = revoke_tokens(connection, name, label, at)
    if count:
        note(connection, Noted(at, f"token_revoked {name} {label}", COMMAND))
    return count


def _print_link(configuration: Configuration, secret: str) -> None:
    hours = VALID_HOURS[Purpose.ENROL]
    typer.echo(f"{console_url(configuration.settings)}/enrol/{secret}")
    typer.echo(f"it works once, within {hours} hours; give it to nobody else")


def _line(one: Listed) -> str:
    state = f"disabled {one.disabled_at[:10]}" if one.disabled_at else ""
    state = state or ("enrolled" if one.enrolled else "not enrolled")
    return "  ".join(filter(None, (one.name, one.role, one.facility_code, state)))


def _one_of(kind: type[E], text: str, what: str) -> E:
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(kind)
        raise typer.BadParameter(f"{text!r} is no {what}; known: {known}") from None


def _fail(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(FAILED)
