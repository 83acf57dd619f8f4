"""Anybody may write anything to the real process: it answers honestly, and goes on."""

from random import Random

import pytest

from tests.fixtures.process import Process
from tests.fixtures.strangers import (
    ANSWER_SECONDS_MAX,
    OPEN,
    PATHS,
    check_log,
    mail_everything,
    write_everywhere,
)

BODIES, LETTERS = 300, 50


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    process = Process(tmp_path_factory.mktemp("strangers") / "var", **OPEN).start()
    yield process
    check_log(process)
    process.end()


@pytest.mark.parametrize("path", PATHS)
async def test_any_body_is_answered_honestly(path, running):
    longest = await write_everywhere(running, BODIES, Random(path), paths=(path,))
    assert longest < ANSWER_SECONDS_MAX
    check_log(running)
    assert running.client.get("/health/ready").status_code == 200


async def test_any_letter_is_answered_honestly(running):
    assert await mail_everything(running, LETTERS, Random(1)) < ANSWER_SECONDS_MAX
    check_log(running)
    assert running.client.get("/health/ready").status_code == 200
