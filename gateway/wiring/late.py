"""An application that is imported and made when its first request comes.

Most workers of most gateways never serve it; its modules would slow their start.
"""

import asyncio
from importlib import import_module

from gateway.http.asgi import App, Receive, Scope, Send


def late_app(module: str, make: str, *given: object) -> App:
    """Return the application that the function `make` of `module` returns for what is `given`.

    The first request calls it in a thread, so others are answered meanwhile.
    """
    made: list[App] = []
    making = asyncio.Lock()

    def make_it() -> App:
        app: App = getattr(import_module(module), make)(*given)
        return app

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async with making:
            if not made:
                made.append(await asyncio.to_thread(make_it))
        await made[0](scope, receive, send)

    return serve
