"""The process log: one line of JSON per event, on standard error, without personal data.

A list of what to hide forgets the next field, so this lists what may pass. An exception is told by class and
place, never by message: messages quote the values they complain about. What libraries log passes through the
same gate, so of them only logger, level, class and place are left.
"""

from __future__ import annotations

import logging
import math
import sys
import time
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from structlog.typing import FilteringBoundLogger, WrappedLogger

from fidus.errors import FidusError, SourceError
from fidus.model import TraceIds

AGAIN_S: Final = 60.0  # the same failure of a source is not told more often

ALLOWED = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "trace_id",
        "flow",
        "source",
        "institution",
        "issuer",
        "step",
        "outcome",
        "error",
        "place",
        "duty",
        "logger",
        "reason",
        "count",
        "duration_ms",
    }
)


def only_allowed(_: WrappedLogger, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every key that is not ALLOWED; `dropped` names those keys, for tests to find."""
    dropped = sorted(event.keys() - ALLOWED)
    kept = {key: value for key, value in event.items() if key in ALLOWED}
    return {**kept, "dropped": dropped} if dropped else kept


def process_logger(stream: TextIO) -> FilteringBoundLogger:
    """A logger that writes one line of JSON per event to `stream`; nothing global is changed."""
    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    return logger


class ProcessLog:
    """The hub's `Trouble` (fidus/trouble.py), and the place where libraries' logs end up."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: in seconds."""
        self.logger = process_logger(sys.stderr if stream is None else stream)
        self._clock = clock
        self._failing: dict[tuple[str, str, str], tuple[float, int]] = {}  # -> told when, and untold since

    def bug(self, error: BaseException, traces: TraceIds) -> None:
        """An exception outside the tree: its class and the way to where it was raised."""
        self.logger.error("bug", trace_id=str(traces.own), error=_class(error), place=place(error))

    def source(self, error: SourceError) -> None:
        """A source failed a question: told at once, and the same again after a minute, with how often.

        Causes are fixed phrases, so there are few; but a source can fail thousands of questions a minute.
        """
        key = error.source, _class(error), error.cause
        now = self._clock()
        told, untold = self._failing.get(key, (-math.inf, 0))
        if now - told < AGAIN_S:
            self._failing[key] = told, untold + 1
            return
        self._failing[key] = now, 0
        self.logger.warning("source_failed", source=key[0], error=key[1], reason=key[2], count=untold + 1)

    def signal(self, event: str, *, flow: str, institution: str) -> None:
        """Something that an operator or a DPO should look at. `event`: a fixed name."""
        self.logger.warning(event, flow=flow, institution=institution)

    def duty(self, name: str, error: BaseException) -> None:
        """A background duty failed and will be tried again."""
        told = {"reason": str(error)} if isinstance(error, FidusError) else {}  # errors of the tree are safe
        self.logger.error("duty_failed", duty=name, error=_class(error), place=place(error), **told)

    def done(self, event: str) -> None:
        """Something that an operator asked for was done. `event`: a fixed name."""
        self.logger.info(event)

    def revocation(self, event: str, *, issuer: str, reason: str, alarm: bool) -> None:
        """What became of an issuer's list of revoked certificates (fidus/crl_keeping.py)."""
        tell = self.logger.error if alarm else self.logger.info
        tell(event, issuer=issuer, reason=reason)

    def take_over(self) -> None:
        """Send what libraries log, from warnings on, through this log and nowhere else. Once per process."""
        root = logging.getLogger()
        root.handlers[:] = [_LibraryHandler(self.logger)]
        root.setLevel(logging.WARNING)
        logging.captureWarnings(True)


class _LibraryHandler(logging.Handler):
    """Tells that a library logged something, and where; its words stay out."""

    def __init__(self, logger: FilteringBoundLogger) -> None:
        super().__init__(logging.WARNING)
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        where = f"{record.module}:{record.lineno}" if error is None else place(error)
        told: dict[str, str] = {"logger": record.name, "place": where}
        if error is not None:
            told["error"] = _class(error)
        tell = self._logger.error if record.levelno >= logging.ERROR else self._logger.warning
        tell("library", **told)


def place(error: BaseException) -> str:
    """The way to where an exception was raised, `module:line > module:line`, its last eight steps."""
    steps: list[str] = []
    step: TracebackType | None = error.__traceback__
    while step is not None:
        steps.append(f"{step.tb_frame.f_globals.get('__name__', '?')}:{step.tb_lineno}")
        step = step.tb_next
    return " > ".join(steps[-8:])


def _class(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"
