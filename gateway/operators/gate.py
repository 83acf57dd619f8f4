"""The gate of the operator API: a bearer token, and an end to guessing it quickly."""

import asyncio
import hmac
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

from starlette.requests import Request

from gateway.http.problems import ProblemError
from gateway.runtime.refusals import Refused

WRONG_MAX: Final = 10  # wrong tokens within `WRONG_SECONDS` that are answered at once
WRONG_SECONDS: Final = 60.0
DELAY_SECONDS: Final = 1.0  # of each further one
DELAYED_MAX: Final = 20  # that wait at a time; more are turned away at once
WHERE: Final = "api"

_UNAUTHORIZED: Final = {"www-authenticate": 'Bearer realm="satupintu"'}
_LATER: Final = {"retry-after": str(int(DELAY_SECONDS))}


class Gate:
    """Lets the right token in, at once and always; a wrong one may have to wait for its 401."""

    def __init__(
        self,
        token: str,
        refused: Refused,
        *,
        now: Callable[[], float] = monotonic,
        delay: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._token, self._refused = token.encode(), refused
        self._now, self._delay = now, delay
        self._wrong: deque[float] = deque(maxlen=WRONG_MAX)  # when the last ones came
        self._waiting = 0

    async def check(self, request: Request) -> None:
        """Raise `ProblemError` (401, or 429 with too many of them) unless the token is right."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        right = hmac.compare_digest(given.strip().encode(), self._token)
        if scheme.lower() == "bearer" and right:
            return
        if given:
            await self._hold_up()
        self._refused(WHERE, 401)
        raise ProblemError(401, "this needs the operator's bearer token", _UNAUTHORIZED)

    async def _hold_up(self) -> None:
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
