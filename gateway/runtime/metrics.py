"""The metrics that `/metrics` shows; no label ever holds a personal datum."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

from core.registration.intent import OutcomeKind
from gateway.runtime.refusals import OUR_FAULT, Refusals
from gateway.runtime.vitals import Vitals

SECONDS_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
CHILDREN_MAX: Final = 256  # kept, of all metrics
OUTBOX_LABELS: Final = ("channel", "state", "bulk")
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_OUTCOMES = frozenset(OutcomeKind)
_Metric = TypeVar("_Metric", Counter, Gauge, Histogram)
# Name: what it says, then its labels.
_COUNTERS: Final = {
    "steps": ("turns that ended at this step", "step"),
    "outcomes": ("what intents did to the record", "outcome"),
    "abandoned": ("USSD sessions left at this step", "step"),
    "redeliveries": ("messages delivered again",),
    "late": ("USSD turns cut off, with an SMS promised on the screen",),
    "moved": ("people whose number changed at the provider", "channel", "provider"),
    "rejected": ("requests turned away", "wire", "status"),
    "refused": ("requests refused for what they are", "where"),
    "outbox": ("attempts to send by result", "result"),
    "answers_withheld": ("answers to letters that nobody vouches for, not sent", "reason"),
    # passed or received; answered, refused or failed
    "peer_turns": ("turns passed to and received from the peer", "direction", "result"),
    "provider_answers": ("answers of providers to messages", "channel", "provider", "result"),
    "messages_arrived": ("messages that reached people, by what they cost", "provider", "cost"),
    "registry": ("questions to the registry by result", "result"),
    # a verdict, no_word or unreachable
    "verifications": ("checks of records by what came of them", "result"),
    "feed": ("batches sent to the registry by result", "result"),  # told, refused, unreachable
    "webhooks": ("events sent to the app by result", "result"),  # told, refused, unreachable
    "webhooks_refused": ("events that the app will not take",),
    "lists": ("tries to record a list of staff by result", "result"),  # answered, failed, given_up
    "feed_refused": ("records that the registry will not take",),
    "store_errors": ("errors of stores", "store", "cause"),  # redis or database
}


@lru_cache(maxsize=CHILDREN_MAX)
def _child(metric: _Metric, *labels: str) -> _Metric:
    """Return the child with these labels; looking one up costs more than counting."""
    return metric.labels(*labels) if labels else metric


class Metrics:
    """The metrics of one process; gauges without labels are attributes.

    Children of the hottest ones are kept: looking one up costs as much as counting.
    """

    def __init__(self, *, shared: Path | None = None) -> None:
        """`shared` is the folder in which several workers add up their counts, or None."""
        self._shared = shared
        self.registry = CollectorRegistry()
        self._turns = Histogram(
            "satupintu_turn_seconds",
            "time from message to answer, or to giving up",
            ["channel", "provider", "result"],
            buckets=SECONDS_BUCKETS,
            registry=self.registry,
        )
        self._counters = {
            name: Counter(f"satupintu_{name}", says, labels, registry=self.registry)
            for name, (says, *labels) in _COUNTERS.items()
        }
        says = "0 while a provider comes last, for it failed too often"
        self._up = self._gauge("provider_up", says, "channel", "provider")
        self.refusals = Refusals()
        self.oldest_queued = self._gauge(
            "outbox_oldest_seconds", "age of the oldest queued message"
        )
        self.withheld = self._gauge(
            "sms_withheld", "SMS not sent in a day, to phones that did not ask or are abroad"
        )
        self.pending = self._gauge("pending", "conversations with an effect to be carried out")
        self.oldest_pending = self._gauge("pending_oldest_seconds", "age of the oldest of these")
        self._breaker = self._gauge("registry_breaker", "0 calls are made, 1 one is tried, 2 none")
        self.oldest_check = self._gauge(
            "verification_oldest_seconds", "how long the oldest check has been due"
        )
        self.feed_waiting = self._gauge("feed_waiting", "records to be sent to the registry")
        self.webhooks_waiting = self._gauge("webhooks_waiting", "records the app is to be told of")
        self.lists_waiting = self._gauge(
            "lists_waiting", "lists of staff that are not answered yet"
        )
        self.oldest_list = self._gauge("lists_oldest_seconds", "age of the oldest of these")
        self.evidence_kept = self._gauge("evidence_kept", "files of evidence that are kept")
        self.cases_waiting = self._gauge("cases_waiting", "cases that wait for a decision")
        self.oldest_case = self._gauge("cases_oldest_seconds", "age of the oldest of these cases")
        self.backup = self._gauge("backup_age_seconds", "age of the last backup, NaN without one")
        self._turns_of: dict[str, dict[str, Histogram]] = {}
        self._stores = Histogram(
            "satupintu_store_seconds",
            "time from a call of a store to its answer, waiting included",
            ["store", "kind"],
            buckets=SECONDS_BUCKETS,
            registry=self.registry,
        )
        self.outbox_messages = self._gauge(
            "outbox_messages", "messages in the outbox by where they stand", *OUTBOX_LABELS
        )
        says = "places of a regency that have a seat left, where first doses are given"
        self.open_places = self._gauge("open_places", says, "regency")
        self.certificate_expires = self._gauge(
            "certificate_expires_timestamp_seconds", "when the certificate in use ends", "use"
        )
        self.vitals = Vitals(self.registry)

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        """Return a gauge that shows the newest value of any worker, so not that of a dead one."""
        name = f"satupintu_{name}"
        return Gauge(name, says, labels, registry=self.registry, multiprocess_mode="mostrecent")

    def turn(self, channel: str, provider: str, result: str, seconds: float) -> None:
        """Count one message by its result, `answered` or `unsure`, and its duration."""
        turns = self._turns_of.get(channel + provider)
        if turns is None:
            turns = self._turns_of[channel + provider] = {
                one: self._turns.labels(channel, provider, one) for one in ("answered", "unsure")
            }
        turns[result].observe(seconds)

    def count(self, name: str, *labels: str) -> None:
        """Count one on the counter of that name in `_COUNTERS`, for these labels."""
        _child(self._counters[name], *labels).inc()

    def store(self, store: str, kind: str, seconds: float) -> None:
        """Count one call of a store, `read` or `write`, and its duration."""
        _child(self._stores, store, kind).observe(seconds)

    def watch(self, seen: str) -> None:
        """Count what the pipeline saw: a step reached, an outcome, or `again`."""
        if seen == "again":
            self.count("redeliveries")
        else:
            self.count("outcomes" if seen in _OUTCOMES else "steps", seen)

    def abandoned(self, step: str) -> None:
        """Count a USSD session that ended with the form half filled."""
        self.count("abandoned", step)

    def moved(self, channel: str, provider: str) -> None:
        """Count a person whose number changed at the provider; the record has the old one."""
        self.count("moved", channel, provider)

    def rejected(self, wire: str, status: int) -> None:
        """Count a request that was turned away with `status`."""
        self.count("rejected", wire, str(status))
        if status not in OUR_FAULT:
            self.refused(wire, status)

    def refused(self, where: str, status: int) -> None:
        """Count a request that was refused for what it is; a line in the log will tell."""
        self.count("refused", where)
        self.refusals.note(where, status)

    def outbox(self, result: str) -> None:
        """Count one attempt to send by its result: `sent`, `retry`, `unsure` or `dead`."""
        self.count("outbox", result)

    def provider_answer(self, channel: str, provider: str, result: str, *, up: bool) -> None:
        """Count a provider's answer to a message; `up` is False while the provider comes last."""
        self.count("provider_answers", channel, provider, result)
        _child(self._up, channel, provider).set(up)

    def registry_answer(self, result: str, *, breaker: int) -> None:
        """Count a question to the registry by its result; set the state of its breaker."""
        self.count("registry", result)
        self._breaker.set(breaker)

    def text(self) -> bytes:
        """Return the metrics of all workers in Prometheus' text format."""
        return generate_latest(self._all())

    def _all(self) -> CollectorRegistry:
        if self._shared is None:
            return self.registry
        registry = CollectorRegistry()
        collector: Any = multiprocess.MultiProcessCollector
        collector(registry, path=str(self._shared))
        return registry
