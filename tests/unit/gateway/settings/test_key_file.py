"""The key file: what is read, and what is said of each fault, never a key."""

import pytest

from gateway.settings.key_file import FILE_BYTES_MAX, KEYS_MAX, read_key_file

OLD, NEW = "0a" * 32, "B1" * 32


@pytest.fixture
def file(tmp_path):
    return tmp_path / "keys"


def read(file, text):
    file.write_text(text, "latin-1")
    keys, faults = read_key_file(file)
    start = f"SATUPINTU_KEY_FILE ({file}): "
    assert all(fault.startswith(start) for fault in faults)
    return [key.hex() for key in keys], [fault.removeprefix(start) for fault in faults]


def test_keys_are_read_in_their_order(file):
    assert read(file, f"# of 2021\n{NEW}\n\n  {OLD}  \r\n") == ([NEW.lower(), OLD], [])


@pytest.mark.parametrize("line", [NEW[1:], f"{NEW}00", "x" * 64, "0 " * 32, "\xff" * 64])
def test_a_line_that_is_no_key_is_named_and_not_shown(file, line):
    _, (fault,) = read(file, f"{OLD}\n{line}\n")
    assert fault.startswith("line 2 is no key: ")
    assert line not in fault


@pytest.mark.parametrize(("count", "faulty"), [(0, True), (1, False), (KEYS_MAX, False)])
def test_the_number_of_keys_is_bounded(file, count, faulty):
    assert bool(read(file, f"{OLD}\n" * count)[1]) is faulty
    assert "not 1 to" in read(file, f"{OLD}\n" * (KEYS_MAX + 1))[1][0]


def test_the_size_is_bounded(file):
    assert read(file, f"{OLD}\n#".ljust(FILE_BYTES_MAX, "#"))[1] == []
    assert "larger" in read(file, f"{OLD}\n#".ljust(FILE_BYTES_MAX + 1, "#"))[1][0]


def test_a_file_that_is_not_there_is_a_fault(file):
    assert read_key_file(file)[1] == [
        f"SATUPINTU_KEY_FILE ({file}): cannot be read: No such file or directory"
    ]
