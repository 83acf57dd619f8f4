"""`satupintu number`: whether a registration number was made for a NIK, without any database."""

from typing import NoReturn

import typer

from core.fields.invalid import InvalidError
from core.fields.nik import parse_nik
from core.registration.number import MistypedNumberError, keyed_numbers, parse_number
from core.registration.numbering import NUMBERS_MAX
from gateway.commands.database import FAILED
from gateway.runtime.clock import make_clock
from gateway.settings.configuration import Configuration
from gateway.settings.settings import reveal, variable


def check_number(configuration: Configuration, text: str, nik: str) -> None:
    """Say whether the number is one of the NIK's in this campaign; exit with `FAILED` if not."""
    settings, campaign = configuration.settings, configuration.campaign.id
    if not settings.secret:
        _refuse(f"numbers are drawn where {variable('secret')} is not set: look into the database")
    try:
        number = parse_number(text)
        value = parse_nik(nik, today=make_clock(settings)().date()).value
    except MistypedNumberError:
        _refuse("this is no registration number: a character is wrong, missing or extra")
    except InvalidError as error:
        _refuse(f"this is no NIK: {error.code}")
    number_of = keyed_numbers(reveal(settings.secret).encode())
    if number not in (number_of(campaign, value, n) for n in range(NUMBERS_MAX)):
        _refuse("this number was not derived for this NIK: it may have been drawn, or is made up")
    typer.echo("this number is the NIK's")


def _refuse(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(FAILED)
