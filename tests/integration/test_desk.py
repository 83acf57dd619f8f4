"""Acts by the rules of all: who may, what is checked, done once, by two, and in the audit."""

from datetime import timedelta
from functools import partial

import pytest

from core.database.statements import Statement
from core.operators.approvals import EXPIRES_HOURS
from core.operators.calls import KEPT_HOURS, RUNNING_SECONDS, forget_calls
from core.operators.operators import add_operator, disable_operator
from core.operators.roles import Role, Scope
from core.operators.tokens import NewToken, add_token, revoke_tokens
from gateway.operators.acts import Act, Answer, NeedsSecondError
from gateway.operators.deeds import write_noted
from gateway.operators.door import KEY_CHARACTERS_MAX
from gateway.operators.runner import check_version
from gateway.operators.schema import REASON_CHARACTERS_MAX
from tests.fixtures.desk import make_client, make_routes
from tests.scripts import START

NUMBER, WHY = "7K3M-9QXC", "asked by phone"
PUT, READ, ERASE, BULK = "/toy/7K3M-9QXC", "/toy/7K3M-9QXC", "/toy/erase/7K3M-9QXC", "/toy/bulk"
DAY = "/toy/facilities/{}/day"
_AUDIT = Statement("SELECT operator, action, number, why FROM audit ORDER BY id")


class Toy:
    """A thing with a version that acts change; `runs` counts how often one did."""

    def __init__(self, database):
        self.database, self.version, self.runs, self.fault = database, 1, 0, None
        self.now = START
        routes, self.runner = make_routes(database, more=self.acts(), clock=lambda: self.now)
        self.routes = routes
        self.client = make_client(routes)

    def acts(self):
        row = partial(Act, says="A toy.")
        return (
            row(
                name="toy_put",
                method="POST",
                path="/toy/{number}",
                scope=Scope.DECIDE,
                audit="toy_put",
                run=self.put,
                body={"type": "object", "properties": {"to": {"type": "integer"}}},
                writes=True,
                versioned=True,
            ),
            row(
                name="toy_read",
                method="GET",
                path="/toy/{number}",
                scope=Scope.SEARCH,
                audit="toy_look",
                run=self.read,
                query={"of": {"type": "string", "enum": ["a", "b"]}},
                reveals=True,
            ),
            row(
                name="toy_erase",
                method="POST",
                path="/toy/erase/{number}",
                scope=Scope.ERASE,
                audit="toy_erase",
                run=self.put,
                writes=True,
                two=True,
            ),
            row(
                name="toy_bulk",
                method="POST",
                path="/toy/bulk",
                scope=Scope.IMPORT,
                audit="toy_bulk",
                run=self.bulk,
                body={"type": "object", "properties": {"rows": {"type": "integer"}}},
                writes=True,
            ),
            row(
                name="toy_day",
                method="GET",
                path="/toy/facilities/{code}/day",
                scope=Scope.DAY,
                audit="toy_day",
                run=self.read,
            ),
        )

    async def put(self, call):
        check_version(call, self.version, {"to": 1})
        if self.fault is not None:
            raise self.fault
        self.runs, self.version = self.runs + 1, self.version + 1
        return await self.noted(call, Answer(value={"version": self.version}, numbers=(NUMBER,)))

    async def read(self, call):
        value = {"of": call.query.get("of"), "whole": call.reveal}
        return Answer(value=value, numbers=(NUMBER,))

    async def bulk(self, call):
        if call.body["rows"] > 1 and not call.confirmed_by:
            raise NeedsSecondError
        self.runs += 1
        return await self.noted(call, Answer(value={"by": call.confirmed_by}))

    async def noted(self, call, answer):
        return await write_noted(self.database, call, lambda _: answer)

    async def as_operator(self, name, role, scopes=Scope, facility_code=""):
        """Add an operator; return a client with a token of theirs."""
        add = partial(add_operator, name=name, role=role, facility_code=facility_code, at=self.now)
        await self.database.write(add)
        new = NewToken(name, f"sp_{name}", "test", frozenset(scopes))
        assert await self.database.write(partial(add_token, new=new, at=self.now))
        return make_client(self.routes, new.token)

    async def audit(self):
        return list(await self.database.read(lambda on: on.all(_AUDIT)))


@pytest.fixture
async def toy(database):
    opened = Toy(database)
    yield opened
    await opened.client.aclose()


async def put(client, to=1, *, reason=WHY, path=PUT, version='"1"', **headers):
    body = {"to": to} if reason is None else {"to": to, "reason": reason}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if version is not None:
        named["if-match"] = version
    return await client.post(path, json=body, headers=named)


async def test_what_an_act_did_is_in_the_audit_with_who_and_why(toy):
    assert (await put(toy.client)).json() == {"version": 2}
    officer = await toy.as_operator("sari", Role.OFFICER)
    await officer.get(READ, headers={"x-satupintu-reason": WHY})
    await officer.get(f"{READ}?reveal=1")
    assert await toy.audit() == [
        ("operator", "toy_put", NUMBER, WHY),
        ("sari", "toy_look", NUMBER, WHY),
        ("sari", "reveal_nik", NUMBER, ""),
    ]


async def test_a_role_does_only_what_its_scopes_say(toy):
    helpdesk = await toy.as_operator("budi", Role.HELPDESK)
    assert (await helpdesk.get(READ)).status_code == 200
    assert (await helpdesk.get(f"{READ}?reveal=1")).status_code == 403
    assert (await put(helpdesk)).status_code == 403
    assert (toy.runs, len(await toy.audit())) == (0, 1)


async def test_a_token_may_have_fewer_scopes_than_its_role_and_never_more(toy):
    few = await toy.as_operator("sari", Role.MANAGER, [Scope.SEARCH])
    many = await toy.as_operator("budi", Role.HELPDESK, Scope)
    assert [(await each.get(READ)).status_code for each in (few, many)] == [200, 200]
    assert [(await put(each)).status_code for each in (few, many)] == [403, 403]


async def test_a_facility_sees_its_own_day_only(toy):
    client = await toy.as_operator("pkm", Role.FACILITY, facility_code="SOREANG")
    assert (await client.get(DAY.format("SOREANG"))).status_code == 200
    assert (await client.get(DAY.format("BANDUNG"))).status_code == 403
    assert (await toy.client.get(DAY.format("BANDUNG"))).status_code == 200


async def test_whoever_is_disabled_or_has_a_revoked_token_is_out_at_once(toy):
    first = await toy.as_operator("sari", Role.OFFICER)
    second = await toy.as_operator("budi", Role.OFFICER)
    await toy.database.write(partial(disable_operator, name="sari", at=START))
    await toy.database.write(partial(revoke_tokens, name="budi", label="test", at=START))
    assert [(await each.get(READ)).status_code for each in (first, second)] == [401, 401]


async def test_tokens_are_kept_as_digests(toy):
    await toy.as_operator("sari", Role.OFFICER)
    every = Statement("SELECT digest, label, scopes FROM operator_tokens")
    assert "sp_sari" not in str(await toy.database.read(lambda on: on.all(every)))


@pytest.mark.parametrize("reason", [None, "", "  ", "x" * (REASON_CHARACTERS_MAX + 1), 7])
async def test_a_change_needs_a_reason(toy, reason):
    assert (await put(toy.client, reason=reason)).status_code == 422
    assert (toy.runs, await toy.audit()) == (0, [])


async def test_a_reason_at_its_bound_is_taken(toy):
    assert (await put(toy.client, reason="x" * REASON_CHARACTERS_MAX)).status_code == 200


async def test_a_body_is_as_its_schema_says(toy):
    assert (await put(toy.client, "x")).status_code == 422
    more = {"to": 1, "more": 1, "reason": WHY}
    assert (await toy.client.post(PUT, json=more)).status_code == 422
    assert (await toy.client.get(f"{READ}?of=c")).status_code == 422
    assert (await toy.client.get(f"{READ}?of=b&no=1")).json()["of"] == "b"


async def test_a_version_is_needed_and_a_stale_one_is_told_what_is_there(toy):
    assert (await put(toy.client, version=None)).status_code == 428
    assert (await put(toy.client, version="x")).status_code == 400
    stale = await put(toy.client, version='"7"')
    assert stale.status_code == 409
    assert (stale.json()["version"], stale.json()["now"]) == (1, {"to": 1})
    assert (await put(toy.client, version="1")).status_code == 200


async def test_the_same_key_does_it_once_and_gets_the_same_answer(toy):
    told = [await put(toy.client, idempotency_key="k") for _ in range(2)]
    assert [each.json() for each in told] == [{"version": 2}] * 2
    assert (toy.runs, len(await toy.audit())) == (1, 1)


async def test_another_call_with_the_same_key_is_refused_and_another_operators_is_not(toy):
    await put(toy.client, idempotency_key="k")
    assert (await put(toy.client, to=2, idempotency_key="k")).status_code == 422
    toy.version = 1
    officer = await toy.as_operator("sari", Role.OFFICER)
    assert (await put(officer, idempotency_key="k")).status_code == 200


async def test_a_call_that_failed_may_be_made_again_with_its_key(toy, logged):
    toy.fault = ZeroDivisionError()
    assert (await put(toy.client, idempotency_key="k")).status_code == 500
    toy.fault = None
    assert (await put(toy.client, idempotency_key="k")).status_code == 200
    assert [line["event"] for line in logged()] == ["an API request failed"]


async def test_a_call_under_way_is_told_to_wait_until_a_crash_is_assumed(toy):
    await put(toy.client, idempotency_key="k")
    begun = Statement("UPDATE api_calls SET status = 0, body = ''")
    await toy.database.write(lambda on: on.run(begun))
    toy.version = 1
    toy.now += timedelta(seconds=RUNNING_SECONDS)
    assert (await put(toy.client, idempotency_key="k")).status_code == 409
    toy.now += timedelta(seconds=1)
    assert (await put(toy.client, idempotency_key="k")).status_code == 200


@pytest.mark.parametrize("key", ["x" * (KEY_CHARACTERS_MAX + 1), ""])
async def test_a_key_is_bounded(toy, key):
    assert (await put(toy.client, idempotency_key=key)).status_code == 400
    assert (await put(toy.client, idempotency_key="x" * KEY_CHARACTERS_MAX)).status_code == 200


async def ask(client, path=ERASE, **body):
    return await client.post(path, json={"reason": WHY, **body})


async def decide(client, approval, how="confirm"):
    return await client.post(f"/api/v1/approvals/{approval}/{how}", json={"reason": "checked"})


async def test_what_needs_two_is_done_once_a_second_person_confirms(toy):
    officer = await toy.as_operator("sari", Role.OFFICER)
    asked = await ask(officer)
    assert (asked.status_code, toy.runs) == (202, 0)
    approval = asked.json()["approval"]
    (waiting,) = (await toy.client.get("/api/v1/approvals")).json()["items"]
    assert (waiting["act"], waiting["asked_by"], waiting["reason"]) == ("toy_erase", "sari", WHY)

    done = await decide(toy.client, approval)
    assert done.json() == {"approval": approval, "outcome": "done", "answer": {"version": 2}}
    assert (toy.runs, (await decide(toy.client, approval)).status_code) == (1, 409)
    assert await toy.audit() == [
        ("sari", f"ask toy_erase {approval}", NUMBER, WHY),
        ("operator", "approvals", None, ""),
        ("operator", f"confirm toy_erase {approval}", NUMBER, "checked"),
        ("sari", "toy_erase", NUMBER, WHY),
    ]


async def test_nobody_confirms_what_they_asked_for_nor_without_being_a_manager(toy):
    officer = await toy.as_operator("sari", Role.OFFICER)
    other = await toy.as_operator("budi", Role.OFFICER)
    mine = (await ask(toy.client)).json()["approval"]
    theirs = (await ask(officer)).json()["approval"]
    assert (await decide(toy.client, mine)).status_code == 403
    assert [(await decide(each, theirs)).status_code for each in (officer, other)] == [403, 403]
    assert toy.runs == 0


async def test_what_was_refused_or_has_expired_is_never_done(toy):
    officer = await toy.as_operator("sari", Role.OFFICER)
    refused, old = [(await ask(officer)).json()["approval"] for _ in range(2)]
    assert (await decide(toy.client, refused, "refuse")).json()["outcome"] == "refused"
    assert (await decide(toy.client, refused)).status_code == 409
    toy.now += timedelta(hours=EXPIRES_HOURS)
    assert (await decide(toy.client, old)).status_code == 409
    assert (await toy.client.get("/api/v1/approvals")).json() == {"items": []}
    assert toy.runs == 0


async def test_an_approval_just_before_it_expires_is_good(toy):
    officer = await toy.as_operator("sari", Role.OFFICER)
    approval = (await ask(officer)).json()["approval"]
    toy.now += timedelta(hours=EXPIRES_HOURS) - timedelta(seconds=1)
    assert (await decide(toy.client, approval)).status_code == 200


async def test_what_a_disabled_person_asked_for_is_not_done(toy):
    officer = await toy.as_operator("sari", Role.OFFICER)
    approval = (await ask(officer)).json()["approval"]
    await toy.database.write(partial(disable_operator, name="sari", at=START))
    assert (await decide(toy.client, approval)).status_code == 409
    assert toy.runs == 0


async def test_what_could_not_be_done_waits_again(toy):
    officer = await toy.as_operator("sari", Role.OFFICER)
    approval = (await ask(officer)).json()["approval"]
    toy.fault = ZeroDivisionError()
    assert (await decide(toy.client, approval)).status_code == 500
    toy.fault = None
    assert (await decide(toy.client, approval)).status_code == 200


async def test_an_act_may_ask_for_two_by_what_it_finds(toy):
    manager = await toy.as_operator("sari", Role.MANAGER)
    assert (await ask(manager, BULK, rows=1)).json() == {"by": ""}
    asked = await ask(manager, BULK, rows=2)
    assert (asked.status_code, toy.runs) == (202, 1)
    done = await decide(toy.client, asked.json()["approval"])
    assert done.json()["answer"] == {"by": "operator"}


async def test_nothing_is_decided_that_is_not_there(toy):
    for unknown in ("99", "x", "9" * 30):
        assert (await decide(toy.client, unknown)).status_code == 404


async def test_answers_are_kept_for_a_day(toy):
    await put(toy.client, idempotency_key="k")
    for later, gone in (
        (timedelta(hours=KEPT_HOURS), 0),
        (timedelta(hours=KEPT_HOURS, seconds=1), 1),
    ):
        before = START + later - timedelta(hours=KEPT_HOURS)
        forget = partial(forget_calls, before=before, limit=9)
        assert await toy.database.write(forget) == gone
