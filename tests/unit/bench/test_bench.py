"""The bench, which `make test` leaves out, can be asked for its rows."""

import pytest

from tests.bench.__main__ import AMONG, AMONG_ALL, QUICK, THOROUGH, read_words
from tests.bench.letters import MailLine
from tests.bench.machine import calibrate, cores_for, cpu_seconds, family
from tests.bench.node_peer import node_peer
from tests.bench.rows import DISK_BYTES, MEMORY_BYTES, ROWS, fitting
from tests.bench.talks import COMMIT, REQUESTS, TURN, letter, registration, search, texts


def test_nothing_asked_for_is_everything_quickly():
    names, asked = read_words([])
    assert (names, asked.pace, asked.among) == (list(ROWS), QUICK, AMONG)
    names, asked = read_words(["all"])
    assert (names, asked.pace, asked.among) == (list(ROWS), THOROUGH, AMONG_ALL)


def test_rows_are_chosen_by_name():
    names, asked = read_words(["turn,registration"], "10_000_000")
    assert (names, asked.among) == (["turn", "registration"], 10_000_000)


@pytest.mark.parametrize(("words", "among"), [(["tern"], ""), ([], "1000"), ([], "10000001")])
def test_what_cannot_be_measured_ends_it(words, among):
    with pytest.raises(SystemExit) as ended:
        read_words(words, among)
    assert ended.value.code not in {0, None}


def test_a_registration_is_seven_requests_of_which_the_last_commits():
    kinds = [ask.kind for ask in registration(5)]
    assert kinds == [TURN] * (REQUESTS - 1) + [COMMIT]


def test_every_talk_says_how_long_its_bodies_are():
    for ask in (*registration(5), *texts(5), *search(5)):
        head, _, body = ask.payload.partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}".encode() in head
    assert next(letter(5)).payload.endswith(b"\r\n.\r\n")
    assert MailLine.lines < 50  # the gateway counts connections and letters under way


def test_server_and_load_have_cores_of_their_own_where_there_are_enough():
    assert cores_for(1, [0, 1]) == ({0}, {1})
    assert cores_for(2, [0, 1, 2, 3]) == ({0, 1}, {2, 3})
    assert cores_for(2, [0, 1]) == ({0, 1}, {0, 1})
    assert cores_for(1, []) == (set(), set())


def test_what_a_process_that_ended_used_is_nothing():
    assert cpu_seconds([2**22 + 1]) == 0


def test_a_calibration_takes_some_time():
    assert calibrate() > 0


def test_a_store_is_no_part_of_its_servers_family():
    assert family(7, without=(7,)) == []


def test_as_many_people_as_half_of_memory_and_disk_hold():
    memory, disk = 2 * MEMORY_BYTES * 1_000_000, 2 * DISK_BYTES * 10_000_000
    assert fitting(1_000_000, memory=memory, disk=disk) == 1_000_000
    assert fitting(1_000_001, memory=memory, disk=disk) == 1_000_000
    assert fitting(10_000_000, memory=memory - 1, disk=disk) == 100_000
    assert fitting(10_000_000, memory=None, disk=disk) == 10_000_000
    assert fitting(10_000_000, memory=None, disk=disk - 1) == 1_000_000


def test_without_node_there_is_no_peer_and_that_is_said(monkeypatch):
    monkeypatch.setenv("PATH", "")
    said = []
    with node_peer(None, said.append) as peer:
        assert peer is None
    assert said == ["no peer: node is not on this machine"]
