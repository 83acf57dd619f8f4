"""The table that describes one USSD gateway: everything in which networks' gateways differ.

How to write one is shown in `docs/channels/ussd.md`. A fault is a sentence for its operator.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from channels.contract import RejectedError, Response
from channels.ussd.places import check_place
from channels.ussd.plain_xml import read_xml
from core.campaign import Table
from core.wording.gsm7 import SEGMENT_SEPTETS

NAME: Final = r"^[a-z][a-z0-9_-]{0,31}$"
GATEWAYS_MAX: Final = 32
SCREEN_SEPTETS_MIN: Final = 140  # smaller screens are not tested
SCREEN_SEPTETS_MAX: Final = 182  # of one USSD string (3GPP TS 23.038): 160 octets
TEMPLATE_CHARACTERS_MAX: Final = 2_000
KINDS_MAX: Final = 16

Format = Literal["text", "json", "xml"]
Place = Annotated[str, AfterValidator(check_place)]
Kinds = Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=KINDS_MAX)]
Template = Annotated[str, Field(max_length=TEMPLATE_CHARACTERS_MAX)]
Headers = Annotated[dict[str, str], Field(default_factory=dict[str, str], max_length=8)]

VALUES: Final = frozenset({"words", "session", "phone", "callback"})  # that a template may name
_VALUE: Final = re.compile(r"\{([a-z_]{1,20})\}")
_XML: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_ESCAPE: Final[Mapping[str, Callable[[str], str]]] = {
    "text": str,
    "json": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "xml": lambda text: text.translate(_XML),
}
_CONTENT_TYPES: Final = {
    "text": "text/plain; charset=utf-8",
    "json": "application/json",
    "xml": "text/xml; charset=utf-8",
}


class AnswerTable(Table):
    """How to answer a gateway: one template where the call goes on, one where it ends.

    A template names values in braces (`VALUES`); they are escaped as `format` needs. A gateway
    that reads in a header whether the call goes on has `goes_on_headers` and `ends_headers`.
    """

    format: Format
    goes_on: Template
    ends: Template
    content_type: str = Field(default="", max_length=100, pattern=r"^[ -~]*$")
    goes_on_headers: Headers
    ends_headers: Headers

    @property
    def names_request(self) -> bool:
        """Return True if a template repeats what the request says."""
        return any(f"{{{name}}}" in self.goes_on + self.ends for name in ("session", "phone"))

    def render(self, values: Mapping[str, str], *, ends: bool) -> Response:
        """Return the answer with these values in their places, filled in one pass."""
        template, escaped = self.ends if ends else self.goes_on, _ESCAPE[self.format]
        body = _VALUE.sub(lambda place: escaped(values[place[1]]), template)
        return Response(
            body.encode(errors="replace"),
            content_type=self.content_type or _CONTENT_TYPES[self.format],
            headers=tuple((self.ends_headers if ends else self.goes_on_headers).items()),
        )

    @field_validator("goes_on", "ends")
    @classmethod
    def _check_values(cls, template: str) -> str:
        named = set(_VALUE.findall(template))
        if unknown := sorted(named - VALUES):
            known = ", ".join(sorted(VALUES))
            raise ValueError(f"{{{unknown[0]}}} is no value; known: {known}")
        if "words" not in named:
            raise ValueError("the words of the screen have no place in it: {words}")
        return template

    @model_validator(mode="after")
    def _check_rendered(self) -> Self:
        trial = dict.fromkeys(VALUES, 'a <b> & "c"\n')
        for ends in (False, True):
            body = self.render(trial, ends=ends).body
            try:
                if self.format == "json":
                    json.loads(body)
                if self.format == "xml":
                    read_xml(body)
            except (ValueError, RejectedError):
                which = "ends" if ends else "goes_on"
                raise ValueError(f"{which} is not {self.format.upper()} once filled in") from None
        return self


class GatewayTable(Table):
    """One gateway: where its requests hold what, and how it is answered.

    `kind` is the place that tells a dial (`begin`) from an answer (`continues`; empty: any other)
    and from a call that is over (`end`); "" among them is an absent or empty value.
    With `history` all that was typed comes at each hop, joined by `*`; else the newest alone.
    `service_code` is what people of this network dial; digits dialled after it are answers.
    `country` is that of numbers without a country code; empty: the campaign's.
    """

    methods: tuple[Literal["GET", "POST"], ...] = Field(min_length=1, max_length=2)
    phone: Place
    typed: Place
    session: Place | None = None
    hop: Place | None = None
    kind: Place | None = None
    begin: Kinds = ()
    continues: Kinds = ()
    end: Kinds = ()
    history: bool = False
    service_code: str = Field(default="", pattern=r"^(\*[0-9*]{1,20}#)?$")
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    screen_septets: int = Field(
        default=SEGMENT_SEPTETS, ge=SCREEN_SEPTETS_MIN, le=SCREEN_SEPTETS_MAX
    )
    answer: AnswerTable

    @model_validator(mode="after")
    def _check_calls(self) -> Self:
        kinds = (*self.begin, *self.continues, *self.end)
        if bool(kinds) is not bool(self.kind):
            raise ValueError("kind and its values (begin, end, …) belong together")
        if len(set(kinds)) < len(kinds):
            raise ValueError("a value of kind stands twice")
        if self.history and not self.session:
            raise ValueError("session is missing; with history, it tells calls apart")
        if not self.history and not self.begin:
            raise ValueError("kind and begin are missing; without history, they tell a dial")
        return self
