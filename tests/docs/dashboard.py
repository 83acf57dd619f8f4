"""Write `deploy/grafana.json` from these rows: `.venv/bin/python -m tests.docs.dashboard`."""

import json
from itertools import count

from tests.docs.pages import ROOT

PATH = ROOT / "deploy" / "grafana.json"
WIDTH, HEIGHT = 12, 8  # of a panel; a row has room for two
P99 = "histogram_quantile(0.99, sum by (le{by}) (rate({name}_bucket[5m])))"


def p99(name, *labels):
    return P99.format(name=name, by="".join(f", {label}" for label in labels))


def rate(name, *labels, over="5m", of="rate"):
    by = f" by ({', '.join(labels)})" if labels else ""
    return f"sum{by} ({of}(satupintu_{name}_total[{over}]))"


def worst(name, *labels):
    by = f" by ({', '.join(labels)})" if labels else ""
    return f"max{by} (satupintu_{name})"


UNSURE = 'rate(satupintu_turn_seconds_count{result="unsure"}[5m])'
TURNS = "sum by (channel, result) (rate(satupintu_turn_seconds_count[5m]))"
# Row, then its panels: title, unit, and queries with their legends.
ROWS = {
    "People": [
        ("Turns a second", "reqps", (TURNS, "{{channel}} {{result}}")),
        ("p99 of a turn", "s", (p99("satupintu_turn_seconds", "channel"), "{{channel}}")),
        (
            "Turns without a sure end",
            "percentunit",
            (f"sum({UNSURE}) / sum(rate(satupintu_turn_seconds_count[5m]))", "of all turns"),
        ),
        ("Turned away", "reqps", (rate("rejected", "wire", "status"), "{{wire}} {{status}}")),
        ("Outcomes a minute", "short", (f"60 * {rate('outcomes', 'outcome')}", "{{outcome}}")),
        ("Turns by step", "reqps", (rate("steps", "step"), "{{step}}")),
        (
            "USSD sessions left in an hour, by step",
            "short",
            (rate("abandoned", "step", over="1h", of="increase"), "{{step}}"),
        ),
        (
            "Delivered again; told by SMS, for the screen came too late",
            "reqps",
            (rate("redeliveries"), "delivered again"),
            (rate("late"), "late"),
        ),
        ("Refused for what they are", "reqps", (rate("refused", "where"), "{{where}}")),
        (
            "Numbers that changed, in a day",
            "short",
            (rate("moved", "channel", "provider", over="1d", of="increase"), "{{provider}}"),
        ),
    ],
    "Messages": [
        ("Attempts to send", "reqps", (rate("outbox", "result"), "{{result}}")),
        (
            "Messages by where they stand",
            "short",
            (
                worst("outbox_messages", "channel", "state", "bulk"),
                "{{channel}} {{state}} {{bulk}}",
            ),
        ),
        ("Age of the oldest message that is due", "s", (worst("outbox_oldest_seconds"), "oldest")),
        (
            "Providers that are up",
            "short",
            ("min by (channel, provider) (satupintu_provider_up)", "{{channel}} {{provider}}"),
        ),
        (
            "Answers of providers",
            "reqps",
            (
                rate("provider_answers", "channel", "provider", "result"),
                "{{channel}} {{provider}} {{result}}",
            ),
        ),
        (
            "Arrived in a day, by cost",
            "short",
            (
                rate("messages_arrived", "provider", "cost", over="1d", of="increase"),
                "{{provider}} {{cost}}",
            ),
        ),
        (
            "Withheld",
            "short",
            (worst("sms_withheld"), "SMS in a day"),
            (
                rate("answers_withheld", "reason", over="1h", of="increase"),
                "{{reason}} in an hour",
            ),
        ),
    ],
    "Decisions": [
        ("Cases that wait", "short", (worst("cases_waiting"), "cases")),
        ("Age of the oldest case", "s", (worst("cases_oldest_seconds"), "oldest")),
        (
            "Lists of staff: waiting, and tries an hour",
            "short",
            (worst("lists_waiting"), "waiting"),
            (rate("lists", "result", over="1h", of="increase"), "{{result}}"),
        ),
        ("Age of the oldest list", "s", (worst("lists_oldest_seconds"), "oldest")),
        ("Files kept as evidence", "short", (worst("evidence_kept"), "files")),
        ("Places with a seat left", "short", (worst("open_places", "regency"), "{{regency}}")),
    ],
    "The registry and the app": [
        (
            "Questions to the registry, and its breaker",
            "short",
            (rate("registry", "result"), "{{result}}"),
            (worst("registry_breaker"), "breaker"),
        ),
        (
            "Checks of records",
            "reqps",
            (rate("verifications", "result"), "{{result}}"),
        ),
        ("Age of the oldest check", "s", (worst("verification_oldest_seconds"), "oldest")),
        (
            "To be told",
            "short",
            (worst("feed_waiting"), "the registry"),
            (worst("webhooks_waiting"), "the app"),
        ),
        (
            "Batches and events",
            "reqps",
            (rate("feed", "result"), "registry {{result}}"),
            (rate("webhooks", "result"), "app {{result}}"),
        ),
        (
            "Refused in an hour",
            "short",
            (rate("feed_refused", over="1h", of="increase"), "by the registry"),
            (rate("webhooks_refused", over="1h", of="increase"), "by the app"),
        ),
    ],
    "Stores": [
        ("Store errors", "reqps", (rate("store_errors", "store", "cause"), "{{store}} {{cause}}")),
        (
            "p99 of a store's answer",
            "s",
            (p99("satupintu_store_seconds", "store", "kind"), "{{store}} {{kind}}"),
        ),
        (
            "Waiting for the database",
            "short",
            ("sum by (kind) (satupintu_database_queued)", "{{kind}}"),
        ),
        (
            "Conversations to be finished, and the oldest's age",
            "short",
            (worst("pending"), "conversations"),
            (worst("pending_oldest_seconds"), "seconds"),
        ),
        ("Age of the newest backup", "s", (worst("backup_age_seconds"), "age")),
    ],
    "Processes": [
        (
            "Turns under way",
            "short",
            ("sum by (instance) (satupintu_turns_in_flight)", "{{instance}}"),
        ),
        (
            "p99 of the event loop's lag",
            "s",
            (p99("satupintu_loop_lag_seconds", "instance"), "{{instance}}"),
        ),
        (
            "CPU",
            "percentunit",
            ('rate(process_cpu_seconds_total{job="satupintu"}[5m])', "{{instance}}"),
        ),
        ("Memory", "bytes", ('process_resident_memory_bytes{job="satupintu"}', "{{instance}}")),
        (
            "Open files, of those that may be",
            "percentunit",
            ('process_open_fds{job="satupintu"} / process_max_fds', "{{instance}}"),
        ),
        (
            "Age of the youngest worker",
            "s",
            ('time() - process_start_time_seconds{job="satupintu"}', "{{instance}}"),
        ),
        (
            "Turns passed to the other gateway",
            "reqps",
            (
                rate("peer_turns", "instance", "direction", "result"),
                "{{instance}} {{direction}} {{result}}",
            ),
        ),
        (
            "Until the certificate ends",
            "s",
            ("min by (use) (satupintu_certificate_expires_timestamp_seconds) - time()", "{{use}}"),
        ),
        (
            "Versions",
            "short",
            (
                "count by (version, python) (satupintu_build_info)",
                "{{version}}, Python {{python}}",
            ),
        ),
    ],
}


def board():
    """Return the dashboard."""
    ids, panels, top = count(1), [], 0
    for title, row in ROWS.items():
        place = {"x": 0, "y": top, "w": 2 * WIDTH, "h": 1}
        panels.append(
            {"id": next(ids), "type": "row", "title": title, "gridPos": place, "panels": []}
        )
        top += 1
        for n, panel in enumerate(row):
            place = {"x": n % 2 * WIDTH, "y": top + n // 2 * HEIGHT, "w": WIDTH, "h": HEIGHT}
            panels.append(_panel(next(ids), place, *panel))
        top += -(-len(row) // 2) * HEIGHT
    return {
        "title": "Satu Pintu",
        "uid": "satupintu",
        "schemaVersion": 39,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [{"name": "source", "type": "datasource", "query": "prometheus"}]},
        "panels": panels,
    }


def _panel(number, place, title, unit, *queries):
    return {
        "id": number,
        "type": "timeseries",
        "title": title,
        "datasource": {"type": "prometheus", "uid": "${source}"},
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + n), "expr": expr, "legendFormat": legend}
            for n, (expr, legend) in enumerate(queries)
        ],
    }


def written():
    """Return the file's text."""
    return json.dumps(board(), indent=1) + "\n"


if __name__ == "__main__":
    PATH.write_text(written())
