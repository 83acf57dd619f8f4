"""Acts on the files that letters brought as evidence."""

import re
from functools import partial
from typing import Final

from core.operators.evidence import list_evidence, read_evidence
from core.operators.roles import Scope
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call, Content
from gateway.operators.desk import Desk
from gateway.operators.record_acts import ADDRESS
from gateway.operators.requests import parse_address

ITEMS_MAX: Final = 100
_ID: Final = re.compile(r"[0-9]{1,18}")  # what a database takes


def evidence_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""

    async def listed(mailbox: str) -> Answer:
        listing = partial(list_evidence, mailbox=mailbox, limit=ITEMS_MAX)
        found = await desk.database.read(listing)
        return Answer(value={"items": [one.model_dump(mode="json") for one in found]})

    async def newest(_call: Call) -> Answer:
        return await listed("")

    async def search(call: Call) -> Answer:
        address = parse_address(call.body["address"].strip(), desk.campaign.country)
        return await listed(address.value)

    async def get(call: Call) -> Answer:
        file_id = call.path["id"]
        known = _ID.fullmatch(file_id)
        reading = partial(read_evidence, file_id=int(file_id) if known else 0)
        found = await desk.database.read(reading)
        if found is None:
            raise ProblemError(404, "no file has this id")
        suffix = found.media_type.rpartition("/")[2]
        name = f"{file_id}.{suffix}"
        content = Content(media_type=found.media_type, data=found.data, name=name)
        return Answer(value=content, what=file_id)

    return (
        Act(
            name="evidence",
            method="GET",
            path="/api/v1/evidence",
            scope=Scope.DECIDE,
            audit="evidence_list",
            says="List the newest files that letters brought.",
            run=newest,
        ),
        Act(
            name="search_evidence",
            method="POST",
            path="/api/v1/evidence/search",
            scope=Scope.DECIDE,
            audit="evidence_list",
            says="List the newest files of a mailbox.",
            run=search,
            body=ADDRESS,
        ),
        Act(
            name="evidence_file",
            method="GET",
            path="/api/v1/evidence/{id}",
            scope=Scope.DECIDE,
            audit="evidence",
            says="Show a file.",
            run=get,
            media_types=("application/pdf", "image/jpeg", "image/png"),
        ),
    )
