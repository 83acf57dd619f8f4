"""Each alert fires on its fault and on nothing else: Prometheus' own promtool plays the series."""

import os
import re
import shutil
import subprocess

import pytest
import yaml

from tests.docs.dashboard import PATH as BOARD
from tests.docs.dashboard import written
from tests.docs.pages import ROOT
from tests.docs.test_docs import families

RULES = ROOT / "deploy" / "alerts.yaml"
ALERTS = {
    rule["alert"]: rule
    for group in yaml.safe_load(RULES.read_text())["groups"]
    for rule in group["rules"]
    if "alert" in rule
}
HERE = 'job="satupintu",instance="a:8000"'


def turns(answered, unsure):
    """Turns a minute by USSD, the slowest of which took 20 ms."""
    both = {"answered": answered, "unsure": unsure}
    name = "satupintu_turn_seconds"
    counts = {
        f'{name}_count{{{HERE},channel="ussd",result="{result}"}}': f"0+{a_minute}"
        for result, a_minute in both.items()
    }
    return counts | quick(name, answered + unsure, 'channel="ussd"')


def quick(name, a_minute, labels="", *, le=("0.02", "5")):
    """A histogram in which all are at or below the first bound, or between both."""
    more = f",{labels}" if labels else ""
    return {
        f'{name}_bucket{{{HERE}{more},le="{le[0]}"}}': f"0+{a_minute}",
        f'{name}_bucket{{{HERE}{more},le="5"}}': f"0+{a_minute}",
        f'{name}_bucket{{{HERE}{more},le="+Inf"}}': f"0+{a_minute}",
    }


def slow(name, labels=""):
    """A histogram in which all are between 20 ms and 5 s."""
    made = quick(name, 60, labels)
    return {key: "0" if 'le="0.02"' in key else value for key, value in made.items()}


def rises(name, labels="", a_minute=60):
    more = f",{labels}" if labels else ""
    return {f"satupintu_{name}_total{{{HERE}{more}}}": f"0+{a_minute}"}


def stays(name, value, labels=""):
    more = f",{labels}" if labels else ""
    return {f"{name}{{{HERE}{more}}}": f"{value}"}


def gauge(name, value, labels=""):
    return stays(f"satupintu_{name}", value, labels)


WELL = {
    **stays("up", 1),
    **turns(600, 0),
    **quick("satupintu_store_seconds", 600, 'store="redis",kind="write"'),
    **quick("satupintu_loop_lag_seconds", 60),
    **stays("process_open_fds", 100),
    **stays("process_max_fds", 65_536),
    **stays("process_start_time_seconds", 1),
    **gauge("outbox_oldest_seconds", 3),
    **gauge("sms_withheld", 3),
    **gauge("lists_oldest_seconds", 3),
    **gauge("evidence_kept", 3),
    **gauge("cases_oldest_seconds", 3_600),
    **gauge("registry_breaker", 0),
    **gauge("verification_oldest_seconds", 3),
    **gauge("feed_waiting", 0),
    **gauge("webhooks_waiting", 0),
    **gauge("pending_oldest_seconds", 3),
    **gauge("backup_age_seconds", 3_600),
    **gauge("certificate_expires_timestamp_seconds", 10**10, 'use="smtp"'),
    **gauge("provider_up", 1, 'channel="sms",provider="twilio"'),
    **gauge("open_places", 3, 'regency="3204"'),
    **rises("outbox", 'result="sent"'),
    **rises("outcomes", 'outcome="registered"'),
    **rises("steps", 'step="confirming"'),
}
# By alert: the minutes after which it fires, and what is not well then.
FAULTS = {
    "SatuPintuDown": (2, stays("up", 0)),
    "SatuPintuUnsure": (10, rises("rejected", 'wire="meta",status="503"')),
    "SatuPintuManyUnsure": (10, turns(500, 50)),
    "SatuPintuStoreFails": (10, rises("store_errors", 'store="redis",cause="OOM"')),
    "SatuPintuPassing": (10, rises("peer_turns", 'direction="passed",result="answered"')),
    "SatuPintuBudgetBurnsFast": (90, turns(980, 20)),
    "SatuPintuBudgetBurns": (26 * 60, turns(996, 4)),
    "SatuPintuSlow": (15, slow("satupintu_turn_seconds", 'channel="ussd"')),
    "SatuPintuStoreSlow": (15, slow("satupintu_store_seconds", 'store="redis",kind="write"')),
    "SatuPintuLoopLags": (25, slow("satupintu_loop_lag_seconds")),
    "SatuPintuFilesRunOut": (6, stays("process_open_fds", 60_000)),
    "SatuPintuRestarts": (60, {f"process_start_time_seconds{{{HERE}}}": "0+60"}),
    "SatuPintuUnfinished": (5, gauge("pending_oldest_seconds", 300)),
    "SatuPintuNoBackup": (65, gauge("backup_age_seconds", 90_000)),
    "SatuPintuCertificateEnds": (
        1,
        gauge("certificate_expires_timestamp_seconds", 13 * 86_400, 'use="smtp"'),
    ),
    "SatuPintuWrongTokens": (15, rises("refused", 'where="api"')),
    "SatuPintuDeadLetters": (15, rises("outbox", 'result="dead"')),
    "SatuPintuAccountRefused": (
        5,
        rises("provider_answers", 'channel="sms",provider="twilio",result="ours"'),
    ),
    "SatuPintuProviderDown": (6, gauge("provider_up", 0, 'channel="sms",provider="twilio"')),
    "SatuPintuOwed": (1, gauge("outbox_oldest_seconds", 1_000)),
    "SatuPintuWithheld": (1, gauge("sms_withheld", 201)),
    "SatuPintuAnswersWithheld": (60, rises("answers_withheld", 'reason="campaign"')),
    "SatuPintuListsWait": (1, gauge("lists_oldest_seconds", 901)),
    "SatuPintuListGivenUp": (10, rises("lists", 'result="given_up"')),
    "SatuPintuEvidence": (1, gauge("evidence_kept", 50_001)),
    "SatuPintuCasesWait": (20, gauge("cases_oldest_seconds", 86_401)),
    "SatuPintuNoSeats": (61, gauge("open_places", 0, 'regency="3204"')),
    "SatuPintuRegistryAway": (20, gauge("registry_breaker", 2)),
    "SatuPintuFeedRefused": (10, rises("feed_refused")),
    "SatuPintuFeedWaits": (70, gauge("feed_waiting", 9)),
    "SatuPintuWebhooksWait": (20, gauge("webhooks_waiting", 9)),
    "SatuPintuWebhooksRefused": (10, rises("webhooks_refused")),
    "SatuPintuNothingSent": (
        25,
        rises("outbox", 'result="retry"') | rises("outbox", 'result="sent"', 0),
    ),
    "SatuPintuStrangers": (15, rises("rejected", 'wire="meta",status="403"', 120)),
    "SatuPintuRedeliveries": (30, rises("redeliveries", a_minute=60)),
    "SatuPintuNothingRegistered": (50, rises("outcomes", 'outcome="registered"', 0)),
}
LONG_MINUTES = 240  # after which rules are looked at more seldom, for the test's sake
# Alerts that cannot but come along with another.
ALONG = {
    "SatuPintuManyUnsure": {"SatuPintuBudgetBurnsFast"},
    "SatuPintuBudgetBurnsFast": {"SatuPintuBudgetBurns"},
}


@pytest.fixture(scope="module")
def promtool():
    found = shutil.which("promtool")
    if found is None:
        assert "promtool" not in os.environ.get("TESTS_REQUIRE", "")
        pytest.skip("there is no promtool (apt install prometheus)")
    return found


def played(minutes, series, expected):
    """One test of promtool: which alerts fire at that minute."""
    firing = 'count by (alertname) (ALERTS{alertstate="firing"})'
    samples = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(expected)]
    test = {
        "interval": "1m",
        "input_series": [
            {"series": name, "values": f"{values}x{minutes}"} for name, values in series.items()
        ],
        "promql_expr_test": [{"expr": firing, "eval_time": f"{minutes}m", "exp_samples": samples}],
    }
    # Within the 5 minutes that Prometheus looks back: it plays groups of rules in any order.
    pause = "1m" if minutes < LONG_MINUTES else "4m"
    return {"rule_files": [str(RULES)], "evaluation_interval": pause, "tests": [test]}


def test_every_alert_fires_on_its_fault_alone_and_none_while_all_is_well(promtool, tmp_path):
    assert set(FAULTS) == set(ALERTS)
    faults = [
        (minutes, WELL | fault, {name} | ALONG.get(name, set()))
        for name, (minutes, fault) in FAULTS.items()
    ]
    files = []
    for minutes, series, expected in [(120, WELL, set()), *faults]:
        path = tmp_path / f"{len(files)}.yaml"
        path.write_text(yaml.safe_dump(played(minutes, series, expected)))
        files.append(path)
    done = subprocess.run(
        [promtool, "test", "rules", *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "words", [("check", "rules", "alerts.yaml"), ("check", "config", "prometheus.yaml")]
)
def test_prometheus_takes_the_examples(promtool, words):
    command = [promtool, *words]
    done = subprocess.run(
        command, cwd=ROOT / "deploy", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dashboard_is_fresh():
    assert BOARD.read_text() == written(), "run: python -m tests.docs.dashboard"


def test_every_metric_is_on_the_dashboard():
    shown = set(re.findall(r"(?:satupintu|process)_[a-z_]+", BOARD.read_text()))
    shown = {re.sub("_(total|bucket|count)$", "", name) for name in shown}
    assert families() - shown == set()
