"""The API is as its document says; tests/soak tries far more."""

import pytest

from tests.fixtures.api_generator import generate_requests
from tests.fixtures.process import Process


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    process = Process(tmp_path_factory.mktemp("openapi") / "var").start()
    yield process
    process.end()


@pytest.mark.timeout(180)
def test_every_act_answers_a_generated_request_as_it_says(running, tmp_path):
    assert generate_requests(running, tmp_path, "--phases=fuzzing", "--max-examples=1") == ""


def test_the_document_needs_no_token_and_every_act_does(running):
    document = running.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if operation.get("security") == []:
                continue
            answer = running.client.request(method, path)
            assert answer.status_code == 401, (method, path)
