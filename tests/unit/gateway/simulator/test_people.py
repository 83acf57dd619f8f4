"""The made-up people: those of the roster are in the demo's, and no other is."""

from datetime import date

from core.fields.name import parse_name
from core.fields.nik import parse_nik
from core.fields.phone import parse_phone
from gateway.demo import members
from gateway.simulator.people import Wanted, make_person, read_cast

ROSTER = {(one["nik"], one["full_name"]) for one in members()}


def test_everybody_can_register_and_be_told_apart():
    found = read_cast().people
    assert len({one["id"] for one in found}) == len(found)
    for one in found:
        assert parse_phone(one["phone"], country="ID") == one["phone"]
        assert not one["nik"] or parse_nik(one["nik"], today=date(2021, 1, 20))
        assert set(one) == {"id", "name", "nik", "phone", "mail", "profession", "note"}


def test_who_is_said_to_be_on_the_roster_is():
    by_id = {one["id"]: one for one in read_cast().people}
    for who in ("siti", "budi", "siti-new-sim", "dewi"):
        assert (by_id[who]["nik"], by_id[who]["name"]) in ROSTER
    assert by_id["rina"]["nik"] not in {nik for nik, _ in ROSTER}
    other = by_id["agus-other-name"]
    assert other["nik"] in {nik for nik, _ in ROSTER}
    assert (other["nik"], other["name"]) not in ROSTER
    assert by_id["siti"]["phone"] == by_id["budi"]["phone"]


def test_a_new_person_is_one_who_can_register():
    for _ in range(50):
        found = make_person(Wanted())
        assert parse_nik(found["nik"], today=date(2021, 1, 20))
        assert parse_phone(found["phone"], country="ID") == found["phone"]
        assert parse_name(found["name"])
        assert found["profession"] in read_cast().professions


def test_a_new_person_is_called_as_wanted_within_bounds():
    found = make_person(Wanted(name="N" * 61, profession="p" * 41, listed=False))
    assert (found["name"], found["profession"]) == ("N" * 60, "p" * 40)
    assert found["note"] == "not on the roster"
