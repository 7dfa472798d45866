"""Each element of the contract goes somewhere or is left out for a reason, and what is listed is so."""

from __future__ import annotations

import copy
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters._lib.codes import NotAsAgreed
from adapters.cbe import mapping
from fidus.model import Found
from tests.adapters.cbe import samples
from tests.adapters.cbe.elements import KNOWN, LISTS, elements, listed, missing, placed
from tests.adapters.lists import destinations_in, values

MANIFEST = Path(mapping.__file__).with_name("manifest.toml")
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


def test_every_destination_is_a_field_of_its_service_and_every_field_has_a_source() -> None:
    """But for what the open data alone tell."""
    manifest = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))
    leaves = {
        (service, leaf)
        for service, table in manifest["services"].items()
        for group in table["contracts"]["v1"].values()
        for leaf in group
        if f"cbe/{service}" in mapping.OPERATIONS
    }
    given = {(service, field) for _, service, field in GIVEN}
    assert given <= leaves
    assert leaves - given == {
        ("enterprise", "activities.activityGroup"),
        ("establishments", "establishments.activities.activityGroup"),
    }


def told(content: etree._Element, service: str, field: str) -> list[Any]:
    with suppress(NotAsAgreed):
        answer = samples.read(service, content)
        return values(answer.fields, field.split(".")) if isinstance(answer, Found) else []
    return ["refused"]


@pytest.mark.parametrize(("path", "service", "field"), GIVEN, ids=lambda part: str(part))
def test_the_field_is_there_because_the_element_is(path: str, service: str, field: str) -> None:
    """In the sample the field has a value, and without the element it has not, or another."""
    whole = samples.parsed(samples.REPLIES[service])
    root = etree.QName(whole).localname
    before = told(whole, service, field)
    assert before not in ([], ["refused"])
    for place in range(sum(at == path for at, _ in placed(whole, root))):
        changed = copy.deepcopy(whole)
        victim = [node for at, node in placed(changed, root) if at == path][place]
        parent = victim.getparent()
        assert parent is not None
        parent.remove(victim)
        if told(changed, service, field) != before:
            return
    raise AssertionError(f"{path} does not lead to {service}: {field}")


def test_every_element_of_the_samples_is_known() -> None:
    """So that the test before this one passes over none."""
    for reply in samples.REPLIES.values():
        root = samples.parsed(reply)
        walked = sum(1 for _ in placed(root, etree.QName(root).localname))
        assert walked == sum(1 for _ in root.iter()) - 1
    assert len(KNOWN) > 60
