"""Each property of the contract goes somewhere or is left out for a reason, and what is listed is so."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from lxml import etree

from adapters._lib.codes import NotAsAgreed
from adapters.div.mapping import read
from fidus.model import Found, Query
from tests.adapters.div import samples
from tests.adapters.div.samples import CODES, FOLDER, HOLDER, MOVEMENT, PLATE, query
from tests.adapters.lists import values
from tests.adapters.national_register.elements import XS, declared
from tests.adapters.properties import destinations, listed, missing, properties

GIVEN = destinations("div")
ASKED: dict[str, Query] = {
    "vehicle": query("vehicle", plate=PLATE),
    "holder": query("holder", plate=PLATE),
    "emission-norm": query("emission-norm", plate=PLATE),
    "vehicles-of": query("vehicles-of", ssin=HOLDER),
    "history": query("history", plate=PLATE),
    "movements": query("movements", period={"startDate": "2025-12-01", "endDate": "2025-12-01"}),
}
# Where a property stands in an item: schema -> ways from there.
PLACES: dict[str, tuple[tuple[Any, ...], ...]] = {
    "Movement": ((),),
    "License": (("license",),),
    "Certificate": (("certificates", 1),),
    "Titular": (("titular",),),
    "Person": (("titular", "person"), ("driver", "person")),
    "Organisation": (("titular", "organisation"),),
    "Address": (("titular", "contactInfo", "address"), ("titular", "registrationAddress")),
    "Vehicle": (("vehicle",),),
    "Engine": (("vehicle", "engine", 0), ("vehicle", "engine", 1)),
}
ENDED = {"license__endSituationDate": "2024-05-04", "license__status": "DEL"}
ITEMS = (
    samples.held_by_person(**ENDED),
    samples.held_by_enterprise(),
    samples.held_by_person(
        vehicle__codeForBodyWork=None,
        vehicle__kind="AC",
        vehicle__engine=[{"fuel": [{"code": "10", "combinedCO2": 110, "WLTPCombinedCO2": 140}]}],
    ),
)
# By what is asked for: with another value, or none, the answer is another's.
KEYS = {"License/plateNr", "Person/nationalNr", "Movement/dateTime"}


def schemas_of_soap() -> Iterator[str]:
    root = etree.parse(FOLDER / "vehicle-registration.xsd").getroot()
    for tag in ("complexType", "element"):
        for named in root.iterfind(f"{XS}{tag}"):
            yield from (one.path for one in declared(named, str(named.get("name"))))


def test_no_property_is_without_a_place_or_a_reason() -> None:
    assert missing("div") == []


def test_no_property_is_listed_that_the_schemas_do_not_have() -> None:
    known = properties("div")
    assert [path for path in listed("div") if path not in known] == []


def test_each_element_of_the_soap_service_has_its_place_too() -> None:
    own = tomllib.loads((FOLDER / "elements" / "vehicle-registration.toml").read_text(encoding="utf-8"))
    shared, there = listed("div"), list(schemas_of_soap())
    assert [path for path in there if path not in own and path not in shared] == []
    assert [path for path in own if path not in there] == []
    assert own.keys().isdisjoint(shared)


def test_each_entry_says_one_thing() -> None:
    for path, entry in listed("div").items():
        ((kind, told),) = entry.items()
        assert kind in ("to", "within", "leftOut"), path
        assert told, path
        assert isinstance(told, list if kind == "to" else str), path


def test_every_destination_is_a_field_of_its_service_and_every_field_has_a_source() -> None:
    manifest = FOLDER.parents[1] / "adapters" / "div" / "manifest.toml"
    services = tomllib.loads(manifest.read_text(encoding="utf-8"))["services"]
    leaves = {
        (service, leaf)
        for service, table in services.items()
        for group in table["contracts"]["v1"].values()
        for leaf in group
    }
    assert {(service, field) for _, service, field in GIVEN} == leaves


def told(item: dict[str, Any], service: str, field: str) -> list[Any]:
    with suppress(NotAsAgreed, KeyError):
        answer = read([item], ASKED[service], CODES, True, date(2026, 3, 1))
        return values(answer.fields, field.split(".")) if isinstance(answer, Found) else []
    return ["refused"]


def without(item: dict[str, Any], path: str) -> Iterator[dict[str, Any]]:
    """The item without this property, wherever it stands."""
    schema, *steps = path.split("/")
    for way in PLACES[schema]:
        made = copy.deepcopy(item)
        place: Any = made
        with suppress(KeyError, IndexError):
            for step in (*way, *steps[:-1]):
                place = place[step]
            for one in place if isinstance(place, list) else [place]:
                one.pop(steps[-1], None)
            yield made


@pytest.mark.parametrize(("path", "service", "field"), GIVEN, ids=lambda part: str(part))
def test_the_field_is_there_because_the_property_is(path: str, service: str, field: str) -> None:
    """In one of the samples the field has a value, and without the property it has not, or another."""
    items = (MOVEMENT,) if service == "movements" else ITEMS
    for item in items:
        before = told(item, service, field)
        if not before or before == ["refused"]:
            continue
        for changed in without(item, path):
            after = told(changed, service, field)
            if after != before and (after != ["refused"] or path in KEYS or _is_required(path)):
                return
    raise AssertionError(f"{path} does not lead to {service}: {field}")


def _is_required(path: str) -> bool:
    """Without it the answer would not have passed its contract: that it is read shows by the KeyError."""
    schema, *steps = path.split("/")
    return steps[-1] in samples.REQUIRED.get(schema, ())
