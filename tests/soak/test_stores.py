"""Real PgBouncer, Sentinel, Redis Cluster and a PostgreSQL standby under people who register."""

import pytest

from tests.fixtures.scenes import HEADINGS, SCENES, play


@pytest.mark.parametrize("scene", SCENES, ids=[scene.name for scene in SCENES])
async def test_nobody_is_lost_and_only_a_fault_turns_people_away(scene, gateway, tmp_path):
    row = await play(scene, gateway, tmp_path)
    print(HEADINGS, row, sep="\n")
    assert row.outside == 0
    assert row.load.unlike == 0
