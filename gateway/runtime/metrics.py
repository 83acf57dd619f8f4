"""The metrics that `/metrics` shows; no label ever holds a personal datum."""

from pathlib import Path
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

from core.registration.intent import OutcomeKind

SECONDS_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_OUTCOMES = frozenset(OutcomeKind)


class Metrics:
    """The metrics of one process; those without labels are attributes.

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
        self._steps = self._counter("steps", "turns that ended at this step", "step")
        self._outcomes = self._counter("outcomes", "what intents did to the record", "outcome")
        self._abandoned = self._counter("abandoned", "USSD sessions left at this step", "step")
        self._redeliveries = self._counter("redeliveries", "messages delivered again")
        self._moved = self._counter(
            "moved", "people whose number changed at the provider", "channel", "provider"
        )
        self._rejected = self._counter("rejected", "requests turned away", "wire", "status")
        self.forged_letters = self._counter("mail_forged", "letters dropped as forged, by DMARC")
        self._attempts = self._counter("outbox", "attempts to send by result", "result")
        self._peer = self._counter(
            "peer_turns", "turns passed to and received from the peer", "direction", "result"
        )
        self._answered = self._counter(
            "provider_answers",
            "answers of providers to messages",
            "channel",
            "provider",
            "result",
        )
        self._up = Gauge(
            "satupintu_provider_up",
            "0 while a provider comes last, for it failed too often",
            ["channel", "provider"],
            registry=self.registry,
            multiprocess_mode="mostrecent",
        )
        self.oldest_queued = self._gauge(
            "outbox_oldest_seconds", "age of the oldest queued message"
        )
        self.withheld = self._gauge(
            "sms_withheld", "SMS not sent in a day, to phones that did not ask or are abroad"
        )
        self._questions = self._counter(
            "registry", "questions to the registry by result", "result"
        )
        self._breaker = self._gauge("registry_breaker", "0 calls are made, 1 one is tried, 2 none")
        self._verified = self._counter(
            "verifications", "checks of records by what came of them", "result"
        )
        self.oldest_check = self._gauge(
            "verification_oldest_seconds", "how long the oldest check has been due"
        )
        self._batches = self._counter("feed", "batches sent to the registry by result", "result")
        self.feed_refused = self._counter(
            "feed_refused", "records that the registry will not take"
        )
        self.feed_waiting = self._gauge("feed_waiting", "records to be sent to the registry")
        self._failed = self._counter("store_errors", "errors of stores", "store", "cause")
        self._turns_of: dict[str, dict[str, Histogram]] = {}
        self._seen: dict[str, Counter] = {}

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"satupintu_{name}", says, labels, registry=self.registry)

    def _gauge(self, name: str, says: str) -> Gauge:
        """Return a gauge that shows the newest value of any worker, so not that of a dead one."""
        name = f"satupintu_{name}"
        return Gauge(name, says, registry=self.registry, multiprocess_mode="mostrecent")

    def turn(self, channel: str, provider: str, result: str, seconds: float) -> None:
        """Count one message by its result, `answered` or `unsure`, and its duration."""
        turns = self._turns_of.get(channel + provider)
        if turns is None:
            turns = self._turns_of[channel + provider] = {
                one: self._turns.labels(channel, provider, one) for one in ("answered", "unsure")
            }
        turns[result].observe(seconds)

    def store_error(self, store: str, cause: str) -> None:
        """Count an error of `redis` or the `database`."""
        self._failed.labels(store, cause).inc()

    def watch(self, seen: str) -> None:
        """Count what the pipeline saw: a step reached, an outcome, or `again`."""
        counter = self._seen.get(seen)
        if counter is None:
            counter = self._seen[seen] = self._counter_of(seen)
        counter.inc()

    def _counter_of(self, seen: str) -> Counter:
        if seen == "again":
            return self._redeliveries
        return (self._outcomes if seen in _OUTCOMES else self._steps).labels(seen)

    def abandoned(self, step: str) -> None:
        """Count a USSD session that ended with the form half filled."""
        self._abandoned.labels(step).inc()

    def moved(self, channel: str, provider: str) -> None:
        """Count a person whose number changed at the provider; the record has the old one."""
        self._moved.labels(channel, provider).inc()

    def rejected(self, wire: str, status: int) -> None:
        """Count a request that was turned away with `status`."""
        self._rejected.labels(wire, str(status)).inc()

    def outbox(self, result: str) -> None:
        """Count one attempt to send by its result: `sent`, `retry`, `unsure` or `dead`."""
        self._attempts.labels(result).inc()

    def peer(self, direction: str, result: str) -> None:
        """Count a turn `passed` or `received`; the result is `answered`, `refused` or `failed`."""
        self._peer.labels(direction, result).inc()

    def provider_answer(self, channel: str, provider: str, result: str, *, up: bool) -> None:
        """Count a provider's answer to a message; `up` is False while the provider comes last."""
        self._answered.labels(channel, provider, result).inc()
        self._up.labels(channel, provider).set(up)

    def registry_answer(self, result: str, *, breaker: int) -> None:
        """Count a question to the registry by its result; set the state of its breaker."""
        self._questions.labels(result).inc()
        self._breaker.set(breaker)

    def verification(self, result: str) -> None:
        """Count one check by its result: a verdict, `no_word` or `unreachable`."""
        self._verified.labels(result).inc()

    def feed_batch(self, result: str) -> None:
        """Count one batch by its result: `told`, `refused` or `unreachable`."""
        self._batches.labels(result).inc()

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
