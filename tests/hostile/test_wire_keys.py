"""The keys of wires that sign nothing: one wire's opens no other, and two are taken at a time."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from channels.contract import RejectedError, Request
from channels.shared.forms import KEY_HEADER, check_key
from gateway.settings.configuration import ConfigurationError, load_configuration
from gateway.settings.lists import KEYS_MAX
from gateway.settings.providers import PROVIDERS
from gateway.settings.settings import Settings, given_names, variable
from gateway.settings.strength import SECRET_CHARACTERS_MIN
from gateway.wiring.providers import make_channels, make_unsigned_channels
from tests.fixtures.ussd_gateways import FILE
from tests.hostile.test_settings_matrix import SOUND
from tests.scripts import CAMPAIGN, ROOT, WORDING

KEYED = {
    "africastalking": ("/ussd/africastalking", "/sms/africastalking"),
    "kannel": ("/sms/kannel", "/sms/kannel/receipts"),
    "jasmin": ("/sms/jasmin",),
}
SIGNING = {"digihub"}  # whose keys sign what it repeats: tests/unit/channels/sms/test_digihub.py
SHARED = "the key of all"
OLD, NEW = "o" * SECRET_CHARACTERS_MIN, "n" * SECRET_CHARACTERS_MIN


@dataclass
class Door:
    channels: dict

    def opens(self, path, key="", *, header=""):
        request = Request(
            method="GET" if "kannel" in path else "POST",
            path=path,
            query=f"key={key.replace(' ', '+')}" if key else "",
            headers={KEY_HEADER: header} if header else {},
            received_at=datetime(2021, 1, 20, tzinfo=UTC),
        )
        try:
            self.channels[path].parse(request)
        except RejectedError as error:
            return error.status != 403
        return True


def door(make=make_channels, **settings):
    given = {name: SecretStr(at) if isinstance(at, str) else at for name, at in settings.items()}
    channels = make(Settings(_env_file=None, secret="s" * 32, **given), WORDING, CAMPAIGN)
    return Door({path: channel for channel in channels for path in channel.paths})


@pytest.mark.parametrize("wire", KEYED)
def test_a_key_of_one_wire_opens_no_other(wire):
    keys = {f"{name}_keys": f"key of {name}" for name in KEYED}
    opened = door(webhook_key=SHARED, **keys)
    for name, paths in KEYED.items():
        for path in paths:
            assert opened.opens(path, f"key of {wire}") == (name == wire)
            assert not opened.opens(path, SHARED)
            assert not opened.opens(path, f"key of {name},key of {name}")


def test_a_wire_without_keys_of_its_own_takes_the_shared_one():
    opened = door(webhook_key=SHARED, kannel_keys="its own")
    assert opened.opens("/sms/jasmin", SHARED)
    assert opened.opens("/sms/kannel", "its own")
    assert not opened.opens("/sms/kannel", SHARED)


def test_two_keys_are_taken_while_they_are_exchanged_in_address_or_header():
    opened = door(kannel_keys=f"{NEW} , {OLD}")
    for key in (NEW, OLD):
        assert opened.opens("/sms/kannel", key)
        assert opened.opens("/sms/kannel", header=key)
        assert opened.opens("/sms/kannel", "wrong", header=key)
    for key in ("", "wrong", f"{NEW},{OLD}", NEW.upper(), "\u00ff", "o"):
        assert not opened.opens("/sms/kannel", header=key)
        assert not opened.opens("/sms/kannel", key)


def test_the_peer_that_has_authenticated_a_turn_needs_no_key():
    keys = {f"{name}_keys": OLD for name in KEYED}
    opened = door(make_unsigned_channels, **keys)
    assert all(opened.opens(path) for paths in KEYED.values() for path in paths)


def test_a_signed_wire_takes_no_key():
    assert {one.name for one in PROVIDERS if one.keys} == {*KEYED, *SIGNING, "mapped"}
    with pytest.raises(RejectedError):
        check_key(Request(method="GET", path="/", received_at=datetime.now(UTC)), (OLD,))


@pytest.fixture
def faults_of(monkeypatch, tmp_path):
    for name in given_names():
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    own = dict.fromkeys((f"{name}_keys" for name in (*KEYED, *SIGNING)), "")

    def load(**given):
        for name, value in {**SOUND, **own, "campaign": f"{ROOT}/campaign.toml", **given}.items():
            monkeypatch.setenv(variable(name), value)
        try:
            load_configuration()
        except ConfigurationError as error:
            return error.faults
        return []

    return load


def test_production_needs_a_key_for_each_wire(faults_of):
    (fault,) = faults_of(webhook_key="", kannel_keys=OLD)
    assert fault.startswith("SATUPINTU_WEBHOOK_KEY: missing; ")
    assert "jasmin, digihub, africastalking" in fault
    own = {f"{name}_keys": OLD for name in (*KEYED, *SIGNING)}
    assert faults_of(webhook_key="", **own) == []


@pytest.mark.parametrize("count", [1, KEYS_MAX, KEYS_MAX + 1])
def test_a_wire_has_so_many_keys(count, faults_of):
    faults = faults_of(jasmin_keys=",".join([OLD] * count))
    assert len(faults) == (count > KEYS_MAX)


@pytest.mark.parametrize("keys", [f"{OLD},", f",{OLD}", ","])
def test_no_key_is_empty(keys, faults_of):
    (fault,) = faults_of(jasmin_keys=keys, mode="dev")
    assert fault.startswith("SATUPINTU_JASMIN_KEYS: ")
    assert OLD not in fault


@pytest.mark.parametrize("short", [f"{OLD},x", f"x,{OLD}", f"{OLD},{OLD[1:]}"])
def test_both_keys_are_long_in_production(short, faults_of):
    (fault,) = faults_of(africastalking_keys=short)
    assert fault.startswith("SATUPINTU_AFRICASTALKING_KEYS: shorter than ")
    assert faults_of(africastalking_keys=f"{OLD},{NEW}") == []


# -- mapped USSD gateways: a key of each -------------------------------------------------------


def test_a_key_of_one_gateway_opens_no_other():
    keys = f"aat={NEW},aat={OLD},hollatags=its own,the others'"
    opened = door(webhook_key=SHARED, mapped_keys=keys, ussd_gateways=FILE)
    right = {"aat": (NEW, OLD), "hollatags": ("its own",), "truroute": ("the others'",)}
    everyone = {SHARED, "", f"aat={NEW}", *(key for keys in right.values() for key in keys)}
    for name, own in right.items():
        assert {key for key in everyone if opened.opens(f"/ussd/{name}", key)} == set(own)


def test_a_gateway_without_a_key_of_its_own_takes_the_shared_one():
    opened = door(webhook_key=SHARED, mapped_keys="aat=own", ussd_gateways=FILE)
    assert opened.opens("/ussd/truroute", SHARED)
    assert not opened.opens("/ussd/aat", SHARED)


def test_the_peer_needs_no_key_of_a_gateway():
    tables = {"mapped_keys": "aat=own", "ussd_gateways": FILE}
    opened = door(make_unsigned_channels, webhook_key=SHARED, **tables)
    assert all(opened.opens(f"/ussd/{name}") for name in ("aat", "truroute", "hollatags"))


def test_production_needs_a_key_of_each_gateway(faults_of):
    own = {f"{name}_keys": OLD for name in (*KEYED, *SIGNING)}
    tables = own | {"webhook_key": "", "ussd_gateways": str(FILE)}
    (fault,) = faults_of(**tables, mapped_keys="")
    assert "to check mapped" in fault
    faults = faults_of(**tables, mapped_keys=f"aat={OLD}")
    assert [fault.split()[5] for fault in faults] == ["truroute;", "hollatags;"]
    assert faults_of(**tables, mapped_keys=f"aat={OLD},{NEW}") == []
    assert faults_of(**tables | {"webhook_key": NEW}, mapped_keys=f"aat={OLD}") == []
    assert faults_of(**tables | {"ussd_gateways": ""}, mapped_keys="") == []


def test_a_key_of_a_gateway_that_there_is_not_is_a_fault(faults_of):
    tables = {"ussd_gateways": str(FILE)}
    (fault,) = faults_of(**tables, mapped_keys=f"att={OLD},{NEW}")
    assert fault == "SATUPINTU_MAPPED_KEYS: 'att' has no table"


@pytest.mark.parametrize("keys", ["telco=", "=key", ",", "a=1,a=2,a=3", "1,2,3"])
def test_keys_by_name_have_a_form(keys, faults_of):
    (fault,) = faults_of(mapped_keys=keys, mode="dev")
    assert fault.startswith("SATUPINTU_MAPPED_KEYS: should be name=key")


@pytest.mark.parametrize("short", [f"telco={OLD[1:]}", f"telco={OLD},x", f"a={OLD},a=x"])
def test_keys_by_name_are_long_in_production(short, faults_of):
    (fault,) = faults_of(mapped_keys=short)
    assert fault.startswith("SATUPINTU_MAPPED_KEYS: shorter")
