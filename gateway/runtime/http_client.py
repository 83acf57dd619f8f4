"""HTTP clients with bounds: on time, on connections, and on how much of a body is read."""

from collections.abc import AsyncIterator
from functools import cache
from ssl import SSLContext

import httpx2


def open_client(
    *, response_seconds: float, connect_seconds: float, connections_max: int
) -> httpx2.AsyncClient:
    """Return a client that follows no redirect and takes no proxy from the environment."""
    timeout = httpx2.Timeout(response_seconds, connect=connect_seconds)
    limits = httpx2.Limits(max_connections=connections_max)
    return httpx2.AsyncClient(
        timeout=timeout, limits=limits, trust_env=False, verify=_tls_context()
    )


@cache
def _tls_context() -> SSLContext:
    """Return the context of all clients: it takes longer to make than the rest of a client."""
    return httpx2.create_ssl_context(trust_env=False)


async def read_at_most(chunks: AsyncIterator[bytes], bytes_max: int) -> bytes:
    """Return the body of these chunks, cut at the bound; the rest is not read."""
    body = b""
    async for chunk in chunks:
        body += chunk
        if len(body) >= bytes_max:
            break
    return body[:bytes_max]
