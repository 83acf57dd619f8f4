"""A Flow: the whole form on one screen of WhatsApp, offered in a chat and read from its answer.

It is static: WhatsApp shows it and hands us the answers, with no endpoint of ours between.
https://developers.facebook.com/documentation/business-messaging/whatsapp/flows/guides/sendingaflow
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from channels.whatsapp.flow_token import make_token, read_token
from core.messages import Address
from core.outbox.message import Outgoing
from core.wording.catalog import Wording

Node = Mapping[str, object]

SCREEN: Final = "REGISTER"
FIELDS: Final = ("consent", "nik", "full_name", "profession")  # in the answer, as in the form
ANSWER_CHARACTERS_MAX = 200  # of one field; the conversation takes less
RESPONSE_CHARACTERS_MAX = 4_096
BODY_CHARACTERS_MAX = 1_024
_AGREED: Final = {True: "agree", "true": "agree"}


@dataclass(frozen=True, slots=True)
class Flows:
    """Our Flows at Meta: their ids by language, and what signs the tokens of their forms."""

    ids: Mapping[str, str] = field(default_factory=dict[str, str])
    secret: bytes = field(default=b"", repr=False)

    def offer(self, message: Outgoing, words: str, wording: Wording) -> Node | None:
        """Return the object `interactive` that offers the form below `words`, if there is one."""
        reply = message.reply
        flow = self.ids.get(reply.language)
        phrases = wording.phrases(reply.language, "long") if flow else {}
        body = f"{words}\n\n{phrases.get('flow_hint', '')}"
        if not flow or len(body) > BODY_CHARACTERS_MAX:
            return None
        parameters = {
            "mode": "published",
            "flow_message_version": "3",
            "flow_token": make_token(
                self.secret, message.address, message.key, message.created_at
            ),
            "flow_id": flow,
            "flow_cta": phrases["flow_cta"],
            "flow_action": "navigate",
            "flow_action_payload": {"screen": SCREEN},
        }
        return {
            "type": "flow",
            "body": {"text": body},
            "action": {"name": "flow", "parameters": parameters},
        }


def read_filled(
    response_json: str, *, secret: bytes, address: Address, at: datetime
) -> tuple[Mapping[str, str], str]:
    """Return the answers in a filled form, and its id if it was given to this address.

    No answers if it is no form of ours. Total: any text.
    """
    response = _decode(response_json)
    answers = {name: said for name in FIELDS if (said := _answer(response.get(name)))}
    token = response.get("flow_token")
    if not answers or not isinstance(token, str):
        return answers, ""
    return answers, read_token(token, secret=secret, address=address, at=at)


def _answer(value: object) -> str:
    """Return what was filled in; a tick in the box of consent is an "agree"."""
    if isinstance(value, bool) or value == "true":
        return _AGREED.get(value, "")
    if isinstance(value, int):
        return str(value)[:ANSWER_CHARACTERS_MAX]
    return value.replace("\0", "\ufffd")[:ANSWER_CHARACTERS_MAX] if isinstance(value, str) else ""


def _decode(response: str) -> Node:
    if len(response) > RESPONSE_CHARACTERS_MAX:
        return {}
    try:
        root = msgspec.json.decode(response)
    except (ValueError, RecursionError):
        return {}
    return root if isinstance(root, dict) else {}
