"""Figures for the operator name flows, services and reasons, and nobody."""

from __future__ import annotations

from adapters._lib.gate import Gate, Kept, Limits, Word
from fidus.metrics import Metrics


def test_consultations_are_counted_by_flow_and_end() -> None:
    metrics = Metrics()
    for end in ("found", "found", "sourceTimeout"):
        metrics.consulted("a-flow", "a/service", end, 0.2)
    lines = metrics.text().decode().splitlines()
    assert 'fidus_consultations_total{end="found",flow="a-flow"} 2.0' in lines
    assert 'fidus_consultations_total{end="sourceTimeout",flow="a-flow"} 1.0' in lines
    assert 'fidus_consultation_seconds_bucket{le="0.25",service="a/service"} 3.0' in lines
    assert 'fidus_consultation_seconds_bucket{le="0.1",service="a/service"} 0.0' in lines


def test_strangers_are_counted_by_reason() -> None:
    metrics = Metrics()
    metrics.stranger("noCertificate")
    assert 'fidus_strangers_total{reason="noCertificate"} 1.0' in metrics.text().decode()


def test_codes_without_a_meaning_are_counted_by_table() -> None:
    metrics = Metrics()
    metrics.unknown_code("national-register", "country")
    line = 'fidus_unknown_codes_total{source="national-register",table="country"} 1.0'
    assert line in metrics.text().decode()


def test_a_gauge_is_read_when_it_is_asked_for() -> None:
    values = iter((1.0, 2.0))
    metrics = Metrics()
    metrics.gauge("fidus_epoch", "An epoch", lambda: next(values))
    assert ["fidus_epoch 1.0" in metrics.text().decode(), "fidus_epoch 2.0" in metrics.text().decode()] == [
        True,
        True,
    ]


def test_a_family_is_looked_at_when_it_is_asked_for() -> None:
    ends = {("flow", "a-flow"): 5.0}
    metrics = Metrics()
    metrics.family("fidus_ends", "Ends", ("kind", "name"), lambda: ends.items())
    assert 'fidus_ends{kind="flow",name="a-flow"} 5.0' in metrics.text().decode()
    ends.clear()
    assert "a-flow" not in metrics.text().decode()


def test_gates_are_looked_at_when_they_are_asked_for() -> None:
    gate = Gate("national-register", Limits(1, 1))
    metrics = Metrics()
    metrics.sources(lambda: {"national-register": gate.look()})
    gate.word = Word.BLOCK
    gate.kept[Kept.FULL] = 3
    lines = metrics.text().decode().splitlines()
    for line in (
        'fidus_source_state{source="national-register",state="closed"} 1.0',
        'fidus_source_word{source="national-register",word="block"} 1.0',
        'fidus_source_calls{source="national-register",where="underWay"} 0.0',
        'fidus_source_kept_total{source="national-register",why="full"} 3.0',
    ):
        assert line in lines


def test_two_hubs_in_one_process_have_figures_of_their_own() -> None:
    one, other = Metrics(), Metrics()
    one.stranger("noCertificate")
    assert b'reason="noCertificate"' not in other.text()
