"""What the gateway does by itself, and what officials do at their desk."""

from functools import cached_property, partial

from core.cases.desk import SqlCases
from core.cases.sweep import CaseSweep
from core.operators.operators import add_operator
from core.operators.roles import SCOPES, Role
from core.operators.tokens import NewToken, add_token
from core.registration.checks import SqlChecks
from core.roster.lookup import SqlRoster
from gateway.intake.list_job import ListJob
from gateway.operators.erasing import Erasing
from gateway.operators.standby import look
from gateway.registry.verifier import Verifier
from tests.fixtures.desk import make_client, make_routes

HOLDER = "the gateway"


class Background:
    """The gateway's work beside the turns, a round at a time."""

    def __init__(self, world):
        self.world, clock = world, lambda: world.now
        self.verifier = Verifier(
            checks=SqlChecks(world.database),
            registry=SqlRoster(world.database),
            name_match_min=world.campaign.limits.name_match_min,
            metrics=world.intake.metrics,
            clock=clock,
        )
        self.lists = ListJob(
            database=world.database,
            effects=world.effects,
            reader=world.spoken.reader,
            metrics=world.intake.metrics,
            clock=clock,
            on_answer=lambda: None,
        )
        cases = SqlCases(world.database, world.effects.terms)
        self.cases = CaseSweep(world.database, cases, HOLDER)
        self.erasing = Erasing(
            database=world.database,
            sessions=world.sessions,
            clock=clock,
            countries=world.effects.terms.countries,
        )

    async def round(self):
        """Do what there is to do now."""
        now = self.world.now
        await self.verifier.checks.schedule_rechecks(now=now)
        await self.verifier.verify_due(now)
        await self.lists.record_next(now)
        await self.cases.sweep(now=now)
        await self.erasing.erase_one()
        await look(self.world.database, self.world.effects.terms, now)


class Officials:
    """An officer at the desk and a facility's hands, before the API."""

    def __init__(self, world):
        self.world = world

    @cached_property
    def routes(self):
        """Return the routes of the API; few stories need them."""
        world = self.world
        given = {"campaign": world.campaign, "sessions": world.sessions}
        return make_routes(world.database, clock=lambda: world.now, **given)[0]

    async def client(self, name, role, facility=""):
        """Return a client with a token of somebody who has this role."""
        add = partial(
            add_operator, name=name, role=role, facility_code=facility, at=self.world.now
        )
        await self.world.database.write(add)
        new = NewToken(name, f"sp_{name}", "story", SCOPES[role])
        await self.world.database.write(partial(add_token, new=new, at=self.world.now))
        return make_client(self.routes, new.token)

    async def look_at(self, number, reason):
        """See a person's data whole, for a reason."""
        async with await self.client("dewi", Role.OFFICER) as client:
            path, why = f"/api/v1/registrations/{number}?reveal=1", {"x-satupintu-reason": reason}
            assert (await client.get(path, headers=why)).is_success

    async def decide(self, decision, reason):
        """Decide the one case that waits."""
        async with await self.client("dewi", Role.OFFICER) as client:
            found = await client.post("/api/v1/cases/search", json={"status": "open"})
            [case] = found.json()["items"]
            path = f"/api/v1/cases/{case['id']}"
            said = {"decision": decision, "reason": reason}
            version = {"if-match": f'"{case["version"]}"'}
            answer = await client.post(f"{path}/decisions", json=said, headers=version)
            assert answer.is_success, answer.text

    async def close_day(self, facility, day, offer):
        """Close a facility for a day."""
        async with await self.client("ayu", Role.MANAGER) as client:
            path = f"/api/v1/facilities/{facility}/closures"
            said = {"date": day, "offer": offer, "reason": "banjir"}
            answer = await client.post(path, json=said)
            assert answer.is_success, answer.text

    async def note_came(self, facility, number):
        """Note at the facility that somebody came."""
        async with await self.client("nia", Role.FACILITY, facility) as client:
            answer = await client.post(
                "/api/v1/attendance", json={"number": number, "came": "yes"}
            )
            assert answer.is_success, answer.text
