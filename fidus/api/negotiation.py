"""What a caller would like to get: languages and media types by weight (RFC 9110, 12.4 and 12.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from fidus.model import LANGUAGES

DEFAULT_LANGUAGE: Final = "en"
_WEIGHT = re.compile(r"q=(0(\.[0-9]{0,3})?|1(\.0{0,3})?)", re.IGNORECASE)


# Callers send the same few headers again and again, and aiohttp takes none beyond 8 kB.
_remembered = lru_cache(maxsize=256)


@_remembered
def language(header: str | None) -> str:
    """The language to write in: the one of fr, nl, de, en that is wished most, else English.

    A region does not count: `nl-BE` is `nl` (Belgif rest-guide, int-negot).
    """
    wished = sorted(_weighed(header or ""), key=lambda item: -item[1])
    for name, weight in wished:
        primary = name.partition("-")[0]
        if weight > 0 and primary in LANGUAGES:
            return primary
    return DEFAULT_LANGUAGE


@_remembered
def media_type(header: str | None, offered: tuple[str, ...]) -> str | None:
    """The one of `offered` that the caller accepts most; of equals the first. None: it accepts none."""
    if header is None or not header.strip():
        return offered[0]
    ranges = dict(_weighed(header))
    weights = {kind: _weight(kind, ranges) for kind in offered}
    best = max(offered, key=lambda kind: weights[kind])
    return best if weights[best] > 0 else None


def _weight(kind: str, ranges: dict[str, float]) -> float:
    """The weight of the most specific range that covers this media type, 0 where none does."""
    whole = f"{kind.partition('/')[0]}/*"
    return next((ranges[name] for name in (kind, whole, "*/*") if name in ranges), 0.0)


def _weighed(header: str) -> Iterator[tuple[str, float]]:
    """Names in lower case with their weights. Other parameters are passed over; a broken weight counts 0."""
    for item in header.split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weights = [part for part in parameters if part[:2].lower() == "q="]
        if name:
            yield name.lower(), _number(weights[0]) if weights else 1.0


def _number(weight: str) -> float:
    return float(weight[2:]) if _WEIGHT.fullmatch(weight) else 0.0
