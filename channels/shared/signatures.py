"""Tell a provider from a stranger: the signatures that Twilio and Meta put on what they post.

A check whose secret is not configured is not made.
"""

import hmac

from twilio.request_validator import RequestValidator

from channels.contract import RejectedError, Request
from channels.shared.forms import read_pairs


class _Fields(dict[str, list[str]]):
    """The values of every field of a form, as Twilio's own validator asks for them."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def check_twilio(request: Request, token: str | None, public_url: str) -> None:
    """Refuse (403) a form that Twilio did not sign with our token, for this very address.

    The address is the one that we are configured to have, for whoever calls can write any Host.
    Every field counts, also blank, repeated and unknown ones, read before anything is mended.
    """
    if token is None:
        return
    query = f"?{request.query}" if request.query else ""
    fields = _Fields()
    for name, value in read_pairs(request.body):
        fields.setdefault(name, []).append(value)
    given = request.headers.get("x-twilio-signature", "")
    address = f"{public_url.rstrip('/')}{request.path}{query}"
    if not given or not _is_signed(RequestValidator(token), address, fields, given):
        raise RejectedError("the signature is missing or wrong", status=403)


def _is_signed(validator: RequestValidator, address: str, fields: _Fields, given: str) -> bool:
    try:
        return bool(validator.validate(address, fields, given))
    except ValueError:  # no address of ours, or letters that nobody can have signed
        return False


def check_meta(request: Request, secret: str | None) -> None:
    """Refuse (403) a body that Meta did not sign with our app's secret: these bytes, as they came.

    https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
    """
    if secret is None:
        return
    expected = "sha256=" + hmac.digest(secret.encode(), request.body, "sha256").hex()
    given = request.headers.get("x-hub-signature-256", "")
    if not hmac.compare_digest(given.encode(errors="replace"), expected.encode()):
        raise RejectedError("the signature is missing or wrong", status=403)
