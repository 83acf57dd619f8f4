"""Every provider, one row each: what guards its wires, and what it sends on with which account.

All lists of providers are made from these rows. The settings that a row names are fields of
`Settings`; what is constructed from them stands in `gateway/wiring/providers.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Names = tuple[str, ...]  # of settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What the gateway has to know of one provider, but for how to talk to it.

    `sends` gives the account for each channel that it sends on: all of these settings are set, or
    it does not send there. `needs` names what a setting is of no use without. `ours` are our own
    numbers there, which another gateway does not have.
    """

    name: str
    guards: Names = ()  # the secrets that tell it from a stranger; production serves none without
    chosen: Names = ()  # those of them that we make up ourselves
    headers: Names = ()  # that its wires read, in lower case: they go with a turn to the peer
    sends: Mapping[str, Names] = field(default_factory=dict[str, Names])
    needs: Mapping[str, str] = field(default_factory=dict[str, str])
    ours: Names = ()
    rate: float | None = None  # messages a second to it, where nothing else is set
    api_url: str | None = None  # the setting that puts another API in the place of the real one


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
        },
        ours=("meta_phone_number_id",),
        rate=80.0,
        api_url="meta_api_url",
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
            "twilio_sms_from": "twilio_account_sid",
        },
        ours=("twilio_whatsapp_from", "twilio_sms_from"),
        rate=10.0,
        api_url="twilio_api_url",
    ),
    Provider(
        name="africastalking",
        guards=("webhook_key",),
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
        name="kannel",
        guards=("webhook_key",),
        chosen=("webhook_key",),
        headers=("x-kannel-from", "x-kannel-to", "x-kannel-time", "x-kannel-id"),
    ),
    Provider(name="jasmin", guards=("webhook_key",), chosen=("webhook_key",)),
    Provider(name="smtp", sends={"email": ("smtp_relay_url",)}, rate=20.0),
)
