"""Figures for the operator, in the Prometheus text format. Labels name flows, sources and reasons; nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Look: TypeAlias = Callable[[], Iterable[tuple[Sequence[str], float]]]
"""Gives the labels and the value of each figure, as they are now."""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """One registry per hub; nothing global, so that several hubs may live in one test."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._consultations = Counter(
            "fidus_consultations",
            "Consultations by flow and how they ended (an outcome, or the reason of the refusal)",
            ("flow", "end"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "fidus_consultation_seconds",
            "From the parsed request to the answer, log and source included",
            ("service",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._strangers = Counter(
            "fidus_strangers",
            "Peers that are no institution, by reason; handshakes that failed included",
            ("reason",),
            registry=self._registry,
        )

        self._unknown_codes = Counter(
            "fidus_unknown_codes",
            "Codes in answers of a source that its contract does not explain, by table",
            ("source", "table"),
            registry=self._registry,
        )

    def unknown_code(self, source: str, table: str) -> None:
        """One code of a source that is passed on without a meaning."""
        self._unknown_codes.labels(source, table).inc()

    def consulted(self, flow: str, service: str, end: str, seconds: float) -> None:
        """One consultation under a flow in force ended so."""
        self._consultations.labels(flow, end).inc()
        self._seconds.labels(service).observe(seconds)

    def stranger(self, reason: str) -> None:
        """One request or handshake of a peer that is no institution."""
        self._strangers.labels(reason).inc()

    def gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A figure that is read when it is asked for."""
        Gauge(name, text, registry=self._registry).set_function(value)

    def sources(self, look: Callable[[], Mapping[str, Mapping[str, str | int]]]) -> None:
        """The gates before the sources, by slug, looked at when they are asked for."""
        self._registry.register(_Gates(look))

    def family(self, name: str, text: str, labels: Sequence[str], look: Look) -> None:
        """Figures of one name, which are looked at when they are asked for."""
        self._registry.register(_Family(name, text, labels, look))

    def text(self) -> bytes:
        """Everything, as text."""
        return generate_latest(self._registry)


class _Family(Collector):
    def __init__(self, name: str, text: str, labels: Sequence[str], look: Look) -> None:
        self._name, self._text, self._labels, self._look = name, text, labels, look

    def collect(self) -> Iterable[Metric]:
        family = GaugeMetricFamily(self._name, self._text, labels=self._labels)
        for labels, value in self._look():
            family.add_metric(labels, value)
        return (family,)


class _Gates(Collector):
    def __init__(self, look: Callable[[], Mapping[str, Mapping[str, str | int]]]) -> None:
        self._look = look

    def collect(self) -> Iterable[Metric]:
        state = GaugeMetricFamily(
            "fidus_source_state", "1 for what the breaker is", labels=("source", "state")
        )
        word = GaugeMetricFamily(
            "fidus_source_word", "1 for what the operator said", labels=("source", "word")
        )
        calls = GaugeMetricFamily(
            "fidus_source_calls",
            "Calls that are with the source, or wait for room",
            labels=("source", "where"),
        )
        kept = CounterMetricFamily(
            "fidus_source_kept", "Calls that did not pass the gate, by why", labels=("source", "why")
        )
        for slug, gate in self._look().items():
            state.add_metric((slug, str(gate["state"])), 1)
            word.add_metric((slug, str(gate["word"])), 1)
            for where in ("underWay", "waiting"):
                calls.add_metric((slug, where), float(gate[where]))
            for why in ("blocked", "resting", "full"):
                kept.add_metric((slug, why), float(gate[why]))
        return (state, word, calls, kept)
