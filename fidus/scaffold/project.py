"""What the project's sources lack, or say differently in two places: one report over all rooms.

What a single test or tool finds as well (types, formats, imports) is not sought here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

from fidus.errors import ConfigurationFault
from fidus.model import Catalogue, Channel, Mode, Service
from fidus.scaffold.pages import stale
from fidus.services import MANIFEST, published, slugs
from fidus.vocabulary import UnknownWord, vocabulary

OWN_LINES: Final = 150  # of an adapter beside its mapping
_THREE: Final = {MANIFEST, "adapter.py", "mapping.py"}
_ROOMS: Final = ("contracts", "mocks", "tests/adapters", "tests/mocks")


def project_faults(
    root: Path, services: Mapping[str, Service], catalogue: Catalogue
) -> Iterator[ConfigurationFault]:
    """Every fault below `root`. `catalogue`: the project's own sample flows. Raises OSError."""
    for slug in slugs(root / "adapters"):
        yield from _adapter_faults(root, slug)
        yield from _contract_faults(root, slug)
        yield from _room_faults(root, slug)
    for service in services.values():
        yield from _service_faults(service, catalogue)
    for word in sorted(vocabulary().words.keys() - _words(services.values())):
        yield _fault("contracts/fidus/vocabulary.toml", f"no service uses the word `{word}`", "Take it out")
    if not any(_unknown_words(services.values())):  # else no page can be made
        for page in stale(root):
            told = "it is not what manifest, vocabulary and codes say"
            yield _fault(str(page.relative_to(root)), told, "Run `make docs`")


def _fault(file: str, problem: str, cure: str) -> ConfigurationFault:
    return ConfigurationFault(file, 0, problem, cure)


def _folder(slug: str) -> str:
    return slug.replace("-", "_")


def _adapter_faults(root: Path, slug: str) -> Iterator[ConfigurationFault]:
    folder = root / "adapters" / _folder(slug)
    here = f"adapters/{folder.name}"
    there = {file.name for file in folder.iterdir() if file.is_file()} - {"__init__.py"}
    for name in sorted(_THREE - there):
        yield _fault(f"{here}/{name}", "it is missing", "Write it, or begin with `fidus new-source`")
    for name in sorted(there - _THREE):
        yield _fault(
            f"{here}/{name}", "an adapter has three files", "Put it in adapters/_lib, or into one of them"
        )
    if "adapter.py" in there:
        lines = len((folder / "adapter.py").read_text(encoding="utf-8").splitlines())
        if lines > OWN_LINES:
            cure = f"Move what other sources could use to adapters/_lib: {OWN_LINES} lines at most"
            yield _fault(f"{here}/adapter.py", f"it has {lines} lines", cure)


def _contract_faults(root: Path, slug: str) -> Iterator[ConfigurationFault]:
    folder = root / "contracts" / slug
    here = f"contracts/{slug}"
    if not folder.is_dir():
        return  # told with the other rooms
    if not (folder / "SOURCE.md").is_file():
        cure = "Say where each part was seen, when, and what is assumed"
        yield _fault(f"{here}/SOURCE.md", "it is missing", cure)
    if not any(file.suffix in (".xsd", ".yaml", ".wsdl") for file in folder.rglob("*")):
        yield _fault(here, "there is no schema", "Add the source's XSD, WSDL or openapi.yaml")
    if not any((folder / "elements").glob("*.toml")):
        yield _fault(
            f"{here}/elements", "no list of elements", "Say of each what becomes of it, or why nothing"
        )
    places = published(root / "adapters")[slug]
    if not places:
        cure = "Add [published] with each file and where the source publishes it"
        yield _fault(
            f"adapters/{_folder(slug)}/{MANIFEST}", "nothing says where its contract is published", cure
        )
    for file in sorted(places):
        if not (folder / file).is_file():
            yield _fault(f"{here}/{file}", "[published] names it and it is not there", "Correct the name")


def _room_faults(root: Path, slug: str) -> Iterator[ConfigurationFault]:
    for room in _ROOMS:
        folder = root / room / (slug if room == "contracts" else _folder(slug))
        if not folder.is_dir():
            yield _fault(f"{room}/{folder.name}", "the source has no folder here", "Add it, by this name")
        elif room.startswith("tests/") and not any(folder.glob("test_*.py")):
            yield _fault(f"{room}/{folder.name}", "there is no test in it", "Test it over real sockets")


def _service_faults(service: Service, catalogue: Catalogue) -> Iterator[ConfigurationFault]:
    manifest = f"adapters/{_folder(service.id.partition('/')[0])}/{MANIFEST}"
    for told in _unknown_words([service]):
        yield _fault(manifest, told, "One name for one thing, whatever the service")
    flows = [flow for flow in catalogue.flows.values() if flow.service == service.id]
    if not any(flow.mode is Mode.DATA and {Channel.API, Channel.SOAP} <= flow.channels for flow in flows):
        cure = 'Add one of mode "data" with the channels "api" and "soap": the tests ask every service by it'
        yield _fault("flows", f"no sample flow asks {service.id}", cure)


def _unknown_words(services: Iterable[Service]) -> Iterator[str]:
    """What the vocabulary says of each field that it does not take."""
    for service in services:
        for leaf in sorted(service.leaves):
            try:
                vocabulary().schema([leaf])
            except UnknownWord as error:
                yield f"{service.id}: {error}"


def _words(services: Iterable[Service]) -> set[str]:
    """Every word that a field of a service can stand for."""
    paths = [leaf.split(".") for service in services for leaf in service.leaves]
    return {word for path in paths for word in (*path, *(f"{one}.{other}" for one, other in pairwise(path)))}
