"""Every setting of the gateway, read from the environment and `.env`.

Nothing else reads the environment. A fault names the setting and its remedy, never the value: half
of the values are secrets.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import (
    AwareDatetime,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gateway.settings.lists import (
    ROUTES,
    SEND_RATE,
    WEB_RATE,
    Network,
    read_contents,
    read_countries,
    read_flows,
    read_keys,
    read_named_keys,
    read_names,
    read_networks,
    read_prefixes,
    read_rates,
    read_routes,
    read_web_rates,
)
from gateway.settings.providers import PROVIDERS
from gateway.settings.urls import SCHEMES, check_url
from gateway.settings.webhook_secrets import check_secrets

PREFIX = "SATUPINTU_"
ENV_FILE = ".env"
WIRES = tuple(one.name for one in PROVIDERS)
SECRET_CHARACTERS_MAX = 4_096
WORKERS_MAX = 64
MEMORY_MB_MIN, MEMORY_MB_MAX = 16, 1_048_576

Port = Annotated[int, Field(ge=1, le=65_535)]
Secret = Annotated[SecretStr, Field(max_length=SECRET_CHARACTERS_MAX)]
Moment = Annotated[  # far enough from the ends of time for any arithmetic
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC)),
]
_READERS: dict[str, Callable[[str], object]] = {
    "wires": partial(read_names, known=WIRES, kind="wire"),
    "allow_plain": partial(read_names, known=tuple(SCHEMES), kind="URL of ours"),
    "send_rate": read_rates,
    "routes": read_routes,
    "sms_prefixes": read_prefixes,
    "sms_countries": read_countries,
    "meta_flow_id": read_flows,
    "twilio_contents": read_contents,
    "web_rate": read_web_rates,
    "trusted_proxies": read_networks,
}

_KEYS = {
    **{one.keys: read_named_keys if one.table else read_keys for one in PROVIDERS if one.keys},
    "webhook_out_secret": check_secrets,
}


def _optional(description: str) -> Any:
    return Field(default=None, description=description)


class Settings(BaseSettings):
    """The settings. An empty variable counts as not set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    mode: Literal["dev", "production"] = Field(
        default="dev",
        description="production refuses missing or weak secrets, plain lines and embedded stores",
    )
    data_dir: Path = Field(default=Path("./var"), description="where the embedded stores live")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    http_port: Port = Field(default=8000, description="port of webhooks, API and health")
    console_port: Port | None = _optional(
        "port of the operators' console; empty: dev has it on the HTTP port, production has none"
    )
    smtp_port: Port = Field(default=8025, description="port that takes mail")
    workers: int = Field(default=1, ge=1, le=WORKERS_MAX, description="processes")
    wires: Annotated[tuple[str, ...], NoDecode] = Field(
        default=WIRES, description="providers that are served, by comma; the others get 404"
    )
    redis_url: Secret | None = _optional(
        "redis://, rediss:// (TLS), and both with +cluster or +sentinel; empty: embedded"
    )
    database_url: Secret | None = _optional(
        "sqlite: or postgresql://; empty: SQLite in the data dir"
    )
    allow_embedded: bool = Field(
        default=False, description="let production use the embedded stores"
    )
    allow_plain: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="URLs that production may use unencrypted: redis_url,database_url; see below",
    )
    valkey_bin: Path | None = _optional("a valkey-server or redis-server to use as embedded store")
    valkey_memory_mb: int = Field(
        default=1_024,
        ge=MEMORY_MB_MIN,
        le=MEMORY_MB_MAX,
        description="memory of the embedded Valkey; full, it takes no more, and callers get 503",
    )
    campaign: Path = Field(default=Path("campaign.toml"), description="the campaign being served")
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        description="what providers call and links name; unless it is set, at the HTTP port",
    )
    operator_token: Secret | None = _optional("bearer token of the operator API; dev makes one up")
    console_proxy_secret: Secret | None = _optional(
        "what a proxy that signs operators in sends as X-Satupintu-Proxy; empty: no proxy does"
    )
    secret: Secret | None = _optional(
        "signs letters, derives numbers, seals a new database; empty: one in the data dir signs"
    )
    key_file: Path | None = _optional(
        "keys that wrap what seals the database; empty: one that follows from the secret"
    )
    webhook_key: Secret | None = _optional(
        "?key= or X-Satupintu-Key of wires that sign nothing and have no keys of their own"
    )
    africastalking_keys: Secret | None = _optional(
        "keys of Africa's Talking alone, instead of the webhook key; one or, with a comma, two"
    )
    kannel_keys: Secret | None = _optional("keys of Kannel alone, likewise")
    jasmin_keys: Secret | None = _optional("keys of Jasmin alone, likewise")
    mapped_keys: Secret | None = _optional(
        "keys of mapped USSD gateways alone: of all, or of each, as telco=key; by comma"
    )
    ussd_gateways: Path | None = _optional(
        "tables of operators' USSD gateways (TOML); empty: none is mapped"
    )
    digihub_keys: Secret | None = _optional(
        "keys of DigiHub alone, likewise; they sign the ids that its receipts repeat"
    )
    twilio_account_sid: str | None = _optional("Twilio account, to send")
    twilio_auth_token: Secret | None = _optional("Twilio auth token: checks signatures, and sends")
    twilio_whatsapp_from: str | None = _optional("our WhatsApp number at Twilio")
    twilio_contents: Annotated[dict[str, str] | None, NoDecode] = _optional(
        "contents with buttons and lists: buttons2=HX…,list4=HX…; then no answer is in band"
    )
    twilio_sms_from: str | None = _optional("our SMS number or sender at Twilio")
    twilio_api_url: str | None = _optional("Twilio's API; empty: the real one")
    meta_app_secret: Secret | None = _optional("Meta app secret: checks signatures")
    meta_verify_token: Secret | None = _optional("Meta webhook verification token")
    meta_access_token: Secret | None = _optional("Meta access token, to send")
    meta_phone_number_id: str | None = _optional("our WhatsApp number's id at Meta")
    meta_flow_id: Annotated[dict[str, str] | None, NoDecode] = _optional(
        "our form as a Flow at Meta, by language: id=1234,en=5678; empty: it is asked in the chat"
    )
    meta_api_url: str | None = _optional("Meta's Graph API; empty: the real one")
    africastalking_username: str | None = _optional("Africa's Talking user, to send")
    africastalking_api_key: Secret | None = _optional("Africa's Talking API key, to send")
    africastalking_sender_id: str | None = _optional("our sender id at Africa's Talking")
    africastalking_api_url: str | None = _optional("Africa's Talking's API; empty: the real one")
    kannel_url: str | None = _optional("sendsms of an operator's Kannel, to send")
    kannel_username: str | None = _optional("our sendsms-user there")
    kannel_password: Secret | None = _optional("the password of that user")
    kannel_from: str | None = _optional("our short code there")
    jasmin_url: str | None = _optional("/send of an operator's Jasmin, to send")
    jasmin_username: str | None = _optional("our user there")
    jasmin_password: Secret | None = _optional("the password of that user")
    jasmin_from: str | None = _optional("our short code there")
    digihub_api_key: Secret | None = _optional("key of our application at DigiHub, to send")
    digihub_secret: Secret | None = _optional("secret of our application at DigiHub, to send")
    digihub_from: str | None = _optional("our sender there; empty: the one of the account")
    digihub_api_url: str | None = _optional("DigiHub's API; empty: the real one")
    mail_authserv: str | None = _optional("id of our mail server in Authentication-Results")
    smtp_tls_cert: Path | None = _optional("certificates (PEM) for STARTTLS on the mail port")
    smtp_tls_key: Path | None = _optional("the key of the first of them (PEM)")
    smtp_relay_url: Secret | None = _optional("who sends our mail: smtp://user:pass@host:port")
    send_rate: Annotated[dict[str, float], NoDecode] = Field(
        default=SEND_RATE,
        description="messages a second to each provider, of all workers together; 0: no limit",
    )
    routes: Annotated[dict[str, tuple[str, ...]], NoDecode] = Field(
        default=ROUTES, description="the order in which providers of a channel are tried"
    )
    sms_prefixes: Annotated[dict[str, tuple[str, ...]], NoDecode] = Field(
        default={},
        description="providers of SMS to numbers that begin so: +62811,+62812=digihub,kannel; …",
    )
    registry_url: str | None = _optional("the national registry; empty: the roster is asked")
    registry_token: Secret | None = _optional("bearer token of the registry")
    webhook_out_url: str | None = _optional("where the app takes webhooks; empty: none are sent")
    webhook_out_secret: Secret | None = _optional(
        "signs them: whsec_ and 24 to 64 bytes in base64; one or, with a comma, two"
    )
    sms_countries: Annotated[tuple[str, ...] | None, NoDecode] = _optional(
        "ISO codes, by comma, of countries that SMS go to unasked, beside the campaign's own"
    )
    peer_url: str | None = _optional("the other gateway, which takes turns that this one cannot")
    peer_secret: Secret | None = _optional("what both gateways sign passed turns with")
    web_rate: Annotated[dict[str, float], NoDecode] = Field(
        default=WEB_RATE,
        description="requests a minute that the web takes from an address and with a token",
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="networks, by comma, of proxies whose X-Forwarded-For is believed",
    )
    demo: bool = Field(
        default=True, description="put a made-up roster, facilities and slots in; never production"
    )
    simulator: bool = Field(
        default=True, description="serve /try, which drives every door by itself; never production"
    )
    now: Moment | None = _optional("dev: what time it is when the gateway starts (ISO 8601)")

    @model_validator(mode="before")
    @classmethod
    def _at_own_port(cls, given: dict[str, object]) -> dict[str, object]:
        port = given.get("http_port")
        return {"public_url": f"http://127.0.0.1:{port}", **given} if port else given

    @field_validator(*_READERS, mode="before")
    @classmethod
    def _read_list(cls, value: object, info: ValidationInfo) -> object:
        return _READERS[str(info.field_name)](value) if isinstance(value, str) else value

    @field_validator(*_KEYS)
    @classmethod
    def _read_keys(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        return value and SecretStr(_KEYS[str(info.field_name)](reveal(value)))

    @field_validator(*SCHEMES)
    @classmethod
    def _check_url(
        cls, value: SecretStr | str | None, info: ValidationInfo
    ) -> SecretStr | str | None:
        check_url(str(info.field_name), reveal(value))
        return value.rstrip("/") if isinstance(value, str) else value

    @property
    def production(self) -> bool:
        """Return True if weaknesses are refused that dev accepts."""
        return self.mode == "production"

    @property
    def embedded_redis(self) -> bool:
        """Return True if the gateway starts its own Valkey."""
        return self.redis_url is None

    @property
    def database(self) -> str:
        """Return the URL of the database: the embedded one if none is set."""
        path = self.data_dir.resolve() / "satupintu.db"
        return reveal(self.database_url) or f"sqlite:///{path}"


def reveal(value: SecretStr | str | None) -> str:
    """Return the text of a setting that may be secret, "" if it is not set."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return value or ""


def variable(field: str) -> str:
    """Return the environment variable of a field."""
    return PREFIX + field.upper()


def given_names() -> set[str]:
    """Return the variables with our prefix in the environment and `.env`, in upper case."""
    names = [*os.environ, *dotenv_values(ENV_FILE)]
    return {name.upper() for name in names if name.upper().startswith(PREFIX)}


def worker_environment(fields: dict[str, str], **more: str) -> dict[str, str]:
    """Return our environment with `fields` (field to text) and `more` (variable to text) set."""
    return {**os.environ, **{variable(name): text for name, text in fields.items()}, **more}
