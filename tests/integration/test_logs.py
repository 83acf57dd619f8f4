"""No personal datum reaches the log, whatever is logged and whoever logs it."""

import asyncio
import io
import json
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from gateway.runtime import logs

NIK, PHONE, MAIL, NAME = "3204115706960001", "+6281211110001", "siti@klinik.example", "SITI AMINAH"


def fail():
    raise ValueError(f"{NIK} {PHONE} {MAIL} {NAME}")


def assert_silent(told):
    text = json.dumps(told)
    assert [datum for datum in (NIK, PHONE, PHONE[3:], MAIL, NAME) if datum in text] == []


def test_an_error_is_told_by_type_and_place_never_by_its_message(logged):
    try:
        fail()
    except ValueError as error:
        error_id = logs.report("it failed", error, part="test", nik=NIK)
    (line,) = logged()
    assert_silent(line)
    assert line["error"] == "ValueError"
    assert line["error_id"] == error_id
    assert line["where"][-1].endswith(" fail")
    assert "nik" not in line


def test_a_field_that_is_not_on_the_list_is_dropped(logged):
    logs.log.warning("said", text=NAME, body=NIK, status=200)
    (line,) = logged()
    assert set(line) == {"event", "level", "timestamp", "status"}
    assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None


@pytest.mark.parametrize(
    "value", [NIK, PHONE, MAIL, "3204 1157 0696 0001", "0812-1111-0001", "32.04.11.570696.0001"]
)
def test_a_number_or_an_address_in_an_allowed_field_is_cut(value, logged):
    logs.log.warning("said", path=f"/x/{value}", where=[value])
    (line,) = logged()
    assert value not in json.dumps(line)
    assert "[hidden]" in line["where"][0]


def test_the_lines_of_libraries_keep_their_template_only(logged):
    logging.getLogger("a.library").error("%s: %s", MAIL, NAME)
    logging.getLogger("uvicorn.error").error("failed: %s", NAME)
    try:
        fail()
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    told = logged()
    assert_silent(told)
    assert [line["logger"] for line in told] == ["a.library", "uvicorn.error", "uvicorn.error"]
    assert told[1]["event"] == "failed: %s"
    assert told[2]["error"] == "ValueError"


async def test_what_a_task_leaves_behind_is_told_without_its_message(logged):
    loop = asyncio.get_running_loop()
    logs.report_from_loop(loop, {"message": NIK, "exception": ValueError(NAME)})
    logs.report_from_loop(loop, {"message": NIK})
    told = logged()
    assert_silent(told)
    assert told[0]["error"] == "ValueError"


def test_a_log_on_a_full_disk_loses_its_lines_and_nothing_else():
    with Path("/dev/full").open("w") as full:
        logs.configure(stream=full)
        logs.log.warning("said")
        logging.getLogger("a.library").error("said")
        with pytest.raises(OSError, match="No space"):
            full.flush()
        logs.log.warning("said")
        with suppress(OSError):
            full.close()


class Piecewise(io.StringIO):
    """A stream that another thread can come between, as no text stream rules out."""

    def write(self, text):
        return sum(super(Piecewise, self).write(letter) for letter in text)


def test_lines_of_several_threads_do_not_mix():
    stream, interval = Piecewise(), sys.getswitchinterval()
    logs.configure(stream=stream)
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda count: logs.log.warning("said", count=count), range(2_000)))
    finally:
        sys.setswitchinterval(interval)
    counts = [json.loads(line)["count"] for line in stream.getvalue().splitlines()]
    assert sorted(counts) == list(range(2_000))


def test_a_long_text_is_cut(logged):
    logs.log.warning("x" * (logs.TEXT_CHARACTERS_MAX + 1))
    assert len(logged()[0]["event"]) == logs.TEXT_CHARACTERS_MAX


def test_a_trace_is_cut_to_its_last_places(logged):
    def deep(levels):
        if levels == 0:
            fail()
        deep(levels - 1)

    try:
        deep(logs.FRAMES_MAX * 2)
    except ValueError as error:
        logs.report("it failed", error)
    assert len(logged()[0]["where"]) == logs.FRAMES_MAX
