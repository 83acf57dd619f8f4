"""What needs a second person: filed when asked for, made a call again when confirmed."""

import json
from dataclasses import replace

from core.database.database import Database
from core.database.statements import Connection
from core.operators.approvals import EXPIRES_HOURS, Approval, Asked, file_approval
from core.operators.roles import Operator
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.deeds import write_noted


async def file_for_second(database: Database, act: Act, call: Call) -> Answer:
    """File the call; the answer, 202, has the id under which it is confirmed or refused."""
    number = call.path.get("number", "")
    asked = Asked(act.name, number, _stored(call), call.reason, call.operator.name)
    numbers = (number,) if number else ()

    def file(connection: Connection) -> Answer:
        row_id = file_approval(connection, asked, call.at)
        value = {"approval": row_id, "expires_in_hours": EXPIRES_HOURS}
        return Answer(value=value, status=202, numbers=numbers, what=f"{act.audit} {row_id}")

    return await write_noted(database, replace(call, word="ask"), file)


def call_again(approval: Approval, asker: Operator, second: Call) -> Call:
    """Return the call as it was asked for, confirmed by whoever makes the `second` one."""
    stored = json.loads(approval.call)
    return Call(
        operator=asker,
        at=second.at,
        key=f"approval {approval.id}",
        version=stored["version"],
        reason=approval.reason,
        path=stored["path"],
        query=stored["query"],
        body=stored["body"],
        confirmed_by=second.operator.name,
    )


def _stored(call: Call) -> str:
    return json.dumps(
        {
            "path": dict(call.path),
            "query": dict(call.query),
            "body": dict(call.body),
            "version": call.version,
        },
        ensure_ascii=False,  # an erasure looks for names in it
    )
