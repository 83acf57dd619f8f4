"""Signatures as Twilio and Meta make them, and as strangers would who know no secret."""

import hashlib
import hmac
from base64 import b64encode
from urllib.parse import parse_qsl

from msgspec.structs import replace

PUBLIC_URL = "https://pintu.example/masuk"
TOKEN = "token rahasia"
APP_SECRET = "rahasia aplikasi"


def sign_twilio(request, *, token=TOKEN, url=PUBLIC_URL):
    """Sign as Twilio's security page says, and not as our code does."""
    address = f"{url}{request.path}" + (f"?{request.query}" if request.query else "")
    fields = sorted(set(parse_qsl(request.body.decode(), keep_blank_values=True)))
    signed = address + "".join(name + value for name, value in fields)
    mac = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    headers = {**request.headers, "x-twilio-signature": b64encode(mac).decode()}
    return replace(request, headers=headers)


def sign_meta(request, *, secret=APP_SECRET):
    mac = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
    return replace(request, headers={**request.headers, "x-hub-signature-256": f"sha256={mac}"})


def _with_signature(request, header, signatures):
    rest = {name: value for name, value in request.headers.items() if name != header}
    signed = [replace(request, headers=rest | {header: signature}) for signature in signatures]
    return [replace(request, headers=rest), *signed]


def twilio_strangers(good):
    header = "x-twilio-signature"
    right = good.headers[header]
    forged = [
        replace(good, body=good.body + b"&OptOutType=STOP"),
        replace(good, body=good.body + b"&Body="),
        replace(good, body=good.body.replace(b"MessageSid", b"SmsSid")),
        replace(good, query="a=1"),
        sign_twilio(good, token=TOKEN + "1"),
        sign_twilio(good, token=""),
        sign_twilio(
            replace(good, headers=good.headers | {"host": "evil.example"}),
            url="https://evil.example",
        ),
    ]
    return forged + _with_signature(
        good, header, ["", right[:-1], right + "=", right.lower(), "ß"]
    )


def meta_strangers(good):
    header = "x-hub-signature-256"
    right = good.headers[header]
    wrong = ["", "sha256=", right[7:], right.upper(), right[:-1], f"sha1={right[7:]}", "ß"]
    forged = [replace(good, body=good.body + b" "), sign_meta(good, secret=APP_SECRET + "1")]
    return forged + _with_signature(good, header, wrong)
