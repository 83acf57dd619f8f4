"""The app's registrations: a JSON body is a page that confirms, with all answers at once.

Whoever sends it holds an Idempotency-Key, and is given a token made of it: the same key always
gets the same token, and only we can make it. Nobody vouches for what is written here.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from channels.contract import RejectedError, Request, Response
from channels.web.tokens import web_value
from core.campaign import Campaign
from core.conversation.handover.showing import ways
from core.messages import APP, Address, AddressKind, Channel, Inbound, Prompt, Reply
from core.wording.catalog import Wording

PATH: Final = "/api/public/v1/intents"
KEY: Final = "idempotency-key"
KEY_CHARACTERS_MIN: Final = 16  # a UUID has 36; what is shorter may be somebody else's, too
KEY_CHARACTERS_MAX: Final = 200
BODY_BYTES_MAX: Final = 8_192
FIELD_CHARACTERS_MAX: Final = 200
TOKEN_BYTES: Final = 16
PROFESSION: Final = "profession"
FIELDS: Final = ("nik", "full_name", PROFESSION, "phone")
MISSING: Final = "letter_missing_"
NAME_CHARACTERS_MAX: Final = 40  # of an unknown field, told back
CONSENT, LANGUAGE = "consent", "language"
TURNS_SECONDS: Final = 3_600  # after which more turns are taken


SHOW_CODE: Final = "show_code"
WAYS: Final = ("code", "sms_to", "dial", "whatsapp")
NO_WAYS: Final[Mapping[str, str]] = MappingProxyType({})


class Fault(NamedTuple):
    """A field that cannot be used: a code for the app, and the words to show beside the field."""

    field: str
    code: str
    message: str


class FaultyError(RejectedError):
    """The body has faults, each named with its field."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("some fields cannot be used", status=422)
        self.faults = faults


class Told(NamedTuple):
    """What a prompt tells of a registration."""

    outcome: str
    status: str | None = "received"
    standing: str | None = "held"


# By the prompt that says it.
_TOLD: Final[Mapping[str, Told]] = MappingProxyType(
    {
        "registered": Told("registered"),
        "registered_verified": Told("registered", "verified"),
        "registered_bookable": Told("registered", "verified"),
        "registered_not_listed": Told("registered", "not_listed"),
        "registered_in_review": Told("registered", "in_review"),
        "received": Told("received", standing="claimed"),
        "already_registered": Told("already_registered", None),
        "updated": Told("updated", None),
        "in_review": Told("in_review", None, None),
        "refused": Told("refused", None, None),
    }
)


class Intents:
    """The wire of the app. `secret` makes tokens; `language` is that of faults, by default."""

    name = "web/api"
    paths: Mapping[str, tuple[str, ...]] = MappingProxyType({PATH: ("POST",)})
    in_band = True
    body_bytes_max = BODY_BYTES_MAX

    def __init__(self, wording: Wording, secret: bytes, campaign: Campaign) -> None:
        self._wording, self._secret, self._campaign = wording, secret, campaign
        self._language = campaign.language

    def token(self, request: Request) -> str:
        """Return the token of this request's key, or raise `RejectedError`."""
        return _text(self._made("token", check_key(request.headers.get(KEY, ""))))

    def parse(self, request: Request) -> tuple[Inbound, ...]:
        """Return the registration that the body asks for, or raise `RejectedError`."""
        token, key = self.token(request), request.headers[KEY]
        body = _read_body(request.body)
        self._check(body)
        return (
            Inbound(
                channel=Channel.WEB,
                provider=APP,
                address=Address(AddressKind.WEB, web_value(token)),
                message_id=_text(self._made("message", key)),
                received_at=request.received_at,
                answers={name: body[name] for name in FIELDS if body.get(name, "").strip()},
                confirms=True,
                language=body.get(LANGUAGE, self._language),
            ),
        )

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Return what came of it as JSON: 201, or a problem that names the fields."""
        prompts = reply.prompts if reply is not None else ()
        for prompt in prompts:
            if (told := _TOLD.get(prompt.key)) is not None:
                number, found = prompt.args.get("number"), _ways(self._campaign, prompts)
                return _json(described(self.token(request), number, told, found), 201)
        language = reply.language if reply is not None else self._language
        faults = tuple(self._faults(prompts, language))
        if faults:
            raise FaultyError(faults)
        reason = "too many requests with this key; try again later"
        raise RejectedError(reason, status=429, retry_seconds=TURNS_SECONDS)

    def _made(self, what: str, key: str) -> bytes:
        made = hmac.new(self._secret, f"intent {what}\0{key}".encode(), sha256)
        return made.digest()[:TOKEN_BYTES]

    def _check(self, body: Mapping[str, Any]) -> None:
        """Raise `FaultyError` for what the conversation could not say of the body."""
        faults = [*_unknown(body), *_unreadable(body), *self._unspoken(body)]
        if body.get(CONSENT) is not True:
            words = self._words(self._language_of(body), Prompt("consent_needed"))
            faults.append(Fault(CONSENT, "missing", words))
        if faults:
            raise FaultyError(tuple(faults))

    def _unspoken(self, body: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield the fault of a language that we do not speak."""
        given = body.get(LANGUAGE, self._language)
        if isinstance(given, str) and given not in self._wording.languages:
            known = ", ".join(sorted(self._wording.languages))
            yield Fault(LANGUAGE, "unknown", f"this should be one of: {known}")

    def _language_of(self, body: Mapping[str, Any]) -> str:
        given = body.get(LANGUAGE)
        if isinstance(given, str) and given in self._wording.languages:
            return given
        return self._language

    def _faults(self, prompts: Sequence[Prompt], language: str) -> Iterator[Fault]:
        """Yield what these prompts, of an answer that asks for more, say of each field."""
        complained: set[str] = set()
        for at, prompt in enumerate(prompts):
            if prompt.key == "letter_wrong":
                name = prompt.args["label"].removeprefix("@step_")
                why = prompts[at + 1]
                yield Fault(name, why.key, self._words(language, why))
            elif prompt.key == "letter_unknown_profession":
                name = PROFESSION
                yield Fault(name, "unknown", self._words(language, *prompts[at : at + 2]))
            elif (name := _missing(prompt)) and name not in complained:
                asks = Prompt(f"ask_{name}", choices=prompt.choices)
                yield Fault(name, "missing", self._words(language, asks))
            complained.add(name)

    def _words(self, language: str, *prompts: Prompt) -> str:
        return self._wording.text(Reply(prompts, language), "long")


def described(
    token: str,
    number: str | None,
    told: Told,
    ways: Mapping[str, str] = NO_WAYS,
    *,
    proven: bool = False,
) -> dict[str, object]:
    """Return an intent as JSON shows it; `ways` are those to prove the phone."""
    proof = {name: ways[name] for name in WAYS} if ways else None
    return {
        "token": token,
        "number": number,
        "outcome": told.outcome,
        "status": told.status,
        "standing": told.standing,
        "proven": proven,
        "proof": proof,
        "expires_at": ways["time"].partition(":")[2] if ways else None,
    }


def _ways(campaign: Campaign, prompts: Sequence[Prompt]) -> Mapping[str, str]:
    shown = next((one.args for one in prompts if one.key == SHOW_CODE), None)
    return NO_WAYS if shown is None else ways(campaign, shown)


def _unknown(body: Mapping[str, Any]) -> Iterator[Fault]:
    known = {*FIELDS, CONSENT, LANGUAGE}
    for name in body.keys() - known:
        yield Fault(name[:NAME_CHARACTERS_MAX], "unknown", "this field is not known")


def _unreadable(body: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the fields that are no text, or none that can be written."""
    for name in (*FIELDS, LANGUAGE):
        value = body.get(name, "")
        if not isinstance(value, str):
            yield Fault(name, "type", "this should be a text")
        elif len(value) > FIELD_CHARACTERS_MAX:
            yield Fault(name, "too_long", f"this has more than {FIELD_CHARACTERS_MAX} characters")
        elif not value.isprintable():
            yield Fault(name, "type", "this has characters that cannot be written")


def _missing(prompt: Prompt) -> str:
    """Return the field that a prompt says is missing, "" if it says nothing of the kind."""
    return prompt.key.removeprefix(MISSING) if prompt.key.startswith(MISSING) else ""


def check_key(key: str) -> str:
    """Return the Idempotency-Key, or raise `RejectedError` (400) if it will not do."""
    if not KEY_CHARACTERS_MIN <= len(key) <= KEY_CHARACTERS_MAX or not key.isascii():
        bounds = f"{KEY_CHARACTERS_MIN} to {KEY_CHARACTERS_MAX}"
        raise RejectedError(f"Idempotency-Key should be {bounds} characters, as a UUID is")
    if not key.isprintable():
        raise RejectedError("Idempotency-Key has characters that cannot be written")
    return key


def _read_body(raw: bytes) -> Mapping[str, Any]:
    try:
        body = msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise RejectedError("the body should be a JSON object") from None
    return body


def _text(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _json(value: object, status: int) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, "application/json", (("cache-control", "no-store"),))
