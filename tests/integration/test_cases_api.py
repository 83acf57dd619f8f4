"""Cases by the API, on both databases: three columns, preview, decision, undo, and who may."""

from datetime import timedelta
from functools import partial

import pytest

from core.cases.queue import TAKEN_MINUTES
from core.fields.nik import mask
from core.operators.operators import add_operator
from core.operators.roles import Role, Scope
from core.operators.tokens import NewToken, add_token
from tests.contract.test_record_stores import NIK
from tests.fixtures.case_desk import HER_NAME, HERS, HIS, HIS_NAME, LATER, CaseDesk
from tests.fixtures.desk import make_client, make_routes

WHY = "she called"


class Api(CaseDesk):
    """The desk before its API, in several hands."""

    def __init__(self, database):
        super().__init__(database)
        self.now, self.keys = LATER, 0
        self.routes, self.runner = make_routes(database, clock=lambda: self.now)
        self.clients = {"": make_client(self.routes)}

    async def hire(self, name, role):
        adding = partial(add_operator, name=name, role=role, facility_code="", at=LATER)
        await self.database.write(adding)
        new = NewToken(name, f"sp_{name}", "test", frozenset(Scope))
        assert await self.database.write(partial(add_token, new=new, at=LATER))
        self.clients[name] = make_client(self.routes, new.token)

    async def post(self, path, body, *, who="", version=None, key=None):
        self.keys += 1
        headers = {"Idempotency-Key": key or f"key {self.keys}"}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return await self.clients[who].post(f"/api/v1/cases/{path}", json=body, headers=headers)

    async def items(self, who="", **wanted):
        found = await self.post("search", wanted, who=who)
        assert found.status_code == 200, found.text
        return found.json()["items"]

    async def decide_by(self, case, decision, *, who="", key=None, version=None, **more):
        body = {"decision": decision, "reason": WHY, **more}
        seen = case["version"] if version is None else version
        return await self.post(f"{case['id']}/decisions", body, who=who, key=key, version=seen)


@pytest.fixture
def api(database):
    return Api(database)


async def conflict(api):
    await api.register(HIS, HIS_NAME)
    await api.register()
    await api.list()
    [case] = await api.items()
    return case


async def test_a_case_is_three_columns_with_their_differences_and_a_suggestion(api):
    case = await conflict(api)
    assert set(case) >= {"id", "kind", "status", "opened_at", "number", "version", "tries"}
    assert (case["kind"], case["status"], case["number"]) == ("name_conflict", "open", case["id"])
    on_file, incoming, roster = case["on_file"], case["incoming"], case["roster"]
    assert (on_file["full_name"], incoming["full_name"]) == (HIS_NAME, HER_NAME)
    assert roster["full_name"] == HER_NAME
    assert "full_name" in incoming["differs"]
    assert case["likeness"]["incoming,roster"] == 100
    assert case["suggestion"] == {
        "decision": "hand_over",
        "reason": "The incoming name is the roster's (100 %), the one on file is not.",
        "certain": True,
        "code": "why_roster_names_incoming",
        "facts": {"percent": "100", "tries": "1"},
    }


async def test_a_nik_and_what_it_tells_are_hidden_until_they_are_revealed(api):
    case = await conflict(api)
    assert case["on_file"]["nik"] == mask(NIK)
    assert (case["on_file"]["birth_date"], case["on_file"]["sex"]) == (None, None)
    whole = await api.clients[""].get(f"/api/v1/cases/{case['id']}?reveal=1")
    assert whole.json()["on_file"]["nik"] == NIK
    assert whole.json()["on_file"]["sex"] == "female"
    audit = await api.all("SELECT action, number FROM audit ORDER BY id")
    assert (f"reveal_nik {case['id']}", case["on_file"]["number"]) in audit


async def test_what_is_previewed_is_what_is_sent(api):
    case = await conflict(api)
    seen = (await api.post(f"{case['id']}/preview", {"decision": "hand_over"})).json()
    assert [one["change"] for one in seen["changes"]] == ["supersede", "register"]
    assert seen["version"] == case["version"]
    assert [(one["channel"], one["address"]) for one in seen["messages"]] == [
        ("sms", HERS.value),
        ("sms", HIS.value),
    ]
    assert all(one["text"] and one["segments"] == 1 for one in seen["messages"])
    done = await api.decide_by(case, "hand_over")
    assert done.status_code == 200, done.text
    assert done.json()["messages"] == seen["messages"]
    assert (done.json()["status"], done.json()["decided_by"]) == ("decided", "operator")
    assert done.json()["undo_until"].startswith("2021-01-21T10:00")


async def test_a_decision_needs_the_version_that_was_seen_and_a_reason(api):
    case = await conflict(api)
    path, body = f"{case['id']}/decisions", {"decision": "refuse", "reason": WHY}
    assert (await api.post(path, body)).status_code == 428
    assert (
        await api.post(path, {"decision": "refuse"}, version=case["version"])
    ).status_code == 422
    assert await api.texts() == []


async def test_a_colleagues_change_is_a_conflict_that_says_what_there_is_now(api):
    case = await conflict(api)
    stale = await api.decide_by(case, "refuse", version=case["version"] - 1)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    assert stale.json()["version"] == case["version"]
    await api.decide_by(case, "hand_over")
    late = await api.decide_by(case, "refuse")
    assert late.status_code == 409
    assert late.json()["now"]["decision"] == "hand_over"
    assert late.json()["now"]["decided_by"] == "operator"


async def test_the_same_key_decides_once_and_is_answered_the_same(api):
    case = await conflict(api)
    first = await api.decide_by(case, "hand_over", key="once")
    again = await api.decide_by(case, "hand_over", key="once")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len(await api.texts()) == 2


async def test_a_taken_case_is_refused_to_colleagues_and_comes_free(api):
    await api.hire("dewi", Role.OFFICER)
    await api.hire("rudi", Role.OFFICER)
    case = await conflict(api)
    taken = await api.post(f"{case['id']}/take", {}, who="dewi")
    assert (taken.json()["status"], taken.json()["taken_by"]) == ("taken", "dewi")
    other = await api.post(f"{case['id']}/take", {}, who="rudi")
    assert (other.status_code, other.json()["now"]["taken_by"]) == (409, "dewi")
    refused = await api.decide_by(taken.json(), "refuse", who="rudi")
    assert (refused.status_code, refused.json()["code"]) == (409, "taken")
    await api.post(f"{case['id']}/release", {}, who="dewi")
    [free] = await api.items(status="open")
    api.now = LATER + timedelta(minutes=TAKEN_MINUTES)
    assert (await api.decide_by(free, "refuse", who="rudi")).status_code == 200


async def test_a_decision_is_undone_by_who_made_it_or_a_manager(api):
    for name in ("dewi", "rudi"):
        await api.hire(name, Role.OFFICER)
    await api.hire("sri", Role.MANAGER)
    case = await conflict(api)
    await api.decide_by(case, "hand_over", who="dewi")
    path, body = f"{case['id']}/undo", {"reason": "wrong person"}
    assert (await api.post(path, body, who="rudi")).status_code == 403
    [decided] = [one for one in await api.items(status="decided") if one["id"] == case["id"]]
    stale = await api.post(path, body, who="dewi", version=decided["version"] - 1)
    assert stale.status_code == 409
    undone = await api.post(path, body, who="dewi", version=decided["version"])
    assert (undone.status_code, undone.json()["status"]) == (200, "undone")
    await api.decide_by(undone.json(), "refuse", who="rudi")
    assert (await api.post(path, body, who="sri")).status_code == 200


@pytest.mark.parametrize(
    ("role", "status"),
    [("helpdesk", 403), ("facility", 403), ("auditor", 403), ("officer", 200), ("manager", 200)],
)
async def test_who_decides(api, role, status):
    case = await conflict(api)
    await api.hire("ani", Role(role))
    assert (await api.post("search", {}, who="ani")).status_code == status
    seen = await api.post(f"{case['id']}/preview", {"decision": "refuse"}, who="ani")
    assert seen.status_code == status
    assert (await api.decide_by(case, "refuse", who="ani")).status_code == status


async def test_the_audit_has_each_decision_once_and_each_look(api):
    await api.hire("dewi", Role.OFFICER)
    case = await conflict(api)
    await api.decide_by(case, "hand_over", who="dewi")
    rows = await api.all("SELECT action, operator, why FROM audit ORDER BY id")
    decided = [row for row in rows if row[0].startswith("case hand_over")]
    assert decided == [(f"case hand_over {case['id']}", "dewi", WHY)] * 2  # of two records
    assert not [row for row in rows if row[0].startswith("decide_case")]
    assert ("cases", "operator", "") in rows


async def test_what_cannot_be_decided_so_says_why(api):
    case = await conflict(api)
    refused = await api.decide_by(case, "accept")
    assert (refused.status_code, refused.json()["code"]) == (422, "not_for_kind")
    assert refused.json()["detail"] == "This decision is not for a case of this kind."
    wrong = await api.decide_by(case, "hand_over", nik="12")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "nik_length")
    unknown = await api.post("0000-0000/preview", {"decision": "keep"})
    assert unknown.status_code == 404
    assert (await api.post("0000-0001/preview", {"decision": "keep"})).status_code == 400


async def test_a_merger_waits_for_a_second_person(api):
    await api.hire("dewi", Role.OFFICER)
    await api.hire("sri", Role.MANAGER)
    case = await conflict(api)
    other = (await api.register(nik=f"{NIK[:-4]}0900", name="Ani Lestari")).number
    nobody = await api.decide_by(case, "merge", who="dewi")
    assert (nobody.status_code, nobody.json()["code"]) == (422, "number_needed")
    asked = await api.decide_by(case, "merge", who="dewi", number=other)
    assert asked.status_code == 202
    path = f"/api/v1/approvals/{asked.json()['approval']}/confirm"
    done = await api.clients["sri"].post(path, json={"reason": "the same person"})
    assert done.status_code == 200, done.text
    assert ("merged",) in await api.all("SELECT status FROM records")
    assert (await api.items(status="decided"))[0]["undo_until"] is None


async def test_the_queue_is_paged(api):
    await conflict(api)
    await api.register(HIS, "Budi Santoso", nik=f"{NIK[:-4]}0900")
    await api.register(HERS, "Ani Lestari", nik=f"{NIK[:-4]}0900")
    page = (await api.post("search", {"limit": 1})).json()
    assert len(page["items"]) == 1
    rest = (await api.post("search", {"limit": 1, "after": page["next"]})).json()
    assert (len(rest["items"]), rest["next"]) == (1, None)
    assert rest["items"][0]["id"] != page["items"][0]["id"]
    number = rest["items"][0]["on_file"]["number"]
    assert [one["id"] for one in await api.items(number=number)] == [rest["items"][0]["id"]]
