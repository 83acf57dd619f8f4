"""Settings that are lists."""

import pytest

from gateway.settings.lists import PREFIXES_MAX, read_prefixes


def test_sms_go_by_the_beginning_of_the_number():
    assert read_prefixes("+62811, +62812=digihub,kannel; +62817 = jasmin;") == {
        "+62811": ("digihub", "kannel"),
        "+62812": ("digihub", "kannel"),
        "+62817": ("jasmin",),
    }
    assert read_prefixes("") == {}


def beginnings(count):
    return ",".join(f"+{n}" for n in range(1, count + 1)) + "=kannel"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0811=kannel", "'0811' should be a new beginning"),
        ("+62811,+62811=kannel", "'\\+62811' should be a new beginning"),
        ("+62811=kannel;+62811=jasmin", "'\\+62811' should be a new beginning"),
        ("+" + "1" * 16 + "=kannel", "should be a new beginning"),
        ("=kannel", "'' should be a new beginning"),
        ("+62811", "\\+62811 should name each of its providers once"),
        ("+62811=meta", "'meta' sends nothing on sms"),
        (beginnings(PREFIXES_MAX + 1), "should be at most 1,000"),
    ],
)
def test_a_beginning_that_is_none_is_a_fault(text, says):
    with pytest.raises(ValueError, match=says):
        read_prefixes(text)


def test_so_many_beginnings_there_may_be():
    assert len(read_prefixes(beginnings(PREFIXES_MAX))) == PREFIXES_MAX
