"""USSD as any network's gateway carries it, by a table: fields in, a filled template out.

Most gateways send the newest answer alone, and say what begins a call. They sign nothing: the key
in the URL, in a header or as the password of basic authentication is all that authenticates them.
One that numbers no hops may deliver an answer again within 3 seconds
(`core/conversation/message_ids.py`).
"""

from base64 import b64decode
from collections.abc import Mapping
from hmac import compare_digest
from typing import Final, NamedTuple
from urllib.parse import quote

from channels.contract import RejectedError, Request, Response
from channels.shared.forms import ID_CHARS_MAX, Keys, check_key, digest, msisdn, require_id
from channels.ussd.africastalking import TYPED_CHARACTERS_MAX
from channels.ussd.gateway_table import SCREEN_SEPTETS_MAX, GatewayTable
from channels.ussd.places import Fields
from channels.ussd.plain_xml import XML_BYTES_MAX
from core.events import Event, HangUp
from core.messages import Channel, Inbound, Reply, UssdSession
from core.wording.catalog import Wording

ANSWER_CHARACTERS_MAX: Final = SCREEN_SEPTETS_MAX  # of one USSD string, either way
PASSWORD_CHARACTERS_MAX: Final = 1_024
_BASIC = "basic "
_NOTHING = "OK"  # if it were empty, the person would see the network's error


class Gateway(NamedTuple):
    """One gateway by its name, and the public URL at which it finds us."""

    name: str
    table: GatewayTable
    url: str = ""


class MappedUssd:
    """Answers the hops of one gateway with screens, and receives the ends of its calls."""

    in_band = True
    body_bytes_max = XML_BYTES_MAX

    def __init__(self, gateway: Gateway, wording: Wording, keys: Keys, country: str) -> None:
        name, table, url = gateway
        self.name, self.provider = f"{name}_ussd", name
        self.paths: Mapping[str, tuple[str, ...]] = {f"/ussd/{name}": table.methods}
        self._table = table
        self._wording = wording
        self._keys = keys
        self._country = table.country or country
        self._callback = f"{url}?key={quote(keys[0], safe='')}" if keys else f"{url}?"

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return the request's one event, or raise `RejectedError`."""
        if not _has_password(request, self._keys):
            check_key(request, self._keys)
        fields, table = Fields(request), self._table
        kind = fields.get(table.kind).strip() if table.kind else ""
        address = msisdn(_require(fields, table.phone), self._country)
        if table.kind and kind in table.end:  # how it ended decides nothing
            return (HangUp(channel=Channel.USSD, address=address, completed=False),)
        ussd = self._session(fields, opens := self._opens(kind))
        last = digest(ussd.typed) if table.history or not opens else "dial"
        return (
            Inbound(
                channel=Channel.USSD,
                provider=self.provider,
                address=address,
                message_id=f"{ussd.id}/{ussd.hop or last}",
                received_at=request.received_at,
                opens=opens,
                ussd=ussd,
            ),
        )

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Return the screen in the gateway's own form.

        A final reply of several pages ends the call only with the last one.
        """
        values = self._values(request)
        if reply is None or not reply.prompts:
            return self._table.answer.render({**values, "words": _NOTHING}, ends=True)
        page = self._wording.open_page(reply, septets_max=self._table.screen_septets)
        over = reply.ends and not page.goes_on
        return self._table.answer.render({**values, "words": page.words}, ends=over)

    def _opens(self, kind: str) -> bool | None:
        """Return whether the request is a dial, None where the gateway does not tell."""
        table = self._table
        if table.kind is None:
            return None
        if kind in table.begin:
            return True
        if table.continues and kind not in table.continues:
            raise RejectedError("the kind of the request is in no table")
        return False

    def _session(self, fields: Fields, opens: bool | None) -> UssdSession:  # noqa: FBT001
        """Return the hop; its ids bear the gateway's name, as another's may be the same."""
        table = self._table
        session = _read_id(fields, table.session, needed=table.history)
        typed = fields.get(table.typed)
        most = TYPED_CHARACTERS_MAX if table.history else ANSWER_CHARACTERS_MAX
        if len(typed) > most:
            raise RejectedError("too much was typed", status=413)
        if opens or table.history:
            typed = _dialled(typed, table.service_code, history=table.history)
        return UssdSession(
            f"{self.provider}:{session}",
            typed if table.history else typed.strip(),
            accumulates=table.history,
            hop=_read_id(fields, table.hop, needed=True),
        )

    def _values(self, request: Request) -> dict[str, str]:
        """Return the values that a template may name beside the words."""
        values = {"callback": self._callback, "session": "", "phone": ""}
        if not self._table.answer.names_request:
            return values
        try:
            fields = Fields(request)
            phone, session = self._table.phone, self._table.session
            values["phone"] = fields.get(phone)[:ID_CHARS_MAX]
            values["session"] = fields.get(session)[:ID_CHARS_MAX] if session else ""
        except RejectedError:
            pass  # a response to what could not be read names nothing
        return values


def _dialled(typed: str, service_code: str, *, history: bool) -> str:
    """Return what was dialled after the service code; "" after any other code."""
    code = service_code.removesuffix("#")
    if not code or not typed.startswith("*"):
        return typed if history else ""
    if not typed.startswith(code):
        return ""
    rest = typed[len(code) :].removesuffix("#")
    return rest[1:] if rest.startswith("*") else ""


def _require(fields: Fields, place: str) -> str:
    if value := fields.get(place).strip():
        return value
    raise RejectedError(f"the field {place} is missing")


def _read_id(fields: Fields, place: str | None, *, needed: bool) -> str:
    """Return the id at the place, "" where the table names none, or none is there or `needed`."""
    given = fields.get(place) if place else ""
    return require_id({"id": given}, "id") if given or (place and needed) else ""


def _has_password(request: Request, keys: Keys) -> bool:
    """Return True if a key is the password of the request's basic authentication (RFC 7617)."""
    scheme, value = request.headers.get("authorization", "")[:PASSWORD_CHARACTERS_MAX], b""
    if not keys or scheme[: len(_BASIC)].lower() != _BASIC:
        return False
    try:
        value = b64decode(scheme[len(_BASIC) :], validate=True)
    except ValueError:
        return False
    password = value.partition(b":")[2]
    return sum(compare_digest(password, key.encode()) for key in keys) > 0
