"""The two kinds of files below flows/: what stands in them, how it is written, and what it becomes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from fidus.errors import ConfigurationFault
from fidus.identifiers import EnterpriseNumber
from fidus.model import Channel, Deliberation, Flow, Institution, Key, LocalText, Mode, Quota, Role, Service
from fidus.tomlfile import Name, Strict, Text, Texts, TomlFile

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


def institution_faults(toml: TomlFile, table: InstitutionTable) -> Iterator[ConfigurationFault]:
    """What is wrong with an institution beyond its form."""
    try:
        EnterpriseNumber.parse(table.number)
    except ValueError as error:
        yield toml.fault(("number",), str(error), "Copy it from the Crossroads Bank for Enterprises")
    else:
        if not table.number.isdigit():
            yield toml.fault(("number",), "`number` holds more than digits", "Write its ten digits only")
    yield from _order(toml, (), table.valid_from, table.valid_until)
    for item, key in enumerate(table.keys):
        yield from _order(toml, ("keys", item), key.valid_from, key.valid_until)
        yield from _twice(toml, ("keys", item, "roles"), key.roles)
        if not _is_digest(key.spki_sha256):
            cure = f"Write it like this: {INSTITUTION_EXAMPLES['keys.spki_sha256']}"
            yield toml.fault(("keys", item, "spki_sha256"), "`spki_sha256` is not base64 of 32 bytes", cure)


def flow_faults(
    toml: TomlFile, table: FlowTable, services: Mapping[str, Service]
) -> Iterator[ConfigurationFault]:
    """What is wrong with a flow beyond its form, given what the sources offer."""
    yield from _order(toml, (), table.valid_from, table.valid_until)
    yield from _twice(toml, ("channels",), table.channels)
    yield from _twice(toml, ("fields",), table.fields)
    if table.mode == "data" and not table.existence:
        cure = "Take it out, or make this a confirm flow"
        yield toml.fault(("existence",), "`existence = false` has a meaning in confirm mode only", cure)
    service = services.get(table.service)
    if service is None:
        yield toml.fault(("service",), "there is no such service", f"There are: {_listed(services)}")
        return
    for name in table.limits.keys() - service.limits:
        known = _listed(service.limits) if service.limits else "none; take it out"
        yield toml.fault(("limits", name), f"`{name}` is no limit of {service.id}", f"There are: {known}")
    if table.contract not in service.contracts:
        cure = f"There are: {_listed(service.contracts)}"
        yield toml.fault(("contract",), f"{service.id} has no such contract", cure)
        return
    yield from _field_faults(toml, table, service)


def as_institution(slug: str, table: InstitutionTable) -> Institution:
    """The institution of a file without faults; `slug` is its folder."""
    keys = tuple(
        Key(key.spki_sha256, frozenset(Role(role) for role in key.roles), key.valid_from, key.valid_until)
        for key in table.keys
    )
    return Institution(
        number=table.number,
        slug=slug,
        kind=table.kind,
        name=_local(table.name),
        keys=keys,
        valid_from=table.valid_from,
        valid_until=table.valid_until,
        dpo=tuple(table.dpo),
    )


def as_flow(flow_id: str, institution: str, table: FlowTable, service: Service, raw: bytes) -> Flow:
    """The flow of a file without faults, its groups written out as of its contract."""
    groups = service.contracts[table.contract]
    given = table.deliberation
    return Flow(
        id=flow_id,
        institution=institution,
        service=service.id,
        mode=Mode(table.mode),
        purpose=_local(table.purpose),
        legal_basis=tuple(table.legal_basis),
        fields=tuple(sorted({leaf for field in table.fields for leaf in groups.get(field, (field,))})),
        valid_from=table.valid_from,
        valid_until=table.valid_until,
        channels=frozenset(Channel(channel) for channel in table.channels),
        quota=Quota(table.quota.per_second, table.quota.per_day),
        contract=table.contract,
        digest=sha256(raw).digest(),
        deliberation=None if given is None else Deliberation(given.number, given.date),
        existence=table.existence,
        max_guesses=table.max_guesses,
        follow_replaced=table.follow_replaced,
        requires_case=table.requires_case,
        requires_end_user=table.requires_end_user,
        requires_dossier=table.requires_dossier,
        limits=MappingProxyType(dict(table.limits)),
    )


def _field_faults(toml: TomlFile, table: FlowTable, service: Service) -> Iterator[ConfigurationFault]:
    groups = service.contracts[table.contract]
    leaves = {leaf for group in groups.values() for leaf in group}
    for item, name in enumerate(table.fields):
        place = ("fields", item)
        if table.mode == "confirm":
            if name not in groups or name not in service.confirmable:
                known = _listed(service.confirmable) if service.confirmable else "none; make it a data flow"
                yield toml.fault(
                    place, f"`{name}` cannot be compared", f"Name whole groups; there are: {known}"
                )
        elif name not in groups and name not in leaves:
            cure = f"There are the groups {_listed(groups)} and what is in them: {_listed(leaves)}"
            yield toml.fault(place, f"{service.id} has no field `{name}` in contract {table.contract}", cure)
        elif any(name in groups.get(other, ()) for other in table.fields if other != name):
            yield toml.fault(place, f"`{name}` is in a group that is named too", "Take one of them out")


def _order(
    toml: TomlFile, place: tuple[str | int, ...], first: date, last: date
) -> Iterator[ConfigurationFault]:
    if last < first:
        cure = "Write the first and the last day on which it holds"
        yield toml.fault((*place, "valid_until"), "`valid_until` is before `valid_from`", cure)


def _twice(toml: TomlFile, place: tuple[str | int, ...], names: list[Any]) -> Iterator[ConfigurationFault]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield toml.fault(place, f"`{name}` is named twice", "Take one of them out")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _local(texts: Texts) -> LocalText:
    return MappingProxyType(texts.model_dump())


def _is_digest(text: str) -> bool:
    """Standard base64 of 32 bytes, in the one spelling that they have."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(raw) == 32 and base64.b64encode(raw).decode("ascii") == text
