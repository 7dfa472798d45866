"""The form of the two kinds of files below flows/: which members they have, and how each is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from fidus.tomlfile import Checked, Name, Strict, Text, Texts, TomlFile

_Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
_Short = Annotated[Text, StringConstraints(max_length=128)]


class _Validity(Strict):
    valid_from: date
    valid_until: date


class KeyTable(_Validity):
    """One [[keys]] of an institution."""

    spki_sha256: str
    roles: list[Literal["exchange", "dpo", "operator", "auditor"]] = Field(min_length=1)


class InstitutionTable(Strict):
    """institution.toml. Without validity of its own, an institution is in force as long as it has keys."""

    number: str
    kind: Literal["institution", "supplier", "integrator"]
    name: Texts
    valid_from: date = date.min
    valid_until: date = date.max
    dpo: list[_Short] = Field(default=[], max_length=100)
    keys: list[KeyTable] = Field(default=[], max_length=100)


class _QuotaTable(Strict):
    per_second: _Count
    per_day: _Count


class _DeliberationTable(Strict):
    number: _Short
    date: date


class FlowTable(_Validity):
    """<flowId>.toml."""

    service: Name
    mode: Literal["data", "confirm"]
    purpose: Texts
    legal_basis: list[Text] = Field(min_length=1, max_length=100)
    fields: list[Name] = Field(min_length=1, max_length=1000)
    channels: list[Literal["api", "soap", "online", "batch"]] = Field(min_length=1)
    quota: _QuotaTable
    contract: Name
    deliberation: _DeliberationTable | None = None
    existence: bool = True
    max_guesses: int = Field(default=5, ge=1, le=5)
    follow_replaced: bool = False
    requires_case: bool = True
    requires_end_user: bool = True
    requires_dossier: bool = False
    limits: Mapping[Name, _Count] = Field(default={}, max_length=100)


_TEXTS = '{ fr = "…", nl = "…", de = "…", en = "…" }'
INSTITUTION_EXAMPLES: Final = {
    "number": 'number = "0999000129"',
    "kind": 'kind = "institution", or "supplier", or "integrator"',
    "name": f"name = {_TEXTS}",
    "dpo": 'dpo = ["Name of the officer"]',
    "keys": '[[keys]], with spki_sha256 = "…", roles = ["exchange"], valid_from and valid_until',
    "keys.spki_sha256": 'spki_sha256 = "…", standard base64 of SHA-256 over the SubjectPublicKeyInfo',
    "keys.roles": 'roles = ["exchange"], of exchange, dpo, operator, auditor',
    "keys.valid_from": "valid_from = 2026-01-01",
    "keys.valid_until": "valid_until = 2027-12-31",
    "valid_from": "valid_from = 2026-01-01",
    "valid_until": "valid_until = 2027-12-31",
}
_ANY_TEXTS: Final = {"fr": "-", "nl": "-", "de": "-", "en": "-"}
_ANY_INSTITUTION: Final = {"number": "0000000097", "kind": "institution", "name": _ANY_TEXTS}
_ANY_FLOW: Final = {
    "service": "-",
    "mode": "data",
    "purpose": _ANY_TEXTS,
    "legal_basis": ["-"],
    "fields": ["-"],
    "channels": ["api"],
    "valid_from": date.min,
    "valid_until": date.max,
    "quota": {"per_second": 1, "per_day": 1},
    "contract": "-",
}
FLOW_EXAMPLES: Final = {
    "service": 'service = "national-register/address"',
    "mode": 'mode = "data", or "confirm"',
    "purpose": f"purpose = {_TEXTS}",
    "legal_basis": 'legal_basis = ["law and article"]',
    "fields": 'fields = ["address.postalCode"]',
    "channels": 'channels = ["api"], of api, soap, online, batch',
    "quota": "quota = { per_second = 20, per_day = 5000 }",
    "contract": 'contract = "v1"',
    "deliberation": 'deliberation = { number = "…", date = 2026-01-12 }',
    "valid_from": "valid_from = 2026-02-01",
    "valid_until": "valid_until = 2028-01-31",
    "existence": "existence = true, or false",
    "max_guesses": "max_guesses = 5, or less",
    "follow_replaced": "follow_replaced = false, or true",
    "requires_case": "requires_case = true, or false",
    "requires_end_user": "requires_end_user = true, or false",
    "requires_dossier": "requires_dossier = false, or true",
    "limits": "limits = { periodYears = 5 }",
}


def read_institution(toml: TomlFile) -> Checked[InstitutionTable]:
    """An institution file, as far as its form goes."""
    return toml.check(InstitutionTable, INSTITUTION_EXAMPLES, _ANY_INSTITUTION)


def read_flow(toml: TomlFile) -> Checked[FlowTable]:
    """A flow file, as far as its form goes."""
    return toml.check(FlowTable, FLOW_EXAMPLES, _ANY_FLOW)
