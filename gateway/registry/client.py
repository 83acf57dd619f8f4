"""The HTTP client of the national registry.

Only a 200 of the right shape says anything about a person; every other response, or none, raises
`UnavailableError`. The contract is `docs/registry-openapi.yaml`.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from time import monotonic
from typing import Final, NamedTuple

import httpx2
import msgspec
import stamina

from core.database.unavailable import UnavailableError
from core.roster.listing import Applicant, Listing
from gateway.runtime.breaker import Breaker
from gateway.runtime.http_client import read_at_most
from gateway.runtime.metrics import Metrics

CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 8.0  # of silence
CALL_SECONDS_MAX: Final = 10.0  # of one call, from connecting to the last byte
ANSWER_BYTES_MAX: Final = 16_384
TRIES_MAX: Final = 3  # of one look-up, quick ones
WAIT_SECONDS: Final = 0.05  # before the second try; doubled, up to
WAIT_SECONDS_MAX: Final = 0.5
JITTER_SECONDS: Final = 0.1
NAME_CHARACTERS_MAX: Final = 200
CODE_CHARACTERS_MAX: Final = 64

# The 4xx that concern our key, our URL or the moment, not the content.
NOT_ABOUT_CONTENT: Final = frozenset((401, 402, 403, 404, 405, 407, 408, 410, 415, 421, 425, 426))
_LATER: Final = frozenset((408, 425, 429))


class Answer(NamedTuple):
    """A response; a body that is too long is cut one byte after the bound."""

    status: int
    body: bytes

    @property
    def is_transient(self) -> bool:
        """Return True if a retry may get another answer."""
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR or self.status in _LATER

    @property
    def refuses_content(self) -> bool:
        """Return True if the content is at fault, not our key, our URL or the moment."""
        about_us = self.status in NOT_ABOUT_CONTENT or self.is_transient
        return self.status >= HTTPStatus.BAD_REQUEST and not about_us


class _UnreachableError(UnavailableError):
    """No answer, or a transient one; a retry at once may help."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Posts to the registry, or to whoever is named."""

    client: httpx2.AsyncClient
    url: str
    token: str = field(default="", repr=False)
    name: str = "the registry"

    async def post(self, path: str, kind: str, body: bytes, key: str) -> Answer:
        """Post `body` of media type `kind`; return the answer or raise `UnavailableError`."""
        headers = {"Content-Type": kind, "Idempotency-Key": key}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return await self.send(path, body, headers)

    async def send(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post with exactly these headers; return the answer or raise `UnavailableError`."""
        headers = {**headers, "Accept-Encoding": "identity"}
        try:
            async with asyncio.timeout(CALL_SECONDS_MAX):
                return await self._post(path, body, headers)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            # "from None": a library's message may quote the request
            raise _UnreachableError(f"{self.name}: {type(error).__name__}") from None

    async def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        timeout = httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        async with self.client.stream(
            "POST", self.url + path, content=body, headers=headers, timeout=timeout
        ) as response:
            raw = response.aiter_raw()  # not decoded: a compressed body cannot grow here
            return Answer(response.status_code, await read_at_most(raw, ANSWER_BYTES_MAX + 1))


class _RefusedError(UnavailableError):
    """The registry refuses the question, which says nothing about the person."""


class _Verification(msgspec.Struct, frozen=True):
    listed: bool
    full_name: str | None = None
    facility_code: str | None = None


class HttpRegistry:
    """A `Registry` over HTTP, behind a circuit breaker."""

    def __init__(
        self,
        caller: Caller,
        *,
        metrics: Metrics,
        breaker: Breaker | None = None,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        # By default stamina logs each retry with the arguments of the call.
        stamina.instrumentation.set_on_retry_hooks(())
        self._caller, self._metrics, self._seconds = caller, metrics, seconds
        self._breaker = breaker or Breaker()

    async def look_up(self, applicant: Applicant) -> Listing:
        """Return its listing, or raise `UnavailableError`: then nothing is known."""
        if not self._breaker.allows(self._seconds()):
            self._count("held")
            raise UnavailableError("the registry was down a moment ago")
        try:
            listing = _read_listing(await self._ask(applicant))
        except _RefusedError:
            self._succeeded("refused")
            raise
        except UnavailableError:
            self._breaker.failed(self._seconds())
            self._count("unreachable")
            raise
        self._succeeded("listed" if listing.listed else "not_listed")
        return listing

    async def _ask(self, applicant: Applicant) -> Answer:
        """Ask; retry at once if unreachable, under the same idempotency key."""
        question = {
            "nik": applicant.nik,
            "full_name": applicant.full_name,
            "birth_date": applicant.birth_date.isoformat(),
            "profession": applicant.profession,
        }
        body = msgspec.json.encode(question)
        retrying = stamina.AsyncRetryingCaller(
            attempts=TRIES_MAX,
            timeout=CALL_SECONDS_MAX,
            wait_initial=WAIT_SECONDS,
            wait_max=WAIT_SECONDS_MAX,
            wait_jitter=JITTER_SECONDS,
        )
        return await retrying(_UnreachableError, self._ask_once, body, applicant.key)

    async def _ask_once(self, body: bytes, key: str) -> Answer:
        answer = await self._caller.post("/verifications", "application/json", body, key)
        if answer.is_transient:
            raise _UnreachableError(f"the registry: http_{answer.status}")
        return answer

    def _succeeded(self, result: str) -> None:
        self._breaker.succeeded()
        self._count(result)

    def _count(self, result: str) -> None:
        self._metrics.registry_answer(result, breaker=self._breaker.state)


def _read_listing(answer: Answer) -> Listing:
    if answer.refuses_content:
        raise _RefusedError(f"the registry: http_{answer.status}")
    if answer.status != HTTPStatus.OK:
        raise UnavailableError(f"the registry: http_{answer.status}")
    if len(answer.body) > ANSWER_BYTES_MAX:
        raise UnavailableError("the registry answers too much")
    try:
        found = msgspec.json.decode(answer.body, type=_Verification)
    except (msgspec.DecodeError, RecursionError):
        raise UnavailableError("the registry talks nonsense") from None
    name, code = (found.full_name or "").strip(), (found.facility_code or "").strip()
    sound = len(name) <= NAME_CHARACTERS_MAX and len(code) <= CODE_CHARACTERS_MAX
    if not sound or not (name + code).isprintable() or (found.listed and not name):
        raise UnavailableError("the registry talks nonsense")
    return Listing(found.listed, name, code)
