"""The process log: nothing but what is listed passes, whoever logs."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from fidus.errors import SourceFault, SourceUnavailable
from fidus.logs import ALLOWED, ProcessLog, only_allowed, place
from fidus.model import TraceIds

SECRET = "62691699717 Peeters"
TRACES = TraceIds(UUID("0d4d5c2e-6c1f-4a7e-9c0c-0b8d8f1a2f11"))


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(stream: io.StringIO) -> ProcessLog:
    return ProcessLog(stream)


@pytest.fixture
def libraries(log: ProcessLog) -> Iterator[None]:
    """The log has taken over those of libraries, and gives them back."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    log.take_over()
    yield
    logging.captureWarnings(False)
    root.handlers[:] = before
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def raised() -> ValueError:
    try:
        int(SECRET)
    except ValueError as error:
        return error
    raise AssertionError


def test_a_bug_is_told_by_class_and_place(log: ProcessLog, stream: io.StringIO) -> None:
    log.bug(raised(), TRACES)
    (told,) = lines(stream)
    assert told.keys() == {"event", "level", "timestamp", "trace_id", "error", "place"}
    assert (told["event"], told["level"], told["error"]) == ("bug", "error", "builtins.ValueError")
    assert told["trace_id"] == str(TRACES.own)
    assert "test_logs:" in told["place"]
    assert "Peeters" not in stream.getvalue()


def test_a_failing_source_is_told_with_its_cause_and_once_a_minute() -> None:
    stream, now = io.StringIO(), [0.0]
    log = ProcessLog(stream, clock=lambda: now[0])
    for second in (0.0, 1.0, 59.0, 60.0, 61.0):
        now[0] = second
        log.source(SourceFault("cbe", "the account has no calls left: buy some"))
    log.source(SourceFault("div", "the account has no calls left: buy some"))
    log.source(SourceUnavailable("cbe", "it says so itself"))
    told = [(one["source"], one["error"], one["reason"], one["count"]) for one in lines(stream)]
    fault, cause = "fidus.errors.SourceFault", "the account has no calls left: buy some"
    assert told == [
        ("cbe", fault, cause, 1),
        ("cbe", fault, cause, 3),
        ("div", fault, cause, 1),
        ("cbe", "fidus.errors.SourceUnavailable", "it says so itself", 1),
    ]
    assert {(one["event"], one["level"]) for one in lines(stream)} == {("source_failed", "warning")}


def test_a_signal_names_flow_and_institution(log: ProcessLog, stream: io.StringIO) -> None:
    log.signal("guesses_spent", flow="a-flow", institution="0999999954")
    (told,) = lines(stream)
    assert (told["event"], told["level"], told["flow"]) == ("guesses_spent", "warning", "a-flow")


def test_a_duty_that_failed_is_named(log: ProcessLog, stream: io.StringIO) -> None:
    log.duty("publish", raised())
    (told,) = lines(stream)
    assert (told["event"], told["duty"], told["error"]) == ("duty_failed", "publish", "builtins.ValueError")
    assert SECRET not in stream.getvalue()


def test_what_is_not_listed_is_dropped_and_named(log: ProcessLog, stream: io.StringIO) -> None:
    log.logger.info("asked", ssin=SECRET, flow="a-flow")
    (told,) = lines(stream)
    assert told["dropped"] == ["ssin"]
    assert SECRET not in stream.getvalue()


def test_all_that_is_listed_passes() -> None:
    event = dict.fromkeys(ALLOWED, 1)
    assert only_allowed(None, "info", event) == event


@pytest.mark.usefixtures("libraries")
def test_a_library_is_heard_without_its_words(stream: io.StringIO) -> None:
    logging.getLogger("some.library").warning("refused %s", SECRET)
    logging.getLogger("some.library").error("failed", exc_info=raised())
    logging.getLogger("some.library").info("not told at all")
    first, second = lines(stream)
    assert (first["event"], first["logger"], first["level"]) == ("library", "some.library", "warning")
    assert first["place"].startswith("test_logs:")
    assert (second["level"], second["error"]) == ("error", "builtins.ValueError")
    assert "Peeters" not in stream.getvalue()


@pytest.mark.usefixtures("libraries")
def test_warnings_are_heard_without_their_words(stream: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(SECRET, stacklevel=1)
    (told,) = lines(stream)
    assert told["logger"] == "py.warnings"
    assert SECRET not in stream.getvalue()


def test_an_exception_never_raised_has_no_place() -> None:
    assert place(ValueError(SECRET)) == ""


def test_a_long_way_is_told_by_its_end() -> None:
    def deeper(levels: int) -> None:
        if levels == 0:
            raise LookupError
        deeper(levels - 1)

    with pytest.raises(LookupError) as found:
        deeper(20)
    assert place(found.value).count(" > ") == 7
