"""Several processes register the same people at once, in one database: one record each."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.fixtures.racer import PEOPLE, race

PROCESSES = 3


@pytest.mark.timeout(120)
def test_processes_that_race_for_the_same_people_make_one_record_each(database_url):
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        outcomes = list(pool.map(race, [database_url] * PROCESSES, range(PROCESSES)))

    by_person = [{outcome[person][1] for outcome in outcomes} for person in range(PEOPLE)]
    assert [len(numbers) for numbers in by_person] == [1] * PEOPLE
    registered = [
        [outcome[person][0] for outcome in outcomes].count("registered")
        for person in range(PEOPLE)
    ]
    assert registered == [1] * PEOPLE


@pytest.mark.timeout(120)
def test_processes_that_get_the_same_intents_give_the_same_outcomes(database_url):
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        outcomes = list(pool.map(race, [database_url] * PROCESSES, [0] * PROCESSES))

    assert outcomes == [outcomes[0]] * PROCESSES
    assert [kind for kind, _ in outcomes[0]] == ["registered"] * PEOPLE
