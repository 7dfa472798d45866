"""Each element of the contract goes somewhere or is left out for a reason, and what is listed is so."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters._lib.codes import NotAsAgreed
from fidus.model import Found
from tests.adapters.lists import destinations_in, values
from tests.adapters.national_register import samples
from tests.adapters.national_register.elements import LISTS, elements, listed, missing

ROOT = Path(__file__).parents[3]
USUAL = ("whole", "other-choices", "search", "numbers")
ROOTS = {
    "retrieveTIGroupsResponse": "RetrieveTIGroupsResponseType",
    "SearchPersonPhoneticallyResponse": "SearchPersonPhoneticallyResponseType",
    "ConsultRelatedSsinsResponse": "ConsultRelatedSsinsResponseType",
}
GIVEN = [given for name in LISTS for given in destinations_in(listed(name))]


@pytest.mark.parametrize("name", LISTS)
def test_no_element_is_without_a_place_or_a_reason(name: str) -> None:
    assert missing(name) == []


@pytest.mark.parametrize("name", LISTS)
def test_no_element_is_listed_that_the_schemas_do_not_have(name: str) -> None:
    assert [path for path in listed(name) if path not in elements(name)] == []


@pytest.mark.parametrize("name", LISTS)
def test_each_entry_says_one_thing(name: str) -> None:
    for path, entry in listed(name).items():
        ((kind, told),) = entry.items()
        assert kind in ("to", "within", "leftOut"), path
        assert told, path
        assert isinstance(told, list if kind == "to" else str), path


def leaves() -> set[tuple[str, str]]:
    manifest = tomllib.loads((ROOT / "adapters/national_register/manifest.toml").read_text(encoding="utf-8"))
    return {
        (service, leaf)
        for service, table in manifest["services"].items()
        for group in table["contracts"]["v1"].values()
        for leaf in group
    }


def test_every_destination_is_a_field_of_its_service_and_every_field_has_a_source() -> None:
    """But for what is worked out, or is said by an attribute."""
    made = {
        *(("household", f"household.{name}") for name in ("complete", "size")),
        *((service, f"{place}.country") for service, place in (("address", "address"),)),
        ("address-history", "addresses.country"),
        ("search", "candidates.deceased"),
        *(("ssin-history", f"numbers.{name}") for name in ("canceled", "replaces")),
    }
    given = {(service, field) for _, service, field in GIVEN}
    assert given <= leaves()
    assert leaves() - given == made


@cache
def sample(name: str) -> etree._Element:
    return etree.fromstring(samples.text(name), etree.XMLParser(remove_comments=True))


KNOWN = {path: one for name in LISTS for path, one in elements(name).items()}


def placed(node: etree._Element, path: str = "") -> Iterator[tuple[str, etree._Element]]:
    """Every element of an answer with its name in the lists; `path` is that of the node."""
    path = path or ROOTS[etree.QName(node).localname]
    for child in node:
        name = etree.QName(child).localname
        one = KNOWN.get(f"{path}/{name}") or KNOWN.get(f"NameType/{name}")
        if one is not None:
            yield one.path, child
            has_parts = any(known.startswith(f"{one.type}/") for known in KNOWN)
            yield from placed(child, one.type if one.type and has_parts else one.path)


def told(content: etree._Element, service: str, field: str) -> list[Any]:
    with suppress(NotAsAgreed):
        answer = samples.read(content, service)
        return values(answer.fields, field.split(".")) if isinstance(answer, Found) else []
    return ["refused"]


@pytest.mark.parametrize(("path", "service", "field"), GIVEN, ids=lambda part: str(part))
def test_the_field_is_there_because_the_element_is(path: str, service: str, field: str) -> None:
    """In one of the samples the field has a value, and without the element it has not, or another."""
    for one in USUAL:
        if (one == "search") != (service == "search") or (one == "numbers") != (service == "ssin-history"):
            continue
        whole = sample(one)
        before = told(whole, service, field)
        for place in range(sum(at == path for at, _ in placed(whole))):
            changed = copy.deepcopy(whole)
            victim = [node for at, node in placed(changed) if at == path][place]
            parent = victim.getparent()
            assert parent is not None
            parent.remove(victim)
            if before and before != ["refused"] and told(changed, service, field) != before:
                return
    raise AssertionError(f"{path} does not lead to {service}: {field}")
