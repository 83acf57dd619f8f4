"""The operator API's routes to the files that letters brought as evidence."""

import re
from dataclasses import dataclass
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.database.database import Database
from core.operators.evidence import list_evidence, read_evidence
from gateway.http.problems import NO_STORE, ProblemError, guarded, respond
from gateway.operators.gate import Gate
from gateway.operators.requests import behind, parse_address, read_query
from gateway.runtime.clock import Clock, utc_now

ITEMS_MAX: Final = 100
_ID: Final = re.compile(r"[0-9]{1,18}")  # what a database takes
# Strangers sent these files: no browser may take them for a page of ours.
_AS_A_FILE: Final = {"x-content-type-options": "nosniff", "content-security-policy": "sandbox"}


@dataclass(frozen=True, slots=True)
class EvidenceApi:
    """The endpoints."""

    database: Database
    country: str
    clock: Clock = utc_now

    async def list(self, _request: Request) -> Response:
        """List the newest files."""
        return await self._listed("")

    async def search(self, request: Request) -> Response:
        """List the newest files of a mailbox."""
        _key, value = await read_query(request, ("address",))
        return await self._listed(parse_address(value, self.country).value)

    async def get(self, request: Request) -> Response:
        """Show a file; that is audited."""
        file_id = request.path_params["id"]
        known = _ID.fullmatch(file_id)
        reading = partial(read_evidence, file_id=int(file_id) if known else 0, at=self.clock())
        found = await self.database.write(reading)
        if found is None:
            raise ProblemError(404, "no file has this id")
        suffix = found.media_type.rpartition("/")[2]
        name = {"content-disposition": f'attachment; filename="{file_id}.{suffix}"'}
        return Response(found.data, 200, {**NO_STORE, **_AS_A_FILE, **name}, found.media_type)

    async def _listed(self, mailbox: str) -> Response:
        listing = partial(list_evidence, mailbox=mailbox, limit=ITEMS_MAX)
        found = await self.database.read(listing)
        return respond({"items": [one.model_dump(mode="json") for one in found]})


def evidence_routes(evidence: EvidenceApi, gate: Gate) -> list[Route]:
    """Return the routes, each behind the gate."""
    routes = (
        ("GET", "/api/v1/evidence", evidence.list),
        ("POST", "/api/v1/evidence/search", evidence.search),
        ("GET", "/api/v1/evidence/{id}", evidence.get),
    )
    return [
        Route(path, guarded(behind(gate, endpoint)), methods=[method])
        for method, path, endpoint in routes
    ]
