"""A new provider is a row and what it is made with; everything else follows."""

import shutil
import subprocess
import sys
from pathlib import Path

from core.messages import Channel
from gateway.settings.providers import PROVIDERS
from gateway.settings.settings import Settings
from gateway.wiring.providers import CARRIERS, CHANNELS

ROOT = Path(__file__).parents[2]


def test_a_row_and_what_it_is_made_with_are_all_that_a_provider_needs(tmp_path):
    shutil.copy(ROOT / "campaign.toml", tmp_path)
    child = subprocess.run(
        [sys.executable, "-m", "tests.fixtures.trial_provider"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr


def test_every_row_names_settings_that_exist():
    for one in PROVIDERS:
        accounts = [name for account in one.sends.values() for name in account]
        api = [one.api_url] if one.api_url else []
        named = {*one.guards, *one.chosen, *accounts, *one.needs, *one.needs.values(), *one.ours}
        keys = [one.keys] if one.keys else []
        assert {*named, *api, *keys} <= set(Settings.model_fields), one.name
        assert set(one.chosen) <= set(one.guards)


def test_whatever_is_served_or_sent_over_http_has_its_row_and_is_made():
    rows = {one.name: one for one in PROVIDERS}
    assert len(rows) == len(PROVIDERS)
    assert set(CHANNELS) == set(rows) - {"smtp"}
    sends = {(name, channel) for name, one in rows.items() for channel in one.sends}
    assert set(CARRIERS) == sends - {("smtp", Channel.EMAIL)}
    assert {name for name, one in rows.items() if one.sends} == {
        name for name, one in rows.items() if one.rate is not None
    }
