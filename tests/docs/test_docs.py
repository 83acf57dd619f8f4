"""The pages are complete, and true to the code."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from channels.web.appeal import WebAppeal
from channels.web.form import WebForm
from core.database.in_memory import InMemoryDatabase
from core.events import ReceiptStatus
from core.registration.intent import OutcomeKind
from core.wording.catalog import load_wording
from gateway.http.health import health_routes
from gateway.http.links import link_routes
from gateway.http.peer.envelope import PATH as PEER_PATH
from gateway.http.public.intents import intent_routes
from gateway.http.public.lists import list_routes
from gateway.http.public.visits import visit_routes
from gateway.http.tickets import ticket_routes
from gateway.operators.console.pages import PAGES as SCREENS
from gateway.operators.openapi import openapi_route
from gateway.operators.runner import Runner
from gateway.runtime.clock import utc_now
from gateway.runtime.metrics import Metrics
from gateway.settings.settings import Settings, variable
from gateway.simulator.app import api_routes
from gateway.wiring.app import ticket_office
from gateway.wiring.operator_parts import desk_acts
from gateway.wiring.providers import make_channels
from tests.docs.configuration import PAGE, table, written
from tests.docs.pages import ROOT, example, pages, prose, tracked
from tests.fixtures.desk import make_desk
from tests.scripts import CAMPAIGN

LINE_CHARACTERS_MAX = 120  # of prose; a row of a table is one line
ARCHITECTURE_WORDS_MAX = 1_000  # two pages
TOUR_FILES, TOUR_LINES_MAX = 10, 1_500  # twenty minutes
PAGES = pages()
TEXT = {page: page.read_text() for page in PAGES}
ALL = "\n".join(TEXT.values())
DOCS = "\n".join(text for page, text in TEXT.items() if "docs" in page.parts)
DEPLOYED = sorted((ROOT / "deploy").glob("*.yaml"))
FILES = tracked()
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
_PATH = re.compile(
    r"(?:core|channels|gateway|tests|docs|deploy)/[\w./-]*|[\w.-]+\.(?:toml|lock|md)"
)
_SETTING = re.compile(r"SATUPINTU_[A-Z_]*[A-Z]")
FOR_TESTS = {"SATUPINTU_FIXTURES", "SATUPINTU_GOLDEN"}
METRICS = re.compile(r"satupintu_[a-z_]+")
# Gauges of conversations to be finished and of backups, which rules and dashboard foresee.
TO_COME = {"satupintu_pending", "satupintu_pending_oldest_seconds", "satupintu_backup_age_seconds"}


def name(page):
    return str(page.relative_to(ROOT))


def test_there_are_pages():
    for page in ("README", "CONTRIBUTING", "CHANGELOG", "SECURITY", "ARCHITECTURE"):
        assert ROOT / f"{page}.md" in TEXT
    assert len([page for page in PAGES if page.parent.name == "adr"]) == 17


# -- settings, routes, codes, targets, metrics -------------------------------------------------


def test_the_table_of_settings_is_fresh():
    page = PAGE.read_text()
    assert table() in page, "run: python -m tests.docs.configuration"
    assert written(page) == page


def test_every_setting_named_exists():
    known = {variable(field) for field in Settings.model_fields} | FOR_TESTS
    known |= {"SATUPINTU_REGISTRY_URL"}
    sources = [*PAGES, *(ROOT / "deploy").glob("*")]
    named = {found for path in sources for found in _SETTING.findall(path.read_text())}
    assert named - known == set()


def test_the_example_of_production_names_every_secret():
    example = (ROOT / "deploy" / "production.env.example").read_text()
    fields = Settings.model_fields.items()
    secret = {variable(field) for field, info in fields if "SecretStr" in str(info.annotation)}
    assert {one for one in secret if f"\n{one}=" not in example} == set()


def routes():
    wording = load_wording(None, CAMPAIGN)
    for channel in make_channels(Settings(_env_file=None, secret="s" * 32), wording, CAMPAIGN):
        yield from channel.paths
        if isinstance(channel, WebForm):
            yield from (route.path for route in link_routes(channel, None, seconds=0))
    yield PEER_PATH
    yield from WebAppeal.paths
    stage = type("Stage", (), {"__getattr__": lambda self, _name: self})()
    yield from (route.path for route in api_routes(stage))
    database = InMemoryDatabase()
    desk = make_desk(database)
    tickets = ticket_routes(ticket_office(desk, utc_now))
    app = (*intent_routes(None), *visit_routes(None), *list_routes(stage))
    for route in (*health_routes({}, Metrics()), *tickets, *app):
        yield route.path
    acts = desk_acts(desk, Runner(database))
    yield from (route.path for route in (openapi_route(acts), *acts))


@pytest.mark.parametrize("path", sorted(set(routes())))
def test_every_route_is_described(path):
    assert re.search(rf"`[A-Z, ]*{re.escape(path)}`", DOCS), path


def test_no_route_is_described_that_does_not_exist():
    known = set(routes())
    named = set(re.findall(r"`(?:GET|POST)(?:, POST)? (/[^`?\s]+)`", DOCS))
    assert named - known - {"/sms/example", "/ussd/{gateway}"} == set()


def strings(folder, call, place=0):
    """The literal arguments of every call of that name below the folder."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            named = isinstance(node, ast.Call) and getattr(node.func, "id", "") == call
            if named and len(node.args) > place and isinstance(node.args[place], ast.Constant):
                yield node.args[place].value


def keywords(call, keyword):
    """The literal values that the keyword has in every call of that name, in what is served."""
    for folder in ("channels", "gateway"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == call:
                    for given in node.keywords:
                        if given.arg == keyword and isinstance(given.value, ast.Constant):
                            yield given.value.value


def test_every_code_of_an_answer_is_described():
    codes = set(strings("core", "InvalidError"))
    assert len(codes) > 10
    assert {code for code in codes if f"| `{code}` |" not in DOCS} == set()


def test_every_status_of_an_error_is_described():
    page = (ROOT / "docs" / "api.md").read_text()
    statuses = set(strings("gateway", "ProblemError")) | set(keywords("RejectedError", "status"))
    assert statuses >= {401, 404, 403, 413}
    assert {code for code in statuses if not re.search(rf"\b{code}\b", page)} == set()


def test_every_outcome_and_status_is_described():
    page = (ROOT / "docs" / "api.md").read_text()
    words = (*OutcomeKind, *ReceiptStatus, "queued", "dead", "opted_out")
    assert [word for word in words if f"`{word}`" not in page] == []


def targets():
    made = (ROOT / "Makefile").read_text()
    return set(re.findall(r"^([a-z0-9]+):", made, re.MULTILINE))


def test_every_make_target_is_described_and_exists():
    readme = TEXT[ROOT / "README.md"]
    assert {
        one for one in targets() if f"`{one}`" not in readme and f"make {one}" not in readme
    } == set()
    inline = [code for text in TEXT.values() for code in _CODE.findall(prose(text))]
    lines = [line.strip() for text in TEXT.values() for line in text.splitlines()]
    started = [one for one in (*inline, *lines) if one.startswith("make ")]
    named = {word for one in started for word in re.findall(r"^make ([a-z0-9]+)", one)}
    assert named - targets() == set()
    assert named >= {"run", "test", "check", "phone"}


def families():
    metrics = Metrics()
    return {family.name for family in metrics.registry.collect()}


def exposed():
    """Every name that a query may use."""
    named = set()
    for family in Metrics().registry.collect():
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum", "")}
        named |= {family.name + end for end in suffixes.get(family.type, ("",))}
    return named


def test_every_metric_is_described():
    page = (ROOT / "docs" / "operations.md").read_text()
    described = {found.removesuffix("_total") for found in re.findall(r"\| `(\w+)` \|", page)}
    assert families() - described == set()


def test_every_metric_named_exists():
    sources = [*PAGES, *DEPLOYED, ROOT / "deploy" / "grafana.json"]
    named = {found for path in sources for found in METRICS.findall(path.read_text())}
    assert named - exposed() - TO_COME == set()


# -- links, files, form ------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    for link in _LINK.findall(prose(TEXT[page])):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def anchors(page):
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_named_exist(page):
    folders = {str(parent) for file in FILES for parent in (ROOT / file).parents}
    for code in _CODE.findall(prose(TEXT[page])):
        named = code.split(" ")[0].rstrip("/")
        if not _PATH.fullmatch(named) or named in MADE:
            continue
        places = (ROOT / named, page.parent / named)
        found = [at for at in places if at.is_file() or str(at) in folders or at.is_dir()]
        assert found, code


MADE = {"core/wording/locale/jv.po"}  # what a page tells somebody to make


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_tests_named_exist(page):
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    for code in re.findall(r"`(test_[a-z0-9_]+)`", prose(TEXT[page])):
        assert f"def {code}(" in tests, code


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_lines_are_short(page):
    for line in prose(TEXT[page]).splitlines():
        whole = line.startswith(("|", "    "))
        assert whole or len(line) <= LINE_CHARACTERS_MAX, line


def test_the_architecture_is_two_pages():
    assert len(TEXT[ROOT / "ARCHITECTURE.md"].split()) <= ARCHITECTURE_WORDS_MAX


def test_the_architecture_names_every_folder():
    within = [file for file in FILES if file.startswith(("core/", "channels/", "gateway/"))]
    folders = {str(parent) for file in within for parent in Path(file).parents}
    page = TEXT[ROOT / "ARCHITECTURE.md"]
    named = {code.rstrip("/") for code in _CODE.findall(page)}
    assert {one for one in folders if "/" in one} - named == set()


def test_the_tour_takes_twenty_minutes():
    page = TEXT[ROOT / "ARCHITECTURE.md"]
    tour = page.partition("## The tour")[2].partition("\n## ")[0]
    files = _CODE.findall(tour)
    assert len(set(files)) == len(files) == TOUR_FILES
    lines = [len((ROOT / file).read_text().splitlines()) for file in files]
    assert sum(lines) <= TOUR_LINES_MAX


# -- examples ----------------------------------------------------------------------------------


def test_the_conversation_on_the_page_is_true():
    made = example("docs/testing.md", 0)
    made["test_a_dropped_call_goes_on_where_it_was"]()


def test_the_form_of_the_changelog():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert version in TEXT[ROOT / "CHANGELOG.md"]


def test_no_page_says_that_it_is_unfinished():
    assert not re.search(r"\b(?:TODO|FIXME|lorem)\b", ALL)


@pytest.mark.parametrize("name", ["sign-in", *(page.name for page in SCREENS)])
def test_every_screen_of_the_console_is_shown(name):
    shown = (ROOT / "docs/console.md").read_text()
    assert [width for width in (320, 1280) if f"(screens/{name}-{width}.png)" not in shown] == []
