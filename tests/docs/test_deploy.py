"""The examples in deploy/ are well formed, and speak of what there is."""

import re
import tomllib

import pytest
import yaml

from core.wording.catalog import load_wording
from gateway.http.links import link_routes
from gateway.http.public.lists import list_routes
from gateway.http.tickets import ticket_routes
from gateway.settings.settings import Settings
from gateway.wiring.providers import make_channels
from tests.docs.pages import ROOT
from tests.scripts import CAMPAIGN

DEPLOYED = sorted((ROOT / "deploy").glob("*.yaml"))


def name(path):
    return path.name


@pytest.mark.parametrize("path", DEPLOYED, ids=name)
def test_yaml_is_yaml(path):
    documents = list(yaml.safe_load_all(path.read_text()))
    assert documents
    assert all(isinstance(document, dict) for document in documents)


def test_compose_and_kubernetes_watch_health():
    for path in ("compose.yaml", "kubernetes.yaml", "Containerfile"):
        text = (ROOT / "deploy" / path).read_text()
        assert set(re.findall(r"/health/\w+", text)) <= {"/health/live", "/health/ready"}
        assert "/health/" in text


def test_the_proxy_passes_on_whatever_providers_call():
    """What watches and governs a gateway stays inside, and so does the peer's door."""
    channels = make_channels(
        Settings(_env_file=None, secret="s" * 32), load_wording(None, CAMPAIGN), CAMPAIGN
    )
    called = {path for channel in channels for path in channel.paths}
    stage = type("Stage", (), {"__getattr__": lambda self, _name: self})()
    pages = (*ticket_routes(None), *list_routes(stage), *link_routes(stage, None, seconds=0))
    called |= {route.path for route in pages}
    for page in ("deploy/README.md", "SECURITY.md"):
        words = " ".join((ROOT / page).read_text().split())
        said = re.search(r"pass(?:es on)? only (.*?) \(", words)[1]
        assert set(re.findall(r"`(/\w*)`", said)) == {"/" + path.split("/")[1] for path in called}


def test_every_alert_has_its_paragraph():
    page = (ROOT / "docs" / "operations.md").read_text()
    alerts = yaml.safe_load((ROOT / "deploy" / "alerts.yaml").read_text())
    rules = [rule for group in alerts["groups"] for rule in group["rules"] if "alert" in rule]
    missing = [rule for rule in rules if f"### {rule['annotations']['runbook']}\n" not in page]
    assert (len(rules) > 30, missing) == (True, [])


def test_the_image_has_what_the_package_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    kept = (ROOT / ".containerignore").read_text().splitlines()
    image = (ROOT / "deploy" / "Containerfile").read_text()
    for needed in (*project["tool"]["setuptools"]["dynamic"]["dependencies"]["file"], "README.md"):
        assert f"!{needed}" in kept
        assert needed in image
