"""How the adapter of each source is made from its settings, each written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from adapters._lib.gate import Gate
from adapters.national_register.adapter import NationalRegister, NationalRegisterSettings
from fidus.adapter import Adapter
from fidus.metrics import Metrics
from fidus.settings import Settings, SourceSettings

Maker: TypeAlias = Callable[[Settings, SourceSettings, Gate], Adapter]
"""Makes the adapter that goes through this gate. Raises ConfigurationInvalid for a file of no use."""


def makers(metrics: Metrics) -> Mapping[str, Maker]:
    """By the name of the adapter, which is the slug of its source."""
    return {
        "national-register": lambda settings, source, gate: NationalRegister(
            _national_register(settings, source),
            gate=gate,
            unknown_code=partial(metrics.unknown_code, "national-register"),
        ),
    }


def _national_register(settings: Settings, source: SourceSettings) -> NationalRegisterSettings:
    optional = (source.client_certificate, source.client_key)
    certificate, key = (None if path is None else settings.path(path) for path in optional)
    return NationalRegisterSettings(
        url=source.url,
        ca=settings.path(source.ca),
        signing_certificate=settings.path(source.signing_certificate),
        signing_key=settings.path(source.signing_key),
        signers=tuple(settings.path(path) for path in source.signers),
        customer=source.customer,
        synthetic=settings.demonstration,
        legal_context=source.legal_context,
        client_certificate=certificate,
        client_key=key,
        timeout_s=source.timeout_s,
        at_once=source.at_once,
    )
