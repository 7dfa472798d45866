"""What the sources offer: `adapters/<slug>/manifest.toml` -> services, or every fault of every manifest.

Python folders write the slug's `-` as `_`; folders that begin with `_` are no sources.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from fidus.asked import NAMES
from fidus.comparable import FORMS
from fidus.errors import ConfigurationFault, ConfigurationInvalid
from fidus.model import LocalText, QueryMember, Service, SubjectType
from fidus.policy import LIMITS
from fidus.request_forms import KINDS, query_form
from fidus.tomlfile import Name, Strict, Texts, TomlFile, read_toml
from fidus.tomllines import Place

MANIFEST: Final = "manifest.toml"
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MEMBER: Final = re.compile(r"[a-z][A-Za-z0-9]{0,31}")
_LEAF: Final = re.compile(rf"{_MEMBER.pattern}(\.{_MEMBER.pattern}){{0,7}}")
_EXAMPLES: Final = {
    "slug": 'slug = "national-register"',
    "name": 'name = { fr = "…", nl = "…", de = "…", en = "…" }',
    "services": "[services.address], with title, members, example, limits, contracts and confirmable",
    "services.members": 'members = [ { name = "ssin", kind = "ssin", required = true, subject = "person" } ]',
}


class _MemberTable(Strict):
    name: Name
    kind: Name
    required: bool = False
    subject: Literal["person", "enterprise", "establishment", "vehicle", "address"] | None = None


class _ServiceTable(Strict):
    title: Texts
    members: list[_MemberTable] = Field(min_length=1)
    choices: list[list[Name]] = Field(default=[])
    example: dict[Name, Any]
    limits: list[Name] = Field(default=[])
    lists: bool = False  # a search: the question names nobody, the answer lists who may be meant
    contracts: dict[Name, dict[Name, list[Name]]] = Field(min_length=1)
    confirmable: dict[Name, list[Name]] = Field(default={})


class _Manifest(Strict):
    slug: Name
    name: Texts
    services: dict[Name, _ServiceTable] = Field(min_length=1)
    demonstration: dict[Name, Any] = Field(default={})
    published: dict[Name, str] = Field(default={})  # file of the contract -> where the source publishes it


def load_services(adapters: Path) -> Mapping[str, Service]:
    """Every service by its id `<slug>/<name>`.

    Raises ConfigurationInvalid with every fault of the manifests below `adapters`.
    """
    services: dict[str, Service] = {}
    faults: list[ConfigurationFault] = []
    for folder in _folders(adapters):
        try:
            services |= {service.id: service for service in _load(folder)}
        except ConfigurationInvalid as invalid:
            faults.extend(invalid.faults)
    if faults:
        raise ConfigurationInvalid(tuple(faults))
    return MappingProxyType(services)


def slugs(adapters: Path) -> list[str]:
    """The slug of every source that there is an adapter of."""
    return [folder.name.replace("_", "-") for folder in _folders(adapters)]


def demonstrations(adapters: Path) -> Mapping[str, Mapping[str, Any]]:
    """By slug: the settings with which a demonstration reaches its mock, beyond those of every source."""
    return _tables(adapters, "demonstration")


def published(adapters: Path) -> Mapping[str, Mapping[str, str]]:
    """By slug: where a source publishes which file of its contract, relative to its address (`?wsdl`)."""
    return _tables(adapters, "published")


def names(adapters: Path) -> Mapping[str, LocalText]:
    """By slug: the source's name in each language."""
    return _tables(adapters, "name")


def _tables(adapters: Path, name: str) -> Mapping[str, Mapping[str, Any]]:
    """One table of each manifest, empty where it is not there."""
    return {
        folder.name.replace("_", "-"): tomllib.loads((folder / MANIFEST).read_text("utf-8")).get(name, {})
        for folder in _folders(adapters)
    }


def _folders(adapters: Path) -> list[Path]:
    return [one for one in sorted(adapters.iterdir()) if one.is_dir() and not one.name.startswith("_")]


def _load(folder: Path) -> list[Service]:
    path = f"{folder.name}/{MANIFEST}"
    try:
        raw = (folder / MANIFEST).read_bytes()
    except OSError as error:
        fault = ConfigurationFault(path, 0, f"it cannot be read: {error.strerror}", "Each source has one")
        raise ConfigurationInvalid((fault,)) from None
    toml = read_toml(path, raw)
    manifest = toml.read_as(_Manifest, _EXAMPLES)
    faults = [*_slug_faults(toml, manifest.slug, folder.name)]
    for name, table in manifest.services.items():
        faults += _service_faults(toml, ("services", name), table)
    if faults:
        raise ConfigurationInvalid(tuple(faults))
    return [_service(f"{manifest.slug}/{name}", table) for name, table in manifest.services.items()]


def _service(service_id: str, table: _ServiceTable) -> Service:
    return Service(
        id=service_id,
        title=MappingProxyType(table.title.model_dump()),
        members=_members(table),
        contracts=MappingProxyType(
            {version: _frozen(groups) for version, groups in table.contracts.items()},
        ),
        confirmable=_frozen(table.confirmable),
        example=MappingProxyType(table.example),
        limits=frozenset(table.limits),
        choices=_choices(table),
    )


def _choices(table: _ServiceTable) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(choice) for choice in table.choices)


def _members(table: _ServiceTable) -> tuple[QueryMember, ...]:
    return tuple(
        QueryMember(
            one.name, one.kind, one.required, None if one.subject is None else SubjectType(one.subject)
        )
        for one in table.members
    )


def _frozen(groups: Mapping[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({name: tuple(members) for name, members in groups.items()})


def _slug_faults(toml: TomlFile, slug: str, folder: str) -> Iterator[ConfigurationFault]:
    if not _SLUG.fullmatch(slug) or slug.replace("-", "_") != folder:
        yield toml.fault(
            ("slug",), "`slug` is not the name of its folder", "Write - for each _ of the folder"
        )


def _service_faults(toml: TomlFile, place: Place, table: _ServiceTable) -> Iterator[ConfigurationFault]:
    if not _SLUG.fullmatch(str(place[-1])):
        yield toml.fault(place, "the service's name holds more than a-z, 0-9 and -", "Call it like `address`")
    for limit in set(table.limits) - LIMITS.keys():
        cure = f"There are: {', '.join(sorted(LIMITS))}"
        yield toml.fault((*place, "limits"), f"no policy can judge the limit `{limit}`", cure)
    yield from _contract_faults(toml, place, table)
    yield from _confirmable_faults(toml, place, table)
    faults = [*_member_faults(toml, place, table)]
    yield from faults or _example_faults(toml, place, table)


def _member_faults(toml: TomlFile, place: Place, table: _ServiceTable) -> Iterator[ConfigurationFault]:
    names = [member.name for member in table.members]
    for item, member in enumerate(table.members):
        here = (*place, "members", item)
        if not _MEMBER.fullmatch(member.name) or names.index(member.name) != item:
            cure = "Give each member a name of its own such as `startDate`, 32 characters at most"
            yield toml.fault(here, f"`{member.name}` is no name of a member, or another's", cure)
        if member.kind not in KINDS:
            yield toml.fault(
                here, f"there is no kind `{member.kind}`", f"There are: {', '.join(sorted(KINDS))}"
            )
        elif member.subject is not None and NAMES.get(member.kind) != member.subject:
            yield toml.fault(here, *_unnamed(member))
    if table.lists and table.confirmable:
        cure = "Take `confirmable` out: guesses are counted by whom is asked about"
        yield toml.fault((*place, "lists"), "a search cannot be confirmed", cure)
    if not table.lists and not _names_somebody(table):
        cure = "Give the member that names the subject `required = true` and its `subject`, or say `lists`"
        yield toml.fault((*place, "members"), "no required member says who or what is asked about", cure)
    yield from _choice_faults(toml, place, table)


def _unnamed(member: _MemberTable) -> tuple[str, str]:
    """Problem and cure of a member whose subject the log would not know."""
    if member.kind in NAMES:
        told = f"what a `{member.kind}` names is of type {NAMES[member.kind]}"
        return told, f'Say `subject = "{NAMES[member.kind]}"`'
    cure = "Take `subject` out and say `lists = true`; the mapping then names whom the answer shows"
    return f"a `{member.kind}` is no identifier, so the log would know of nobody asked about", cure


def _names_somebody(table: _ServiceTable) -> bool:
    """Whether each question says who or what it is about: by a required member, or whatever the choice."""
    named = {member.name for member in table.members if member.subject}
    required = any(member.required and member.subject for member in table.members)
    return required or (bool(table.choices) and all(named & set(choice) for choice in table.choices))


def _choice_faults(toml: TomlFile, place: Place, table: _ServiceTable) -> Iterator[ConfigurationFault]:
    optional = {member.name for member in table.members if not member.required}
    sets = [frozenset(choice) for choice in table.choices]
    for item, choice in enumerate(table.choices):
        here = (*place, "choices", item)
        if not choice or not sets[item] <= optional or len(sets[item]) < len(choice):
            cure = "Name members that are not `required`, each once"
            yield toml.fault(
                here, "a choice names nothing, a member twice, or one that is no optional one", cure
            )
        elif any(other < sets[item] or sets.index(sets[item]) != item for other in sets):
            yield toml.fault(here, "a choice holds another one", "Name sets of which none holds another")
    if len(table.choices) == 1:
        yield toml.fault((*place, "choices"), "one choice is none", "Make its members `required`")


def _example_faults(toml: TomlFile, place: Place, table: _ServiceTable) -> Iterator[ConfigurationFault]:
    try:
        query_form(_members(table), _choices(table)).model_validate(
            table.example, context={"synthetic": True}
        )
    except ValidationError:
        cure = "Write a complete query with a synthetic number"
        yield toml.fault((*place, "example"), "`example` is no query of this service", cure)


def _contract_faults(toml: TomlFile, place: Place, table: _ServiceTable) -> Iterator[ConfigurationFault]:
    for version, groups in table.contracts.items():
        leaves = [leaf for group in groups.values() for leaf in group]
        for name, group in groups.items():
            here = (*place, "contracts", version, name)
            if not _MEMBER.fullmatch(name) or (name in leaves and group != [name]):
                cure = "Give it a name such as `address`, unlike that of any leaf"
                yield toml.fault(here, f"`{name}` is no name of a group", cure)
            if not group or len(set(group)) < len(group) or not all(map(_LEAF.fullmatch, group)):
                cure = "Write each once, like `address.postalCode`"
                yield toml.fault(here, f"`{name}` has no leaves, one twice, or one that is no path", cure)
        for leaf in sorted(set(leaves)):
            if any(other.startswith(f"{leaf}.") for other in leaves):
                cure = "Name what is in it, or the whole, not both"
                yield toml.fault(
                    (*place, "contracts", version), f"the leaf `{leaf}` has leaves below it", cure
                )


def _confirmable_faults(toml: TomlFile, place: Place, table: _ServiceTable) -> Iterator[ConfigurationFault]:
    for name, members in table.confirmable.items():
        here = (*place, "confirmable", name)
        groups = [groups[name] for groups in table.contracts.values() if name in groups]
        if not groups:
            yield toml.fault(here, f"no contract has a group `{name}`", "Name one, or take it out")
        if name not in FORMS:
            yield toml.fault(here, f"nothing compares `{name}`", f"There are: {', '.join(sorted(FORMS))}")
        elif not set(FORMS[name].required) <= set(members) <= {*FORMS[name].required, *FORMS[name].optional}:
            cure = (
                f"It takes {', '.join(FORMS[name].required)}, and may take {', '.join(FORMS[name].optional)}"
            )
            yield toml.fault(here, f"`{name}` cannot be compared by these members", cure)
        elif any(f"{name}.{member}" not in group for group in groups for member in members):
            cure = f"Name members that are leaves, like `{name}.{members[0]}`"
            yield toml.fault(here, f"`{name}` is compared by what its contract does not hold", cure)
