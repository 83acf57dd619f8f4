"""The API is as its document says: a generator of requests finds no failure in the process."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.process import TOKEN, Process

# What no schema can say (a check character, a country's phone plan) is refused with 422 in words.
_UNSAID = "positive_data_acceptance"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    process = Process(tmp_path_factory.mktemp("openapi") / "var").start()
    yield process
    process.end()


@pytest.mark.timeout(300)
def test_a_generator_of_requests_finds_no_failure(running, tmp_path):
    program = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run(
        [
            *(program, "run", f"{running.url}/openapi.json", "--generation-deterministic"),
            *("--checks=all", f"--exclude-checks={_UNSAID}", "--max-examples=4"),
            *("--header", f"Authorization: Bearer {TOKEN}", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8_000:]
    assert "No issues found" in done.stdout or "passed" in done.stdout


def test_the_document_needs_no_token_and_every_act_does(running):
    document = running.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if operation.get("security") == []:
                continue
            answer = running.client.request(method, path)
            assert answer.status_code == 401, (method, path)
