"""Webhooks to the ministry's app, signed as Standard Webhooks says (standardwebhooks.com).

An event goes out until the app answers 2xx, under the same id. `data` holds no personal datum.
"""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from core.registration.app_feed import event_id
from core.registration.feed import UnsentRecord
from gateway.registry.client import Answer, Caller
from gateway.registry.feed import Receiver
from gateway.runtime.clock import Clock, utc_now


def sign(secrets: Sequence[bytes], name: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of the event `name` that is sent at this moment."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((name.encode(), timestamp.encode(), body))
    made = (hmac.new(secret, signed, sha256).digest() for secret in secrets)
    return {
        "webhook-id": name,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made),
    }


def to_app(caller: Caller, secrets: Sequence[bytes], clock: Clock = utc_now) -> Receiver:
    """Return the app, which takes an event at a time; it checks `clock` against its own."""

    async def post(batch: Sequence[UnsentRecord]) -> Answer:
        (record,) = batch
        signed = sign(secrets, event_id(record), clock(), record.line)
        return await caller.send("", record.line, {"Content-Type": "application/json", **signed})

    return Receiver(post, batch_max=1, counter="webhooks", name=caller.name)
