"""What the report over all rooms finds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fidus.catalogue import parse_catalogue, read_files
from fidus.model import Catalogue, Service
from fidus.scaffold.pages import ROOT, write
from fidus.scaffold.project import OWN_LINES, project_faults
from fidus.services import load_services

REGISTER = Path("adapters/national_register")
SERVICES = {
    name: one
    for name, one in load_services(ROOT / "adapters").items()
    if name.startswith("national-register/")
}


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """A project with one source, whole as far as it is looked at; gone afterwards, as it names people."""
    for name in (REGISTER, Path("contracts/national-register")):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "samples"))
    (tmp_path / REGISTER / "adapter.py").write_text("# short\n", encoding="utf-8")
    for room in ("mocks", "tests/adapters", "tests/mocks"):
        folder = tmp_path / room / "national_register"
        folder.mkdir(parents=True)
        (folder / "test_something.py").touch()
    write(tmp_path)
    yield tmp_path
    shutil.rmtree(tmp_path)


def catalogue() -> Catalogue:
    return parse_catalogue(read_files(ROOT / "flows"), load_services(ROOT / "adapters"), 0)


def told(root: Path, services: dict[str, Service] | None = None, flows: Catalogue | None = None) -> list[str]:
    """What is found, but for words that other sources use."""
    faults = project_faults(root, SERVICES if services is None else services, flows or catalogue())
    return [str(one) for one in faults if "no service uses the word" not in one.problem]


def test_the_project_itself_lacks_nothing() -> None:
    assert [str(one) for one in project_faults(ROOT, load_services(ROOT / "adapters"), catalogue())] == []


def test_a_source_that_is_whole_has_no_fault(checkout: Path) -> None:
    assert told(checkout) == []


def _remove(name: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        place = root / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()

    return change


def _write(name: str, text: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")

    return change


def _publish_another(root: Path) -> None:
    manifest = root / REGISTER / "manifest.toml"
    manifest.write_text(
        manifest.read_text("utf-8").replace('"RetrieveTIGroupsV2.wsdl"', '"none.wsdl"'), "utf-8"
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(_remove(f"{REGISTER}/mapping.py"), "mapping.py: it is missing", id="no-mapping"),
        pytest.param(
            _write(f"{REGISTER}/more.py", ""), "more.py: an adapter has three files", id="a-fourth-file"
        ),
        pytest.param(
            _write(f"{REGISTER}/adapter.py", "\n" * (OWN_LINES + 1)),
            f"it has {OWN_LINES + 1} lines",
            id="long",
        ),
        pytest.param(
            _remove("contracts/national-register/SOURCE.md"), "SOURCE.md: it is missing", id="no-source"
        ),
        pytest.param(
            _remove("contracts/national-register/elements"), "no list of elements", id="no-elements"
        ),
        pytest.param(_remove("contracts/national-register"), "has no folder here", id="no-contract"),
        pytest.param(_publish_another, "none.wsdl: [published] names it", id="published-nowhere"),
        pytest.param(
            _remove("mocks/national_register"), "mocks/national_register: the source has", id="no-mock"
        ),
        pytest.param(
            _remove("tests/mocks/national_register/test_something.py"), "there is no test in it", id="no-test"
        ),
        pytest.param(
            _write("docs/sources/national-register.md", "By hand\n"), "Run `make docs`", id="page-by-hand"
        ),
    ],
)
def test_what_lacks_is_told_with_what_to_do(
    checkout: Path, change: Callable[[Path], None], says: str
) -> None:
    change(checkout)
    found = told(checkout)
    assert any(says in line for line in found), found


def test_a_field_that_the_vocabulary_does_not_have(checkout: Path) -> None:
    service = SERVICES["national-register/address"]
    odd = replace(service, contracts={"v1": {"address": ("address.postcode",)}})
    (line,) = [one for one in told(checkout, {service.id: odd}) if "postcode" in one]
    assert "not in contracts/fidus/vocabulary.toml" in line


def test_a_service_that_no_sample_flow_asks(checkout: Path) -> None:
    flows = catalogue()
    fewer = {name: one for name, one in flows.flows.items() if one.service != "national-register/search"}
    (line,) = told(checkout, flows=replace(flows, flows=fewer))
    assert line.startswith("flows: no sample flow asks national-register/search")


def test_a_word_that_no_service_uses(checkout: Path) -> None:
    faults = project_faults(checkout, {}, catalogue())
    assert any("no service uses the word `houseNumber`" in one.problem for one in faults)
