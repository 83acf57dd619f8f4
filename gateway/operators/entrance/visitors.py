"""Who is signed in: by the cookie of a session, or by the header of a proxy in front."""

import hmac
from dataclasses import dataclass
from functools import partial
from typing import Final

from starlette.requests import Request

from core.database.database import Database
from core.operators.operators import find_operator
from core.operators.sessions import find_session, see_session
from gateway.operators.console.visit import Visitor
from gateway.operators.entrance.cookies import csrf_of, read_cookie
from gateway.runtime.clock import Clock

PROXY_SECRET: Final = "x-satupintu-proxy"  # noqa: S105 a header's name
PROXY_OPERATOR: Final = "x-satupintu-operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitors:
    """Knows the visitors; `proxy_secret` is "" where no proxy signs people in."""

    database: Database
    clock: Clock
    proxy_secret: str = ""

    async def __call__(self, request: Request) -> Visitor | None:
        """Return who is signed in, None for nobody."""
        return await self._by_proxy(request) or await self._by_session(request)

    async def _by_session(self, request: Request) -> Visitor | None:
        secret, now = read_cookie(request), self.clock()
        if not secret:
            return None
        session = await self.database.read(partial(find_session, secret=secret, at=now))
        if session is None:
            return None
        if session.stale:
            await self.database.write(partial(see_session, secret=secret, at=now))
        return Visitor(operator=session.operator, csrf=csrf_of(secret))

    async def _by_proxy(self, request: Request) -> Visitor | None:
        """Believe the proxy about a name if it knows our secret; the operator must be ours."""
        given = request.headers.get(PROXY_SECRET, "")
        name = request.headers.get(PROXY_OPERATOR, "")
        ours = self.proxy_secret
        if not (ours and name and hmac.compare_digest(given.encode(), ours.encode())):
            return None
        operator = await self.database.read(partial(find_operator, name=name))
        csrf = csrf_of(f"{ours}:{name}")
        return None if operator is None else Visitor(operator=operator, csrf=csrf)
