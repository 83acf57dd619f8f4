"""What the environment may say, and that every fault is told at once and without the value."""

import shutil
from pathlib import Path

import pytest

from core.turns.redis_url import SEEDS_MAX
from core.wording.catalog import load_wording
from gateway.sending.delivery import create_client
from gateway.settings.configuration import (
    CAMPAIGN_BYTES_MAX,
    ConfigurationError,
    load_configuration,
)
from gateway.settings.settings import SECRET_CHARACTERS_MAX, WORKERS_MAX, Settings, given_names
from gateway.wiring.routes import make_routes

CAMPAIGN = Path(__file__).parents[2] / "campaign.toml"
SECRETS = {
    "SATUPINTU_OPERATOR_TOKEN": "an operator's token of 32 or more",
    "SATUPINTU_WEBHOOK_KEY": "a webhook key of 32 or more characters",
    "SATUPINTU_TWILIO_AUTH_TOKEN": "a twilio token",
    "SATUPINTU_META_APP_SECRET": "a meta secret",
    "SATUPINTU_META_VERIFY_TOKEN": "a verify token of 32 or more characters",
}
STORES = {
    "SATUPINTU_REDIS_URL": "rediss://store.example:6379/0",
    "SATUPINTU_DATABASE_URL": "postgresql://store.example/satupintu?sslmode=verify-full",
}
FAULTY = (  # URLs of Redis
    *("redis://[::1/0", "redis://store.example:many", "redis://store.example:65536"),
    *("redis://a,b", "redis://store.example?nonsense=1", "redis://store.example?ssl_ca_certs=x"),
    *("redis://store.example?sentinel_password=x", "unix:///run/s?ssl_ca_certs=x"),
    *("redis+cluster://a:1,,b:2", "redis+cluster://a:1,b:2/3", "redis+cluster://a:1,b:many"),
    *("redis+sentinel://a,b", "redis+sentinel://a,b/", "redis+sentinel://a/n?socket_timeout=1"),
    *("redis+cluster://a?sentinel_password=x", "redis+cluster://a?retry_on_timeout=true"),
    f"redis+cluster://{','.join(f'h{n}' for n in range(SEEDS_MAX + 1))}",
)
SOUND = (
    *("redis+cluster://store.example:7000", "rediss+cluster://:p@a:1,b:65535,[::1]:3"),
    *("redis+sentinel://a,b:26380/name", "rediss+sentinel://u:p@a,b/name/3?sentinel_password=q"),
    "rediss://store.example?ssl_ca_certs=/etc/ca.pem&ssl_check_hostname=false",
    f"redis+cluster://{','.join(f'h{n}' for n in range(SEEDS_MAX))}",
)


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    for name in given_names():
        monkeypatch.delenv(name)
    shutil.copy(CAMPAIGN, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def faults_of(monkeypatch):
    def load(**given):
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        try:
            load_configuration()
        except ConfigurationError as error:
            return error.faults
        return []

    return load


def test_nothing_set_is_a_working_development_gateway():
    settings = load_configuration().settings
    assert settings.mode == "dev"
    assert settings.embedded_redis
    assert settings.database.startswith("sqlite:////")
    assert settings.http_port == 8000


def test_every_setting_says_what_it_is_for():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("missing", SECRETS)
def test_production_refuses_to_start_with_any_missing_secret(missing, faults_of):
    given = {**SECRETS, **STORES, "SATUPINTU_MODE": "production"}
    del given[missing]
    (fault,) = faults_of(**given)
    assert fault.startswith(f"{missing}: missing")


def test_production_with_every_secret_and_store_starts(faults_of):
    assert faults_of(**SECRETS, **STORES, SATUPINTU_MODE="production") == []


def test_a_secret_set_to_nothing_is_missing(faults_of):
    given = {**SECRETS, **STORES, "SATUPINTU_MODE": "production", "SATUPINTU_WEBHOOK_KEY": ""}
    assert len(faults_of(**given)) == 1


def test_a_wire_that_is_not_served_needs_no_secret(faults_of):
    given = {**SECRETS, **STORES, "SATUPINTU_MODE": "production"}
    del given["SATUPINTU_META_APP_SECRET"], given["SATUPINTU_META_VERIFY_TOKEN"]
    assert faults_of(**given, SATUPINTU_WIRES="africastalking, twilio,smtp") == []


@pytest.mark.parametrize("store", STORES)
def test_production_refuses_an_embedded_store_unless_told_to(store, faults_of):
    given = {**SECRETS, **STORES, "SATUPINTU_MODE": "production"}
    del given[store]
    (fault,) = faults_of(**given)
    assert fault.startswith(f"{store}: missing")
    assert faults_of(SATUPINTU_ALLOW_EMBEDDED="1") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SATUPINTU_MODE", "prod"),
        ("SATUPINTU_HTTP_PORT", "0"),
        ("SATUPINTU_HTTP_PORT", "65536"),
        ("SATUPINTU_SMTP_PORT", "smtp"),
        ("SATUPINTU_WORKERS", "0"),
        ("SATUPINTU_WORKERS", str(WORKERS_MAX + 1)),
        ("SATUPINTU_REDIS_URL", "http://store.example"),
        *(("SATUPINTU_REDIS_URL", url) for url in FAULTY),
        ("SATUPINTU_DATABASE_URL", "mysql://store.example"),
        ("SATUPINTU_DATABASE_URL", "postgresql://store.example/db?nonsense=1"),
        ("SATUPINTU_DATABASE_URL", "postgresql://store.example/db?pooler=session"),
        ("SATUPINTU_DATABASE_URL", "postgresql://store.example:many/db"),
        ("SATUPINTU_DATABASE_URL", "postgresql://store.example:65536/db"),
        ("SATUPINTU_DATABASE_URL", "postgresql://a:1,b:2,c:/db?port=1,2"),
        ("SATUPINTU_PUBLIC_URL", "gateway.example"),
        ("SATUPINTU_SMTP_RELAY_URL", "relay.example:25"),
        ("SATUPINTU_WIRES", "twilio,telex"),
        ("SATUPINTU_WEBHOOK_KEY", "k" * (SECRET_CHARACTERS_MAX + 1)),
    ],
)
def test_a_setting_out_of_bounds_is_told_by_name(name, value, faults_of):
    (fault,) = faults_of(**{name: value})
    assert fault.startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SATUPINTU_WORKERS", str(WORKERS_MAX)),
        ("SATUPINTU_HTTP_PORT", "65535"),
        *(("SATUPINTU_REDIS_URL", url) for url in SOUND),
        ("SATUPINTU_DATABASE_URL", "sqlite:////srv/satupintu.db"),
        ("SATUPINTU_DATABASE_URL", "postgresql://store.example/db?pooler=transaction"),
        ("SATUPINTU_DATABASE_URL", "postgresql://a:1,b:65535/db?target_session_attrs=read-write"),
        ("SATUPINTU_WEBHOOK_KEY", "k" * SECRET_CHARACTERS_MAX),
    ],
)
def test_a_setting_at_its_bound_is_taken(name, value, faults_of):
    assert faults_of(**{name: value}) == []


def test_all_faults_are_told_at_once(faults_of):
    faults = faults_of(
        SATUPINTU_MODE="production",
        SATUPINTU_HTTP_PORT="many",
        SATUPINTU_WORKERSS="2",
        SATUPINTU_CAMPAIGN="missing.toml",
    )
    told = {fault.partition(":")[0].partition(" ")[0] for fault in faults}
    assert {"SATUPINTU_HTTP_PORT", "SATUPINTU_WORKERSS", "SATUPINTU_CAMPAIGN", *SECRETS} <= told


def test_an_unknown_setting_is_answered_with_the_likely_one(faults_of):
    assert faults_of(SATUPINTU_OPERATER_TOKEN="x") == [
        "SATUPINTU_OPERATER_TOKEN: no such setting; did you mean SATUPINTU_OPERATOR_TOKEN?"
    ]


def test_no_fault_quotes_a_value(faults_of):
    faults = faults_of(
        SATUPINTU_REDIS_URL="http://:hunter2@store.example",
        SATUPINTU_DATABASE_URL="hunter2",
        SATUPINTU_SMTP_RELAY_URL="hunter2",
        SATUPINTU_HTTP_PORT="hunter2",
    )
    assert len(faults) == 4
    assert "hunter2" not in " ".join(faults)


def test_no_secret_stands_in_the_repr_of_the_settings(faults_of):
    faults_of(**SECRETS, **STORES)
    shown = repr(load_configuration())
    assert [value for value in [*SECRETS.values(), *STORES.values()] if value in shown] == []


def test_half_an_account_is_a_fault(faults_of):
    (fault,) = faults_of(SATUPINTU_TWILIO_ACCOUNT_SID="AC00")
    assert fault.startswith("SATUPINTU_TWILIO_AUTH_TOKEN: missing")


def test_the_env_file_is_read_and_its_unknown_names_are_told(empty_folder):
    (empty_folder / ".env").write_text("SATUPINTU_WORKERS=3\n")
    assert load_configuration().settings.workers == 3
    (empty_folder / ".env").write_text("SATUPINTU_WORKER=3\n")
    with pytest.raises(ConfigurationError, match="did you mean SATUPINTU_WORKERS"):
        load_configuration()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"id = ", "is not TOML"),
        (b"\xff\xfe", "is not TOML"),
        (b'id = "x"', "service_code: Field required"),
        (b"#" * (CAMPAIGN_BYTES_MAX + 1), "larger than"),
        (None, "no such file"),
    ],
)
def test_a_faulty_campaign_is_told_in_plain_words(content, says, empty_folder):
    (empty_folder / "campaign.toml").unlink()
    if content is not None:
        (empty_folder / "campaign.toml").write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        load_configuration()
    assert says in str(caught.value)


def test_links_name_the_port_that_is_served_unless_an_address_is_set(faults_of):
    assert load_configuration().settings.public_url == "http://127.0.0.1:8000"
    faults_of(SATUPINTU_HTTP_PORT="22001")
    assert load_configuration().settings.public_url == "http://127.0.0.1:22001"
    faults_of(SATUPINTU_PUBLIC_URL="https://gateway.example")
    assert load_configuration().settings.public_url == "https://gateway.example"


def test_a_trailing_slash_of_the_public_url_does_not_matter(faults_of):
    faults_of(SATUPINTU_PUBLIC_URL="https://gateway.example/")
    assert load_configuration().settings.public_url == "https://gateway.example"


@pytest.mark.parametrize(
    ("rates", "says"),
    [
        ("twilio", "'twilio' should be name=value"),
        ("twilio=", "should be name=value"),
        ("pigeon=1", "'pigeon' is not a provider that we send by; known: meta"),
        ("twilio=fast", "twilio should be a number from 0 to 10,000"),
        ("twilio=nan", "twilio should be a number"),
        ("twilio=-1", "twilio should be a number"),
        ("twilio=10000.1", "twilio should be a number"),
    ],
)
def test_a_rate_that_is_none_is_a_fault(faults_of, rates, says):
    (fault,) = faults_of(SATUPINTU_SEND_RATE=rates)
    assert fault.startswith("SATUPINTU_SEND_RATE: ")
    assert says in fault


def test_countries_are_two_capital_letters_each(faults_of):
    assert not faults_of(SATUPINTU_SMS_COUNTRIES=" MY, TL,")
    assert load_configuration().settings.sms_countries == ("MY", "TL")
    for wrong in ("my", "XX", "MYS", "MY;TL", "60"):
        (fault,) = faults_of(SATUPINTU_SMS_COUNTRIES=wrong)
        assert fault.startswith("SATUPINTU_SMS_COUNTRIES: ")
        assert "is no country" in fault


def test_contents_are_sids_of_twilio_by_what_they_show(faults_of):
    sid = "HX" + "0aF9" * 8
    account = {
        "SATUPINTU_TWILIO_ACCOUNT_SID": "AC1",
        "SATUPINTU_TWILIO_AUTH_TOKEN": "t",
        "SATUPINTU_TWILIO_WHATSAPP_FROM": "+6281110500567",
    }
    assert not faults_of(SATUPINTU_TWILIO_CONTENTS=f"buttons2={sid}, list10={sid}", **account)
    contents = load_configuration().settings.twilio_contents
    assert contents == {"buttons2": sid, "list10": sid}
    for wrong in (f"buttons4={sid}", f"list11={sid}", f"list0={sid}", "list1", f"list1={sid}0"):
        (fault,) = faults_of(SATUPINTU_TWILIO_CONTENTS=wrong, **account)
        assert fault.startswith("SATUPINTU_TWILIO_CONTENTS: ")


def test_contents_are_of_no_use_without_an_account(faults_of):
    (fault,) = faults_of(SATUPINTU_TWILIO_CONTENTS=f"list1=HX{1:032x}")
    assert fault.startswith("SATUPINTU_TWILIO_WHATSAPP_FROM: missing")


@pytest.mark.parametrize(
    ("routes", "says"),
    [
        ("sms", "'sms' should be name=value"),
        ("fax=twilio", "'fax' is not a channel that we send by; known: whatsapp, sms, email"),
        (
            "sms=meta",
            "'meta' sends nothing on sms; known: kannel, jasmin, digihub, twilio, africastalking",
        ),
        ("sms=twilio,twilio", "sms should name each of its providers once"),
        ("sms=,", "sms should name each of its providers once"),
    ],
)
def test_a_route_that_is_none_is_a_fault(faults_of, routes, says):
    (fault,) = faults_of(SATUPINTU_ROUTES=routes)
    assert fault.startswith("SATUPINTU_ROUTES: ")
    assert says in fault


async def test_routes_go_in_their_order_and_at_their_rate_of_all_workers(faults_of):
    accounts = {
        "SATUPINTU_TWILIO_ACCOUNT_SID": "AC1",
        "SATUPINTU_TWILIO_AUTH_TOKEN": "t",
        "SATUPINTU_TWILIO_SMS_FROM": "1199",
        "SATUPINTU_TWILIO_WHATSAPP_FROM": "+6281110500567",
        "SATUPINTU_META_ACCESS_TOKEN": "m",
        "SATUPINTU_META_PHONE_NUMBER_ID": "1050",
        "SATUPINTU_AFRICASTALKING_USERNAME": "u",
        "SATUPINTU_AFRICASTALKING_API_KEY": "k",
        "SATUPINTU_SMTP_RELAY_URL": "smtp://mail.example",
    }

    async def routes(**more):
        faults_of(**accounts, **more)
        configuration = load_configuration()
        wording = load_wording(None, configuration.campaign)
        async with create_client() as client:
            made = make_routes(configuration, wording, client)
        return {door: [(one.provider, one.rate) for one in each] for door, each in made.items()}

    assert await routes() == {
        "whatsapp": [
            *(("meta", 80), ("template/meta", 80)),
            *(("twilio", 10), ("template/twilio", 10)),
        ],
        "sms": [("twilio", 10), ("africastalking", 30)],
        "email": [("smtp", 20)],
    }
    given = {
        "SATUPINTU_WORKERS": "4",
        "SATUPINTU_SEND_RATE": "africastalking=2, smtp=0",
        "SATUPINTU_ROUTES": "sms=africastalking,twilio; whatsapp=twilio;",
    }
    assert await routes(**given) == {
        "whatsapp": [("twilio", 2.5), ("template/twilio", 2.5)],
        "sms": [("africastalking", 0.5), ("twilio", 2.5)],
        "email": [("smtp", 0)],
    }
