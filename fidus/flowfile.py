"""What a file below flows/ means: what is wrong with it beyond its form, and what it becomes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from fidus.errors import ConfigurationFault
from fidus.flowform import INSTITUTION_EXAMPLES, FlowTable, InstitutionTable
from fidus.identifiers import EnterpriseNumber
from fidus.model import Channel, Deliberation, Flow, Institution, Key, LocalText, Mode, Quota, Role, Service
from fidus.tomlfile import Checked, Texts, TomlFile


def institution_faults(read: Checked[InstitutionTable]) -> Iterator[ConfigurationFault]:
    """Everything that is wrong with an institution's file."""
    toml, table = read.toml, read.table
    yield from read.faults
    yield from _number_faults(toml, table.number)
    yield from _order(toml, (), table.valid_from, table.valid_until)
    for item, key in enumerate(table.keys):
        yield from _order(toml, ("keys", item), key.valid_from, key.valid_until)
        yield from _twice(toml, ("keys", item, "roles"), key.roles)
        if not _is_digest(key.spki_sha256):
            cure = f"Write it like this: {INSTITUTION_EXAMPLES['keys.spki_sha256']}"
            yield toml.fault(("keys", item, "spki_sha256"), "`spki_sha256` is not base64 of 32 bytes", cure)


def flow_faults(read: Checked[FlowTable], services: Mapping[str, Service]) -> Iterator[ConfigurationFault]:
    """Everything that is wrong with a flow's file, given what the sources offer."""
    toml, table = read.toml, read.table
    yield from read.faults
    yield from _order(toml, (), table.valid_from, table.valid_until)
    yield from _twice(toml, ("channels",), table.channels)
    yield from _twice(toml, ("fields",), table.fields)
    if table.mode == "data" and "mode" in read.sound and not table.existence:
        cure = "Take it out, or make this a confirm flow"
        yield toml.fault(("existence",), "`existence = false` has a meaning in confirm mode only", cure)
    service = services.get(table.service)
    if service is not None:
        yield from _service_faults(read, service)
    elif "service" in read.sound:
        yield toml.fault(("service",), "there is no such service", f"There are: {_listed(services)}")


def _service_faults(read: Checked[FlowTable], service: Service) -> Iterator[ConfigurationFault]:
    toml, table = read.toml, read.table
    for name in sorted(table.limits.keys() - service.limits):
        known = _listed(service.limits) if service.limits else "none; take it out"
        yield toml.fault(("limits", name), f"`{name}` is no limit of {service.id}", f"There are: {known}")
    groups = service.contracts.get(table.contract)
    if groups is None and "contract" in read.sound:
        cure = f"There are: {_listed(service.contracts)}"
        yield toml.fault(("contract",), f"{service.id} has no such contract", cure)
    elif groups is not None and read.sound.issuperset(("mode", "fields")):
        if table.mode == "confirm":
            yield from _compared_faults(toml, table.fields, groups, service)
        else:
            yield from _field_faults(toml, table, groups)


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


def _number_faults(toml: TomlFile, number: str) -> Iterator[ConfigurationFault]:
    problem = None if number.isdigit() else "`number` holds more than digits"
    try:
        EnterpriseNumber.parse(number)
    except ValueError as error:
        problem = str(error)
    if problem is not None:
        yield toml.fault(("number",), problem, "Copy its ten digits from the Crossroads Bank for Enterprises")


def _compared_faults(
    toml: TomlFile, fields: list[str], groups: Mapping[str, tuple[str, ...]], service: Service
) -> Iterator[ConfigurationFault]:
    known = sorted(service.confirmable.keys() & groups.keys())
    for item, name in enumerate(fields):
        if name not in known:
            cure = f"Name whole groups; there are: {', '.join(known) or 'none; make it a data flow'}"
            yield toml.fault(("fields", item), f"`{name}` cannot be compared", cure)


def _field_faults(
    toml: TomlFile, table: FlowTable, groups: Mapping[str, tuple[str, ...]]
) -> Iterator[ConfigurationFault]:
    leaves = {leaf for group in groups.values() for leaf in group}
    for item, name in enumerate(table.fields):
        if name not in groups and name not in leaves:
            problem = f"{table.service} has no field `{name}` in contract {table.contract}"
            cure = f"There are the groups {_listed(groups)} and what is in them: {_listed(leaves)}"
            yield toml.fault(("fields", item), problem, cure)
        elif any(name in groups.get(other, ()) for other in table.fields if other != name):
            yield toml.fault(("fields", item), f"`{name}` is in a group that is named too", "Take one out")


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
