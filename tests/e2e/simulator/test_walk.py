"""One person walks through every door, on the drawn devices, and what is told is on file."""

import pytest

from tests.e2e.simulator.walk import SITI, walk

WALK_SECONDS = 120


@pytest.mark.timeout(WALK_SECONDS)
def test_one_person_walks_through_every_door(gateway, tab):
    page = tab(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    number = walk(page, gateway)
    (record,) = gateway.search(nik=SITI)
    assert record["number"] == number
    assert record["status"] == "verified"
    assert record["appointment"]
    down = [one for one in tab.said if "ERR_" not in one]  # of the moment without a gateway
    assert down == []
