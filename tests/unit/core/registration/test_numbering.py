from itertools import count

import pytest

from core.database.in_memory import InMemoryDatabase
from core.registration.addresses import LostRaceError
from core.registration.numbering import under_first_free


def lost(_number):
    raise LostRaceError


def test_what_is_in_the_way_is_not_the_number():
    numbers = count()
    with pytest.raises(LostRaceError):
        InMemoryDatabase().run(lambda use: under_first_free(use, map(str, numbers), lost))
    assert next(numbers) == 1, "a second was tried"


def test_no_number_is_free():
    with pytest.raises(LostRaceError):
        InMemoryDatabase().run(lambda use: under_first_free(use, iter(()), lost))
