"""The door of the public API: who may come in how often, and errors as problem details."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from channels.contract import RejectedError
from channels.web.api import FaultyError, Intents
from core.turns.pipeline import ContendedError
from gateway.http.client_address import FORWARDED, client_address
from gateway.http.limits import ADDRESS, TOKEN, Limits
from gateway.http.problems import RETRY_SECONDS, Endpoint, ProblemError, guarded
from gateway.http.webhook import DisconnectedError
from gateway.intake.intake import Intake
from gateway.runtime.deadline import OverdueError
from gateway.settings.lists import Network

WIRE: Final = "web/api"
_TOO_MANY: Final = "too many requests; try again later"
_LATER: Final = "not certain; send it again with the same Idempotency-Key"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicDoor:
    """What every route of the public API needs. `trusted` are the networks of our proxies."""

    channel: Intents
    intake: Intake
    limits: Limits = field(default_factory=Limits)
    trusted: Sequence[Network] = ()

    def admit(self, request: Request) -> None:
        """Count the request; raise `ProblemError` (429) if its address makes too many."""
        peer = request.client.host if request.client else ""
        forwarded = ",".join(request.headers.getlist(FORWARDED))
        self._count(ADDRESS, client_address(peer, forwarded, self.trusted))

    def admit_token(self, token: str) -> None:
        """Count the request; raise `ProblemError` (429) if the token is used too often."""
        self._count(TOKEN, token)

    def _count(self, kind: str, key: str) -> None:
        if wait := self.limits.wait_seconds(kind, key):
            raise ProblemError(429, _TOO_MANY, {"retry-after": str(wait)})


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
            problem = as_problem(error)
            door.intake.metrics.rejected(WIRE, problem.status)
            raise problem from None

    return guarded(serve)


def as_problem(error: Exception) -> ProblemError:
    """Return the problem that tells of this error."""
    if isinstance(error, FaultyError):
        return ProblemError(
            422, error.reason, more={"fields": [one._asdict() for one in error.faults]}
        )
    if isinstance(error, RejectedError):
        later = {"retry-after": str(error.retry_seconds)} if error.retry_seconds else {}
        return ProblemError(error.status, error.reason, later)
    if isinstance(error, DisconnectedError):
        return ProblemError(400, "the body did not arrive whole")
    return ProblemError(503, _LATER, {"retry-after": str(RETRY_SECONDS)})
