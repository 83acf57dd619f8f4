"""Strangers at the page for a clinic's list: other sites, foreign files, floods and markup."""

import pytest

from core.registration.web_lists import ROWS_OF_NETWORK_MAX
from tests.fixtures.lists import cells
from tests.fixtures.people import name
from tests.fixtures.process import Process
from tests.fixtures.visitor import Visitor

MARKUP = '"><script>alert(1)</script>'
FILES = {
    "PDF and ZIP": b"%PDF-1.7\n" + b"PK\x03\x04" + b"\0" * 200,
    "GIF and script": b"GIF89a/*<script>alert(1)</script>*/=1;" + b"\0" * 50,
    "page": b"<!doctype html><script>alert(1)</script>",
    "program": b"\x7fELF" + b"\0" * 500,
    "bomb": b"PK\x03\x04" + b"\xff" * 5_000,
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    gateway = Process(tmp_path_factory.mktemp("lists") / "var").start()
    yield gateway
    gateway.end()


@pytest.fixture
def visitor(site):
    with Visitor(site.url) as one:
        yield one.open("/kolektif")


def bring(visitor, *, file=None, **changed):
    fields = {**visitor.question.fields, **changed}
    files = {"file": ("a.xlsx", file)} if file is not None else {"file": ("", b"")}
    return visitor._show(
        visitor.client.post("/kolektif", data=fields, files=files, headers={"origin": visitor.url})
    )


@pytest.mark.parametrize("kind", FILES)
def test_a_file_of_several_kinds_is_told_and_never_given_back(visitor, kind):
    page = bring(visitor, file=FILES[kind])
    assert page.response.status_code == 200
    assert page.title.startswith("Kesalahan")
    assert "<script>" not in page.response.text


def test_markup_in_a_table_is_shown_as_text(visitor):
    rows = [[cells(1)[0], MARKUP, MARKUP, MARKUP], cells(2)]
    page = bring(visitor, text="\n".join("\t".join(row) for row in rows))
    assert "<script>" not in page.response.text
    assert "&lt;script&gt;" in page.response.text


def test_a_row_that_stands_twice_counts_once_and_the_page_says_so(visitor):
    page = bring(visitor, text="\n".join("\t".join(cells(n)) for n in (1, 2, 1)))
    assert page.response.text.count('name="row.') == 2
    assert "1 baris sama dengan baris lain" in page.response.text
    page = bring(visitor.open("/kolektif"), text="\n".join("\t".join(cells(n)) for n in (1, 2)))
    assert "sama dengan baris lain" not in page.response.text


@pytest.mark.parametrize("changed", [{"csrf": "A" * 22}, {"turn": "A" * 22}, {"csrf": ""}])
def test_a_list_of_another_site_is_refused(visitor, changed):
    assert bring(visitor, text="\t".join(cells(1)), **changed).response.status_code == 403


def test_a_file_beyond_the_bound_is_turned_away_in_words(visitor):
    page = bring(visitor, file=b"x" * 2_000_000)
    assert page.response.status_code == 413
    assert page.heading


def test_rows_that_never_stood_in_a_page_are_checked_like_any(visitor):
    form = bring(visitor, text="\t".join(cells(3))).read.forms[-1]
    spoilt = {"row.1": "\t".join(["1", name(3), "perawat", "0812"]), "send": "1", "agree": "1"}
    page = visitor.send(form, **spoilt)
    assert page.title.startswith("Kesalahan")


def test_more_rows_than_a_day_s_are_not_taken(visitor):
    form = bring(visitor, text="\t".join(cells(3))).read.forms[-1]
    many = {f"row.{n}": "\t".join(cells(n)) for n in range(1, ROWS_OF_NETWORK_MAX + 50)}
    page = visitor.send(form, **many)
    assert page.response.text.count('name="row.') == ROWS_OF_NETWORK_MAX


@pytest.mark.parametrize("path", ["0" * 24, "../../etc/passwd", "%00", "x" * 5_000, "a%0d%0ab"])
def test_a_guessed_list_is_nobody_s(visitor, path):
    bring(visitor, text="\t".join(cells(1)))
    assert visitor.client.get(f"/kolektif/{path}").status_code in (400, 404)
