"""The gate of the operator API: bearer tokens, and an end to guessing them quickly."""

import asyncio
import hmac
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import Final

from starlette.requests import Request

from core.database.database import Database
from core.operators.roles import Operator, shared_operator
from core.operators.tokens import PREFIX, TOKEN_CHARACTERS_MAX, find_by_token
from gateway.http.problems import ProblemError
from gateway.runtime.refusals import Refused

WRONG_MAX: Final = 10  # wrong tokens within `WRONG_SECONDS` that are answered at once
WRONG_SECONDS: Final = 60.0
DELAY_SECONDS: Final = 1.0  # of each further one
DELAYED_MAX: Final = 20  # that wait at a time; more are turned away at once
WHERE: Final = "api"

_UNAUTHORIZED: Final = {"www-authenticate": 'Bearer realm="satupintu"'}
_LATER: Final = {"retry-after": str(int(DELAY_SECONDS))}

FindOperator = Callable[[str], Awaitable[Operator | None]]


def personal_tokens(database: Database) -> FindOperator:
    """Return what finds the operator of a personal token."""

    async def find(token: str) -> Operator | None:
        if not token.startswith(PREFIX) or len(token) > TOKEN_CHARACTERS_MAX:
            return None
        return await database.read(partial(find_by_token, token=token))

    return find


async def _nobody(_token: str) -> Operator | None:
    return None


class Gate:
    """Lets the right token in, at once and always; a wrong one may have to wait for its 401.

    `token` is the shared one, "" if there is none; `find` returns the operator of a personal one.
    """

    def __init__(
        self,
        token: str,
        refused: Refused,
        find: FindOperator = _nobody,
        *,
        now: Callable[[], float] = monotonic,
        delay: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._token, self._refused, self._find = token.encode(), refused, find
        self._now, self._delay = now, delay
        self._wrong: deque[float] = deque(maxlen=WRONG_MAX)  # when the last ones came
        self._waiting = 0

    async def admit(self, request: Request) -> Operator:
        """Return whose token it is, or raise `ProblemError` (401; 429 with too many wrong)."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        token = given.strip() if scheme.lower() == "bearer" else ""
        if self._token and hmac.compare_digest(token.encode(), self._token):
            return shared_operator()
        found = await self._find(token) if token else None
        if found is not None:
            return found
        if given:
            await self.hold_up()
        self._refused(WHERE, 401)
        raise ProblemError(401, "this needs an operator's bearer token", _UNAUTHORIZED)

    async def hold_up(self) -> None:
        """Wait, if many wrong tokens came within a minute."""
        now = self._now()
        many = len(self._wrong) == WRONG_MAX and now - self._wrong[0] < WRONG_SECONDS
        self._wrong.append(now)
        if not many:
            return
        if self._waiting >= DELAYED_MAX:
            self._refused(WHERE, 429)
            raise ProblemError(429, "too many wrong tokens; try again later", _LATER)
        self._waiting += 1
        try:
            await self._delay(DELAY_SECONDS)
        finally:
            self._waiting -= 1
