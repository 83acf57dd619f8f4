"""All providers, a row each: the secrets of its wires, and the account for each channel.

All lists of providers are made from these rows. The settings that a row names are fields of
`Settings`; `gateway/wiring/providers.py` constructs channels and carriers from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Names = tuple[str, ...]  # of settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What the gateway knows of a provider, apart from its protocol.

    `sends` maps each channel that it sends on to the settings of the account, all of which must be
    set. `needs` maps a setting to another that it is useless without. `ours` are our own numbers
    there, which the peer does not have. Without the setting `table`, if any, it has no wires.
    """

    name: str
    guards: Names = ()  # secrets that authenticate its requests; production requires them
    keys: str = ""  # the setting with keys of its own, in place of the guard that others share
    chosen: Names = ()  # those of them that we choose ourselves
    headers: Names = ()  # that its wires read, in lower case; a turn passed to the peer keeps them
    paths: Names = ()  # of its wires, where they do not end in its name
    sends: Mapping[str, Names] = field(default_factory=dict[str, Names])
    needs: Mapping[str, str] = field(default_factory=dict[str, str])
    ours: Names = ()
    rate: float | None = None  # messages a second, by default
    api_url: str | None = None  # the setting with the URL of its API
    table: str = ""  # the setting that names the file which describes its wires


# In the order in which they are tried where several send on a channel.
PROVIDERS: Final = (
    Provider(
        name="meta",
        guards=("meta_app_secret", "meta_verify_token"),
        chosen=("meta_verify_token",),
        sends={"whatsapp": ("meta_access_token", "meta_phone_number_id")},
        needs={
            "meta_access_token": "meta_phone_number_id",
            "meta_phone_number_id": "meta_access_token",
            "meta_flow_id": "meta_access_token",
        },
        ours=("meta_phone_number_id",),
        rate=80.0,
        api_url="meta_api_url",
    ),
    Provider(
        name="kannel",
        guards=("webhook_key",),
        keys="kannel_keys",
        chosen=("webhook_key",),
        headers=("x-kannel-from", "x-kannel-to", "x-kannel-time", "x-kannel-id"),
        sends={"sms": ("kannel_url", "kannel_username", "kannel_password", "kannel_from")},
        needs={
            "kannel_url": "kannel_from",
            "kannel_from": "kannel_username",
            "kannel_username": "kannel_password",
            "kannel_password": "kannel_url",
        },
        ours=("kannel_from",),
        rate=30.0,
        api_url="kannel_url",
    ),
    Provider(
        name="jasmin",
        guards=("webhook_key",),
        keys="jasmin_keys",
        chosen=("webhook_key",),
        sends={"sms": ("jasmin_url", "jasmin_username", "jasmin_password", "jasmin_from")},
        needs={
            "jasmin_url": "jasmin_from",
            "jasmin_from": "jasmin_username",
            "jasmin_username": "jasmin_password",
            "jasmin_password": "jasmin_url",
        },
        ours=("jasmin_from",),
        rate=30.0,
        api_url="jasmin_url",
    ),
    Provider(
        name="digihub",
        guards=("webhook_key",),
        keys="digihub_keys",
        chosen=("webhook_key",),
        sends={"sms": ("digihub_api_key", "digihub_secret")},
        needs={
            "digihub_api_key": "digihub_secret",
            "digihub_secret": "digihub_api_key",
            "digihub_from": "digihub_api_key",
        },
        ours=("digihub_from",),
        rate=10.0,
        api_url="digihub_api_url",
    ),
    Provider(
        name="twilio",
        guards=("twilio_auth_token",),
        sends={
            "whatsapp": ("twilio_account_sid", "twilio_auth_token", "twilio_whatsapp_from"),
            "sms": ("twilio_account_sid", "twilio_auth_token", "twilio_sms_from"),
        },
        needs={
            "twilio_account_sid": "twilio_auth_token",
            "twilio_whatsapp_from": "twilio_account_sid",
            "twilio_contents": "twilio_whatsapp_from",
            "twilio_sms_from": "twilio_account_sid",
        },
        ours=("twilio_whatsapp_from", "twilio_sms_from"),
        rate=10.0,
        api_url="twilio_api_url",
    ),
    Provider(
        name="africastalking",
        guards=("webhook_key",),
        keys="africastalking_keys",
        chosen=("webhook_key",),
        sends={"sms": ("africastalking_username", "africastalking_api_key")},
        needs={
            "africastalking_api_key": "africastalking_username",
            "africastalking_username": "africastalking_api_key",
        },
        rate=30.0,
        api_url="africastalking_api_url",
    ),
    Provider(
        name="mapped",
        guards=("webhook_key",),
        keys="mapped_keys",
        chosen=("webhook_key",),
        table="ussd_gateways",
    ),
    Provider(name="smtp", sends={"email": ("smtp_relay_url",)}, rate=20.0),
    Provider(
        name="web",
        headers=("accept-encoding", "cookie", "host", "origin", "sec-fetch-site"),
        paths=("/", "/daftar"),
    ),
)
