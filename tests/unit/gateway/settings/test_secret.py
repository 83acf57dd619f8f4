from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.settings.configuration import ConfigurationError
from gateway.settings.secret import FILE, SECRET_BYTES, read_secret
from gateway.settings.settings import Settings


def settings(tmp_path, **more):
    return Settings(_env_file=None, data_dir=tmp_path / "var", **more)


def test_a_secret_that_is_set_is_taken(tmp_path):
    assert read_secret(settings(tmp_path, secret="x" * 32)) == b"x" * 32
    assert not (tmp_path / "var").exists()


def test_the_first_start_draws_a_secret_that_all_others_share(tmp_path):
    with ThreadPoolExecutor(8) as workers:
        drawn = set(workers.map(lambda _: read_secret(settings(tmp_path)), range(8)))
    (secret,) = drawn
    assert len(secret) == SECRET_BYTES
    (path,) = (tmp_path / "var").iterdir()
    assert path.name == FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_secret(settings(tmp_path / "other")) != secret


@pytest.mark.parametrize("text", ["", "ab" * (SECRET_BYTES - 1), "no hexadecimal", "\xff"])
def test_a_broken_secret_is_a_fault(tmp_path, text):
    path = tmp_path / "var" / FILE
    path.parent.mkdir()
    path.write_text(text, "latin-1")
    with pytest.raises(ConfigurationError) as fault:
        read_secret(settings(tmp_path))
    assert "SATUPINTU_SECRET" in fault.value.faults[0]


def test_a_data_dir_that_cannot_be_written_is_a_fault(tmp_path):
    (tmp_path / "var").write_text("a file")
    with pytest.raises(ConfigurationError):
        read_secret(settings(tmp_path))
