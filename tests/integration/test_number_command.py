"""`satupintu number`: whose a number is, by the secret alone."""

import io
import shutil
import sys
from pathlib import Path

import pytest

from core.registration.number import keyed_numbers, make_number
from core.registration.numbering import NUMBERS_MAX
from gateway.commands import cli
from gateway.settings.configuration import load_configuration
from gateway.settings.settings import given_names
from tests.contract.test_record_stores import NIK

SECRET = "s" * 32


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    for name in given_names():
        monkeypatch.delenv(name)
    shutil.copy(Path(__file__).parents[2] / "campaign.toml", tmp_path)
    monkeypatch.chdir(tmp_path)

    def call(number, nik=NIK, secret=SECRET):
        monkeypatch.setenv("SATUPINTU_SECRET", secret)
        monkeypatch.setattr(sys, "argv", ["satupintu", "number", number])
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{nik}\n"))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, capsys.readouterr()

    return call


def number_of(n):
    campaign = load_configuration().campaign.id
    return keyed_numbers(SECRET.encode())(campaign, NIK, n)


@pytest.mark.parametrize("n", [0, NUMBERS_MAX - 1])
def test_a_number_of_the_nik_is_told_as_such(n, run):
    spoken = number_of(n).lower().replace("-", " ")
    status, told = run(spoken)
    assert (status, told.out.strip()) == (0, "this number is the NIK's")
    assert NIK not in told.out + told.err


def test_any_other_is_not(run):
    for number in (number_of(NUMBERS_MAX), make_number(1)):
        status, told = run(number)
        assert (status, "was not derived for this NIK" in told.err) == (1, True)


def test_what_is_mistyped_and_what_cannot_be_known_is_told(run):
    assert "is no registration number" in run("AAAA-AAAB")[1].err
    assert "is no NIK" in run(make_number(1), nik="12")[1].err
    status, told = run(make_number(1), secret="")
    assert (status, "SATUPINTU_SECRET is not set" in told.err) == (1, True)
