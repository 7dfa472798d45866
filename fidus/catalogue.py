"""From files to what is in force: one immutable Catalogue, or every fault of every file, and no change.

One folder per institution, with `institution.toml` and one `<flowId>.toml` per flow. What is in them:
`fidus/flowform.py`.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from fidus.errors import ConfigurationFault, ConfigurationInvalid
from fidus.flowfile import as_flow, as_institution, flow_faults, institution_faults
from fidus.flowform import FlowTable, InstitutionTable, read_flow, read_institution
from fidus.model import Catalogue, Flow, Service
from fidus.tomlfile import MAX_BYTES, Checked, TomlFile, read_toml, shown, too_large
from fidus.tomllines import Place

MAX_FILES: Final = 10_000
MAX_TOTAL_BYTES: Final = 32 * 1024 * 1024
_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")
_INSTITUTION: Final = "institution.toml"


def parse_catalogue(
    files: Mapping[str, bytes],
    services: Mapping[str, Service],
    epoch: int,
    suspended: frozenset[str] = frozenset(),
) -> Catalogue:
    """What these files say, all or nothing.

    `files`: path below the folder of flows, with `/` -> content. `services`: what the sources offer.
    `suspended`: ids of flows, also of such as no file has: a suspension outlives an apply.
    Raises ConfigurationInvalid with every fault of every file.
    """
    institutions, flows, faults = _read(files)
    faults += _set_faults(files)
    for one in institutions.values():
        faults += institution_faults(one)
    for flow in flows:
        faults += flow_faults(flow.read, services)
    faults += _taken(_unique_values(institutions, flows))
    if faults:
        raise ConfigurationInvalid(tuple(sorted(faults, key=lambda fault: (fault.file, fault.line))))
    return Catalogue(
        epoch=epoch,
        digest=digest(files),
        institutions=MappingProxyType(
            {one.table.number: as_institution(folder, one.table) for folder, one in institutions.items()}
        ),
        flows=MappingProxyType({flow.id: _as_flow(flow, institutions, services, files) for flow in flows}),
        services=services,
        suspended=suspended,
    )


def digest(files: Mapping[str, bytes]) -> bytes:
    """SHA-256 that names exactly these files (formats.md §5)."""
    lines = (f"{path}\0{sha256(raw).hexdigest()}\n".encode() for path, raw in files.items())
    return sha256(b"".join(sorted(lines))).digest()


def read_files(directory: Path) -> dict[str, bytes]:
    """Every `.toml` file below this folder, by its path there with `/`; others beside them, such as notes,
    count for nothing (formats.md §5).

    Raises ConfigurationInvalid with every link, folder and `.toml` file that has no place there: whoever
    reads the folder and whoever approves its digest must see the same files.
    """
    files: dict[str, bytes] = {}
    faults: list[ConfigurationFault] = []
    try:
        for path, entry in islice(filter(_counts, _entries(directory)), MAX_FILES + 1):
            content = _path_fault(path) or _content(path, entry)
            if isinstance(content, ConfigurationFault):
                faults.append(content)
            else:
                files[path] = content
    except OSError as error:
        cure = "Give a folder of flows that you may read"
        faults.append(
            ConfigurationFault(shown(str(directory)), 0, f"it cannot be read: {error.strerror}", cure)
        )
    faults += _size_faults(files)
    if faults:
        raise ConfigurationInvalid(tuple(faults))
    return files


_Institutions: TypeAlias = Mapping[str, Checked[InstitutionTable]]  # by folder


@dataclass(frozen=True, slots=True)
class _FlowRead:
    id: str
    folder: str
    read: Checked[FlowTable]


def _read(files: Mapping[str, bytes]) -> tuple[_Institutions, list[_FlowRead], list[ConfigurationFault]]:
    """Institutions, flows, and what is wrong with files that cannot be read at all."""
    institutions: dict[str, Checked[InstitutionTable]] = {}
    flows: list[_FlowRead] = []
    faults: list[ConfigurationFault] = []
    for path in sorted(files):
        if (fault := _path_fault(path)) is not None:
            faults.append(fault)
            continue
        folder, _, name = path.partition("/")
        try:
            toml = read_toml(path, files[path])
        except ConfigurationInvalid as invalid:
            faults.extend(invalid.faults)
            continue
        if name == _INSTITUTION:
            institutions[folder] = read_institution(toml)
        else:
            flows.append(_FlowRead(name.removesuffix(".toml"), folder, read_flow(toml)))
    return institutions, flows, faults


def _as_flow(
    flow: _FlowRead, institutions: _Institutions, services: Mapping[str, Service], files: Mapping[str, bytes]
) -> Flow:
    table, number = flow.read.table, institutions[flow.folder].table.number
    return as_flow(flow.id, number, table, services[table.service], files[flow.read.toml.path])


def _set_faults(files: Mapping[str, bytes]) -> Iterator[ConfigurationFault]:
    """What is wrong with the files as a set."""
    if not files:
        cure = "Give the folder that holds one folder per institution"
        yield ConfigurationFault(".", 0, "there is no file, and none would mean no flow at all", cure)
    yield from _size_faults(files)
    for folder in sorted({path.partition("/")[0] for path in files if _path_fault(path) is None}):
        if f"{folder}/{_INSTITUTION}" not in files:
            cure = "Write it; the flows of a folder are those of one institution"
            yield ConfigurationFault(f"{folder}/{_INSTITUTION}", 0, "there is no such file", cure)


def _size_faults(files: Mapping[str, bytes]) -> Iterator[ConfigurationFault]:
    if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_TOTAL_BYTES:
        problem = f"there are more than {MAX_FILES} files, or more than {MAX_TOTAL_BYTES} bytes in all"
        yield ConfigurationFault(".", 0, problem, "Take out flows that have ended")


def _unique_values(
    institutions: _Institutions, flows: Iterable[_FlowRead]
) -> Iterator[tuple[str, str, TomlFile, Place]]:
    """What may stand only once in all files: (what it is, its value, the file, where in it)."""
    for one in institutions.values():
        if "number" in one.sound:
            yield "enterprise number", one.table.number, one.toml, ("number",)
        for item, key in enumerate(one.table.keys):
            yield "key", key.spki_sha256, one.toml, ("keys", item, "spki_sha256")
    for flow in flows:
        yield "flow id", flow.id, flow.read.toml, ()


def _taken(values: Iterable[tuple[str, str, TomlFile, Place]]) -> Iterator[ConfigurationFault]:
    owners: dict[tuple[str, str], tuple[str, Place]] = {}
    for what, value, toml, place in values:
        owner = owners.setdefault((what, value), (toml.path, place))
        if owner != (toml.path, place):
            yield toml.fault(
                place, f"its {what} is taken already, in {owner[0]}", f"Give each {what} one place"
            )


def _path_fault(path: str) -> ConfigurationFault | None:
    folder, _, name = path.partition("/")
    if _NAME.fullmatch(folder) and name.endswith(".toml") and _NAME.fullmatch(name.removesuffix(".toml")):
        return None
    cure = (
        "Files are called <institution>/institution.toml and <institution>/<flowId>.toml, of a-z, 0-9 and -"
    )
    return ConfigurationFault(shown(path), 0, "this is no path of a flow file", f"{cure}, 64 at most")


def _entries(directory: Path) -> Iterator[tuple[str, Path]]:
    """What lies in the folders of this folder, and what lies beside them."""
    for entry in sorted(directory.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            yield from ((f"{entry.name}/{inner.name}", inner) for inner in sorted(entry.iterdir()))
        else:
            yield entry.name, entry


def _counts(found: tuple[str, Path]) -> bool:
    """Not a plain file with another ending. One in capitals counts, to be refused and not overlooked."""
    path, entry = found
    return path.lower().endswith(".toml") or not stat.S_ISREG(entry.lstat().st_mode)


def _content(path: str, entry: Path) -> bytes | ConfigurationFault:
    if not stat.S_ISREG(entry.lstat().st_mode):
        cure = "Put the file itself here, no link to it and no folder"
        return ConfigurationFault(path, 0, "this is no plain file", cure)
    with entry.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    return raw if len(raw) <= MAX_BYTES else too_large(path)
