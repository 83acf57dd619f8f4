"""Production refuses secrets that can be guessed, and lines that anybody on the way can read."""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from dotenv import dotenv_values

from gateway.settings.configuration import ConfigurationError, load_configuration
from gateway.settings.settings import given_names, variable
from gateway.settings.strength import CHOSEN, SECRET_CHARACTERS_MIN

ROOT = Path(__file__).parents[2]
GIVEN = (
    *("twilio_auth_token", "meta_app_secret", "meta_access_token", "africastalking_api_key"),
    *("kannel_password", "jasmin_password", "digihub_api_key", "digihub_secret"),
)
OPERATORS = {
    "kannel_url": "https://kannel.example/sendsms",
    "jasmin_url": "https://jasmin.example/send",
    **dict.fromkeys(("kannel_username", "jasmin_username"), "gateway"),
    **dict.fromkeys(("kannel_from", "jasmin_from"), "1199"),
}
SOUND = {
    "console_proxy_secret": "c" * SECRET_CHARACTERS_MIN,
    "mode": "production",
    "redis_url": "rediss://store.example/0",
    "database_url": "postgresql://u:p@store.example/satupintu?sslmode=verify-full",
    "public_url": "https://gateway.example",
    "operator_token": "o" * SECRET_CHARACTERS_MIN,
    "webhook_key": "w" * SECRET_CHARACTERS_MIN,
    "africastalking_keys": "a" * SECRET_CHARACTERS_MIN,
    "kannel_keys": "k" * SECRET_CHARACTERS_MIN,
    "jasmin_keys": "j" * SECRET_CHARACTERS_MIN,
    "mapped_keys": "g" * SECRET_CHARACTERS_MIN,
    "digihub_keys": "d" * SECRET_CHARACTERS_MIN,
    **OPERATORS,
    "kannel_password": "k",
    "jasmin_password": "j",
    "digihub_api_key": "k",
    "digihub_secret": "s",
    "meta_verify_token": "v" * SECRET_CHARACTERS_MIN,
    "peer_secret": "p" * SECRET_CHARACTERS_MIN,
    "secret": "s" * SECRET_CHARACTERS_MIN,
    "twilio_auth_token": "t",
    "meta_app_secret": "m",
    "meta_access_token": "a",
    "meta_phone_number_id": "1",
    "africastalking_username": "u",
    "africastalking_api_key": "k",
    "registry_url": "https://registry.example",
    "registry_token": "r",
}
WEB = (
    "public_url",
    "twilio_api_url",
    "meta_api_url",
    "africastalking_api_url",
    "kannel_url",
    "jasmin_url",
    "digihub_api_url",
    "registry_url",
    "peer_url",
)
HERE = ("127.0.0.1", "127.9.8.7:8080", "localhost:8080", "LOCALHOST", "[::1]:8080")
AWAY = (
    "store.example",
    "10.0.0.1:8080",
    "0.0.0.0",
    "localhost.example",
    "127.0.0.1.example",
    "128.0.0.1",
    "localhost@store.example",
    "[::2]:8080",
)
PG = "postgresql://"
LINES = [  # setting, text, whether anybody on the way can read along
    *((name, f"http://{host}/v1", True) for name in WEB for host in AWAY),
    *((name, f"http://{host}/v1", False) for name in WEB for host in HERE),
    *((name, f"https://{host}/v1", False) for name in WEB for host in (*HERE, *AWAY)),
    *(("redis_url", f"redis://:p@{host}/0", True) for host in AWAY),
    *(("redis_url", f"redis://:p@{host}/0", False) for host in HERE),
    *(("redis_url", f"rediss://:p@{host}/0", False) for host in AWAY),
    ("redis_url", "redis+cluster://store.example:7000", True),
    ("redis_url", "redis+cluster://127.0.0.1:7000", False),
    ("redis_url", "unix:///run/redis/redis.sock", False),
    ("redis_url", "redis+cluster://127.0.0.1:7000,store.example:7001", True),
    ("redis_url", "redis+cluster://127.0.0.1:7000,localhost:7001", False),
    ("redis_url", "rediss+cluster://:p@a.example:7000,b.example:7001", False),
    ("redis_url", "redis+sentinel://localhost,store.example/name/0", True),
    ("redis_url", "rediss+sentinel://localhost,store.example/name/0", False),
    *(("database_url", f"{PG}u:p@{host}/db", True) for host in AWAY),
    *(("database_url", f"{PG}u:p@{host}/db", False) for host in HERE),
    *(
        ("database_url", f"{scheme}u:p@store.example/db?sslmode={mode}", plain)
        for scheme in (PG, "postgresql+psycopg://")
        for mode, plain in (
            ("disable", True),
            ("allow", True),
            ("prefer", True),
            ("require", False),
            ("verify-ca", False),
            ("verify-full", False),
        )
    ),
    ("database_url", f"{PG}u:p@127.0.0.1,store.example/db", True),
    ("database_url", f"{PG}u:p@127.0.0.1:1,store.example:2/db", True),
    ("database_url", f"{PG}u:p@a.example:1,b.example:2/db?sslmode=verify-full", False),
    ("database_url", f"{PG}u:p@localhost:1,[::1]:2/db", False),
    ("database_url", f"{PG}u@localhost/db?host=store.example", True),
    ("database_url", f"{PG}u@localhost/db?hostaddr=10.0.0.1", True),
    ("database_url", f"{PG}u@/db?host=/run/postgresql", False),
    ("database_url", f"{PG}/db", False),
    ("database_url", f"{PG}u:p@store.example/db?pooler=transaction", True),
    ("database_url", f"{PG}u:p@store.example/db?sslmode=require&pooler=transaction", False),
    ("database_url", "sqlite:////srv/satupintu.db", False),
    *(("smtp_relay_url", f"smtp://u:p@{host}", True) for host in AWAY),
    *(("smtp_relay_url", f"smtp://u:p@{host}", False) for host in HERE),
    ("smtp_relay_url", "smtp://u:p@store.example:587?starttls=1", False),
    ("smtp_relay_url", "smtp://u:p@store.example:587?starttls=0", True),
    ("smtp_relay_url", "smtps://u:p@store.example", False),
    ("smtp_relay_url", "smtp://store.example:25", True),  # letters hold names and numbers
]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    for name in given_names():
        monkeypatch.delenv(name)
    shutil.copy(ROOT / "campaign.toml", tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def faults_of(monkeypatch):
    def load(**given):
        for name, value in {**SOUND, **given}.items():
            monkeypatch.setenv(variable(name), value)
        try:
            load_configuration()
        except ConfigurationError as error:
            return error.faults
        return []

    return load


def test_a_sound_production_starts(faults_of):
    assert faults_of() == []


@pytest.mark.parametrize("mode", ["dev", "production"])
@pytest.mark.parametrize("characters", [1, SECRET_CHARACTERS_MIN - 1, SECRET_CHARACTERS_MIN])
@pytest.mark.parametrize("name", CHOSEN)
def test_a_secret_of_our_own_choice_is_long_in_production(name, characters, mode, faults_of):
    secret = "z" * characters
    faults = faults_of(**{name: secret, "mode": mode})
    if mode == "dev" or characters == SECRET_CHARACTERS_MIN:
        assert faults == []
    else:
        (fault,) = faults
        assert fault.startswith(f"{variable(name)}: shorter than 32 characters")


def test_every_secret_is_ours_or_given_to_us(faults_of):
    """A provider's secret has the length that it has."""
    assert faults_of(**dict.fromkeys((*GIVEN, "registry_token"), "x")) == []
    secrets = {
        name for name in SOUND if name.endswith(("_token", "_key", "_keys", "secret", "password"))
    }
    assert secrets == {*CHOSEN, *GIVEN, "registry_token"}


@pytest.mark.parametrize(("name", "text", "plain"), LINES)
def test_what_leaves_the_machine_is_encrypted_unless_it_is_allowed_by_name(
    name, text, plain, faults_of
):
    told = [fault.partition(" ")[0] for fault in faults_of(**{name: text})]
    assert told == ([f"{variable(name)}:"] if plain else [])
    allowed = {"allow_plain": f" {name}, smtp_relay_url"}
    if plain:
        assert faults_of(**allowed) == []
        allowed = {"allow_plain": ""}
    assert faults_of(**allowed, mode="dev") == []


def test_an_exception_is_for_the_setting_that_it_names_and_no_other(faults_of):
    plain = {"redis_url": "redis://store.example", "registry_url": "http://registry.example"}
    (fault,) = faults_of(**plain, allow_plain="redis_url")
    assert fault.startswith("SATUPINTU_REGISTRY_URL: ")
    assert "name registry_url in SATUPINTU_ALLOW_PLAIN" in fault


def test_an_exception_for_what_is_no_url_is_a_fault(faults_of):
    (fault,) = faults_of(allow_plain="redis_url,operator_token")
    assert fault.startswith("SATUPINTU_ALLOW_PLAIN: 'operator_token' ")


def test_all_of_it_is_told_at_once_and_no_value(faults_of):
    weak = {name: f"hunter{n}" for n, name in enumerate(CHOSEN)}
    plain = {name: f"http://hunter{n}.example" for n, name in enumerate(WEB)}
    stores = {
        "redis_url": "redis://:hunter@hunter.example",
        "database_url": "postgresql://u:hunter@hunter.example/hunter",
        "smtp_relay_url": "smtp://u:hunter@hunter.example",
    }
    faults = faults_of(**weak, **plain, **stores)
    told = {fault.partition(":")[0] for fault in faults}
    assert told == {variable(name) for name in (*weak, *plain, *stores)}
    assert len(faults) == len(told)
    assert "hunter" not in " ".join(faults)


def filled():
    """The example of production with its secrets filled in, as its own second line makes them."""
    example = dotenv_values(ROOT / "deploy" / "production.env.example")
    chosen = dict.fromkeys((*CHOSEN, *GIVEN), "x" * 43)
    chosen |= {"meta_phone_number_id": "1", "africastalking_username": "u"}
    chosen |= {"twilio_account_sid": "AC0"}
    chosen |= OPERATORS
    return example | {variable(name): value for name, value in chosen.items()}


_ASKED = re.compile(r"\$\{[^}]*\}")  # which Compose fills in


@pytest.mark.parametrize("compose", [False, True])
def test_the_examples_start_once_they_are_filled_in(compose, monkeypatch):
    given = filled()
    if compose:
        page = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
        given |= page["x-gateway"]["environment"]
    for name, value in given.items():
        monkeypatch.setenv(name, _ASKED.sub("p", str(value)))
    assert load_configuration().settings.production
