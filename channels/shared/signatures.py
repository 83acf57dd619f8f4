"""Verify the signatures of Twilio's and Meta's webhooks.

Without a configured secret nothing is verified.
"""

import hmac

from twilio.request_validator import RequestValidator

from channels.contract import RejectedError, Request
from channels.shared.forms import read_pairs


class _Fields(dict[str, list[str]]):
    """The values of each field of a form, with the interface of Twilio's validator."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def check_twilio(request: Request, token: str | None, public_url: str) -> None:
    """Raise `RejectedError` (403) unless Twilio signed this form for this URL with our token.

    The URL begins with the configured one, because a caller can send any Host. Every field is
    signed, also blank, repeated and unknown ones.
    https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """
    if token is None:
        return
    query = f"?{request.query}" if request.query else ""
    fields = _Fields()
    for name, value in read_pairs(request.body):
        fields.setdefault(name, []).append(value)
    signature = request.headers.get("x-twilio-signature", "")
    url = f"{public_url.rstrip('/')}{request.path}{query}"
    if not signature or not _is_valid(RequestValidator(token), url, fields, signature):
        raise RejectedError("the signature is missing or wrong", status=403)


def _is_valid(validator: RequestValidator, url: str, fields: _Fields, signature: str) -> bool:
    try:
        return bool(validator.validate(url, fields, signature))
    except ValueError:  # an invalid URL, or text that UTF-8 cannot encode
        return False


def check_meta(request: Request, secret: str | None) -> None:
    """Raise `RejectedError` (403) unless Meta signed these bytes with our app's secret.

    https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
    """
    if secret is None:
        return
    expected = "sha256=" + hmac.digest(secret.encode(), request.body, "sha256").hex()
    signature = request.headers.get("x-hub-signature-256", "")
    if not hmac.compare_digest(signature.encode(errors="replace"), expected.encode()):
        raise RejectedError("the signature is missing or wrong", status=403)
