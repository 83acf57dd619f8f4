"""Invitations, as the API answers them."""

from functools import partial

import pytest

from core.appointments.schedule import put_facility
from core.database.statements import Statement
from core.roster import recalling
from gateway.operators.campaign_acts import WAVE_MAX
from gateway.settings.configuration import Configuration
from gateway.settings.settings import Settings
from gateway.wiring.findings.running import examine_running
from tests.contract.test_invitations import enrol, member, phone, queued
from tests.fixtures.clinics import SOREANG
from tests.fixtures.desk import make_client, make_routes
from tests.scripts import CAMPAIGN, START

MIDWIFE = Statement("UPDATE roster SET profession = 'bidan' WHERE id = 3")
TRIED = Statement("UPDATE outbox SET attempts = 1 WHERE value = :phone")


@pytest.fixture
async def client(database):
    routes, _ = make_routes(database)
    async with make_client(routes) as client:
        yield client


async def invited(client, **body):
    reply = await client.post("/api/v1/invitations", json={"reason": "a wave", **body})
    assert reply.status_code == 200, reply.text
    return reply.json()["invited"]


async def test_a_wave_is_for_a_region_and_a_profession(client, database):
    await enrol(
        database,
        member(1, nik="3204115706960001"),
        member(2, nik="3273115706960001"),
        member(3, nik="3204115706960002"),
    )
    await database.write(lambda connection: connection.run(MIDWIFE))
    assert (await client.get("/api/v1/invitations")).json()["to_invite"] == 3
    assert await invited(client, limit=9, regency="3204", profession="bidan") == 1
    assert await invited(client, limit=1, regency="32") == 1
    assert await invited(client, limit=9) == 1
    assert await invited(client, limit=9) == 0
    assert len(await queued(database)) == 3


@pytest.mark.parametrize(("limit", "status"), [(WAVE_MAX, 200), (WAVE_MAX + 1, 422), (0, 422)])
async def test_a_wave_has_a_bound(client, limit, status):
    body = {"limit": limit, "reason": "a wave"}
    assert (await client.post("/api/v1/invitations", json=body)).status_code == status


async def test_what_waits_is_taken_back_and_sent_by_a_later_wave(client, database, monkeypatch):
    monkeypatch.setattr(recalling, "BATCH_MAX", 1)
    await enrol(database, member(1), member(2), member(3))
    assert await invited(client, limit=9) == 3
    given = phone(2).value
    await database.write(lambda connection: connection.run(TRIED, phone=given))
    assert (await client.get("/api/v1/invitations")).json()["waiting"] == 2

    reply = await client.post("/api/v1/invitations/recall", json={"reason": "the hotline"})
    assert reply.json() == {"taken_back": 2}
    assert await queued(database) == [given]
    counts = (await client.get("/api/v1/invitations")).json()
    assert (counts["waiting"], counts["invited"], counts["to_invite"]) == (0, 1, 2)

    assert await invited(client, limit=9) == 2
    assert sorted(await queued(database)) == [phone(n).value for n in (1, 2, 3)]


async def test_the_set_up_tells_what_the_doctor_finds_of_a_running_gateway(database):
    configuration = Configuration(Settings(wires=("africastalking",), demo=False), CAMPAIGN)
    examine = partial(examine_running, configuration, database, lambda: START)
    routes, _ = make_routes(database, examine=examine)

    async def faults():
        async with make_client(routes) as client:
            findings = (await client.get("/api/v1/setup")).json()["findings"]
        return {one["part"]: one["fault"] for one in findings if one["fault"]}

    found = await faults()
    assert "no account sends" in found["sms"]
    assert {"roster", "facilities"} <= found.keys()
    await enrol(database, member(1))
    await database.write(partial(put_facility, facility=SOREANG))
    found = await faults()
    assert ("roster" in found, "facilities" in found, "slots" in found) == (False, False, True)
