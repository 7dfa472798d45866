"""How the adapter of each source is made: every folder of `adapters/` with a manifest has one."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeAlias

from adapters._lib.gate import Gate
from adapters._lib.http import Site
from adapters._lib.making import Basis
from fidus.adapter import Adapter
from fidus.metrics import Metrics
from fidus.opendata import NoOpenData
from fidus.services import slugs
from fidus.settings import Settings, SourceSettings
from fidus.store.cbe_reader import CbeOpenData

Maker: TypeAlias = Callable[[Settings, SourceSettings, Gate], Adapter]
"""Makes the adapter that goes through this gate. Raises ConfigurationInvalid for a file of no use."""


def makers(metrics: Metrics, adapters: Path) -> Mapping[str, Maker]:
    """By the name of the adapter, which is the slug of its source. Only what is made is imported."""
    return {slug: partial(_make, slug, metrics) for slug in slugs(adapters)}


def site(settings: Settings, source: SourceSettings) -> Site:
    """Where and how a source is reached."""
    certificate, key = (
        None if path is None else settings.path(path)
        for path in (source.client_certificate, source.client_key)
    )
    return Site(source.url, settings.path(source.ca), certificate, key)


def _make(slug: str, metrics: Metrics, settings: Settings, source: SourceSettings, gate: Gate) -> Adapter:
    basis = Basis(
        site=site(settings, source),
        gate=gate,
        path=settings.path,
        synthetic=settings.demonstration,
        clock=lambda: datetime.now(UTC),
        unknown_code=partial(metrics.unknown_code, slug),
        open_data=CbeOpenData(settings.home, settings.database) if slug == "cbe" else NoOpenData(),
    )
    module = importlib.import_module(f"adapters.{slug.replace('-', '_')}.adapter")
    made: Adapter = module.make(basis, source.options)
    return made
