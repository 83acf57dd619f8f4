"""Programs without a screen: curl registers, and w3m shows every page in words."""

import os
import shutil
import subprocess
from types import SimpleNamespace
from urllib.parse import urljoin

import pytest

from tests.fixtures.people import name, nik
from tests.fixtures.process import Process
from tests.fixtures.visitor import Visitor

SECONDS = 20


def program(called):
    """Return its path; without it the test is skipped aloud, unless it is required."""
    if found := shutil.which(called):
        return found
    missing = f"{called} is missing here (on Debian: apt install {called})"
    if called in os.environ.get("TESTS_REQUIRE", ""):
        pytest.fail(missing)
    return pytest.skip(missing)


class Curl:
    """A visitor's wire: each request is a process, and the cookies are kept in a file."""

    def __init__(self, url, folder):
        self._url, self._jar = url, folder / "cookies"
        self._program = program("curl")

    def get(self, path):
        return self._run(path)

    def post(self, path, data, headers):
        given = []
        for field, value in data.items():
            given += ["--data-urlencode", f"{field}={value}"]
        for header, value in headers.items():
            given += ["-H", f"{header}: {value}"]
        return self._run(path, *given)

    def close(self):
        pass

    def _run(self, path, *given):
        url = urljoin(self._url, path)
        kept = ["-b", self._jar, "-c", self._jar]
        said = subprocess.run(
            [self._program, "-sSi", "--noproxy", "*", "-m", str(SECONDS), *kept, *given, url],
            capture_output=True,
            check=True,
        )
        head, _, body = said.stdout.decode().partition("\r\n\r\n")
        status, *lines = head.split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return SimpleNamespace(
            status_code=int(status.split()[1]), headers=headers, text=body, url=url
        )


def in_words(page):
    """Return the page as w3m shows it, in 80 columns."""
    shown = subprocess.run(
        [program("w3m"), "-dump", "-T", "text/html", "-cols", "80"],
        input=page.encode(),
        capture_output=True,
        timeout=SECONDS,
        check=True,
    )
    return shown.stdout.decode()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    gateway = Process(tmp_path_factory.mktemp("site") / "var").start()
    yield gateway
    gateway.end()


@pytest.fixture
def visitor(site, tmp_path):
    with Visitor(site.url) as one:
        one.client.close()
        one.client = Curl(site.url, tmp_path)
        yield one


def registering(visitor, n):
    """Register the nth person; yield at each page."""
    yield visitor.open("/")
    yield visitor.press("Daftar sekarang")
    yield visitor.tick()
    yield visitor.answer(nik(n))
    yield visitor.answer(name(n))
    yield visitor.answer("perawat")
    if visitor.question.writable:
        yield visitor.answer(f"0812{n:08d}")
    yield visitor.press("Data benar")


def test_curl_registers_a_person(site, visitor):
    for _page in registering(visitor, 1):
        assert visitor.response.status_code == 200
    [found] = site.search(nik=nik(1))
    assert found["number"] in visitor.words


def test_every_page_reads_well_as_text(visitor):
    program("w3m")
    for page in registering(visitor, 2):
        text = in_words(page.response.text)
        assert page.heading in " ".join(text.split())
        assert "{" not in text
