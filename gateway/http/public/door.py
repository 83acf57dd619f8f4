"""The door of the public API: who may come in how often, and errors as problem details."""

from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from channels.contract import RejectedError
from channels.web.api import FaultyError, Intents
from core.operators.calls import OtherCallError, RunningError, claim
from core.turns.pipeline import ContendedError
from gateway.http.asgi import receive_body
from gateway.http.booking import Visits
from gateway.http.client_address import FORWARDED
from gateway.http.limits import Counting, Limits
from gateway.http.problems import RETRY_SECONDS, Endpoint, ProblemError, guarded
from gateway.http.webhook import DisconnectedError, check_length
from gateway.intake.intake import Intake
from gateway.runtime.deadline import OverdueError

WIRE: Final = "web/api"
_OTHER: Final = "this Idempotency-Key was used with another body; a new body needs a new key"
_LATER: Final = "not certain; send it again with the same Idempotency-Key"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicDoor:
    """What every route of the public API needs."""

    channel: Intents
    intake: Intake
    visits: Visits
    counting: Counting = field(default_factory=lambda: Counting(Limits()))

    def admit(self, request: Request) -> None:
        """Count the request; raise `RejectedError` (429) if its address makes too many."""
        peer = request.client.host if request.client else ""
        self.counting.count_address(peer, ",".join(request.headers.getlist(FORWARDED)))

    def admit_token(self, token: str) -> None:
        """Count the request; raise `RejectedError` (429) if the token is used too often."""
        self.counting.count_token(token)


def public(endpoint: Endpoint, door: PublicDoor) -> Endpoint:
    """Wrap `endpoint`: the request is counted, and whatever it raises becomes a problem."""

    async def serve(request: Request) -> Response:
        try:
            door.admit(request)
            return await endpoint(request)
        except ProblemError as error:
            door.intake.metrics.rejected(WIRE, error.status)
            raise
        except (RejectedError, ContendedError, OverdueError, DisconnectedError) as error:
            problem = as_problem(error, reading=getattr(request.state, "reading", False))
            door.intake.metrics.rejected(WIRE, problem.status)
            raise problem from None

    return guarded(serve)


def as_problem(error: Exception, *, reading: bool) -> ProblemError:
    """Return the problem that tells of this error; `reading`: its body had not arrived."""
    if isinstance(error, FaultyError):
        return ProblemError(
            422, error.reason, more={"fields": [one._asdict() for one in error.faults]}
        )
    if isinstance(error, RejectedError):
        later = {"retry-after": str(error.retry_seconds)} if error.retry_seconds else {}
        return ProblemError(error.status, error.reason, later)
    if isinstance(error, DisconnectedError):
        return ProblemError(400, "the body did not arrive whole")
    if isinstance(error, OverdueError) and reading:
        return ProblemError(408, "the body did not arrive in time")
    return ProblemError(503, _LATER, {"retry-after": str(RETRY_SECONDS)})


async def read_body(request: Request, bytes_max: int) -> bytes:
    """Return the body, within the deadline; raise what `public` makes a problem of."""
    check_length(request.headers.get("content-length", ""), bytes_max)
    request.state.reading = True
    body = await receive_body(request.receive, bytes_max=bytes_max)
    request.state.reading = False
    return body


async def bind_key(door: PublicDoor, key: str, digest: str) -> None:
    """Bind a key to what it was sent with; raise `ProblemError` (422) if that is another.

    A digest should be salted with a token, which nobody can guess.
    """
    claims = partial(claim, key=key, digest=digest, at=door.intake.clock())
    try:
        with suppress(RunningError):
            await door.intake.database.write(claims)
    except OtherCallError:
        raise ProblemError(422, _OTHER) from None
