"""Approved templates, by Meta and by Twilio, which reach people outside WhatsApp's window.

A provider refuses a template that is not approved, or paused, with a code of its own: the message
goes another way until an operator mends the template.
"""

from typing import Final, Protocol

import msgspec

from channels.contract import Carrier, Delivery, Refusal, Refused, Sent
from channels.shared.forms import TEMPLATE_MARK
from channels.shared.twilio import TwilioAccount, compose_delivery, read_response
from channels.whatsapp.meta import read_answer
from channels.whatsapp.meta_account import MetaAccount
from core.outbox.message import Outgoing
from core.outbox.receipts import TEMPLATE
from core.wording.templates import FilledTemplate, Templates

_PREFIX: Final = "whatsapp:"
_META_CODES: Final = frozenset(f"code_{code}" for code in range(132_000, 132_100))


class TemplateCarrier(Carrier, Protocol):
    """A carrier that takes only messages that have a template."""

    def takes(self, message: Outgoing) -> bool:
        """Return True if a template says all that the message says."""


class MetaTemplates:
    """Sends templates by Meta's Cloud API."""

    provider = f"{TEMPLATE}meta"
    echoes_reference = True

    def __init__(self, account: MetaAccount, templates: Templates) -> None:
        self._account = account
        self._templates = templates

    def takes(self, message: Outgoing) -> bool:
        """Return True if a template says all that the message says."""
        return self._templates.fill(message.reply) is not None

    def compose(self, message: Outgoing, reference: str = "") -> Delivery:
        """Return the request; it has no more parts than the text."""
        template = _filled(self._templates, message)
        values = [{"type": "text", "text": value} for value in template.values]
        body = [{"type": "body", "parameters": values}] if values else []
        content = {
            "type": "template",
            "template": {
                "name": template.name,
                "language": {"code": template.code},
                **({"components": body} if body else {}),
            },
        }
        return self._account.deliver(message, content, _marked(reference))

    def read_response(self, status: int, body: bytes) -> Sent | Refused:
        """Read the provider's response. Total: any status and body."""
        result = read_answer(status, body)
        if isinstance(result, Refused) and result.why in _META_CODES:
            return Refused(result.why, Refusal.OUR_TEMPLATE)
        return result


class TwilioTemplates:
    """Sends templates by Twilio's Content API, each by its id."""

    provider = f"{TEMPLATE}twilio"
    echoes_reference = True

    def __init__(
        self, account: TwilioAccount, sender: str, receipts: str, templates: Templates
    ) -> None:
        self._account = account
        self._sender = sender
        self._receipts = receipts
        self._templates = templates

    def takes(self, message: Outgoing) -> bool:
        """Return True if a template that Twilio has says all that the message says."""
        template = self._templates.fill(message.reply)
        return template is not None and bool(template.content_sid)

    def compose(self, message: Outgoing, reference: str = "") -> Delivery:
        """Return the request."""
        template = _filled(self._templates, message)
        values = {str(n): value for n, value in enumerate(template.values, 1)}
        variables = {"ContentVariables": msgspec.json.encode(values).decode()} if values else {}
        return compose_delivery(
            self._account,
            receipts=self._receipts,
            reference=_marked(reference),
            To=_PREFIX + message.address.value,
            From=_PREFIX + self._sender.removeprefix(_PREFIX),
            ContentSid=template.content_sid,
            **variables,
        )

    read_response = staticmethod(read_response)


def _filled(templates: Templates, message: Outgoing) -> FilledTemplate:
    template = templates.fill(message.reply)
    if template is None:
        raise ValueError("no template says this: it was not to be taken")
    return template


def _marked(reference: str) -> str:
    """Return the reference marked as a template's: free text has the same one unmarked."""
    return f"{TEMPLATE_MARK}{reference}" if reference else ""
