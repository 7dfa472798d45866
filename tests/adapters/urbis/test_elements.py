"""Each property of the contract goes somewhere or is left out for a reason, and what is listed is so."""

from __future__ import annotations

import asyncio
import copy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.urbis.adapter import Urbis
from fidus.errors import SourceAnswerInvalid
from fidus.model import Found, Query
from tests.adapters.lists import values
from tests.adapters.properties import destinations, listed, missing, properties
from tests.adapters.urbis import samples
from tests.adapters.urbis.conftest import Place

MANIFEST = Path(__file__).parents[3] / "adapters" / "urbis" / "manifest.toml"
GIVEN = destinations("urbis")
BARE = samples.features("Addresses", samples.address(XL72=None, YL72=None, STREET_ID=None))
ASKED: dict[str, Query] = {
    "address": samples.BY_TEXT,
    "reverse": samples.query("reverse", **samples.POINT),
    "building": samples.query("building", buildingId=samples.BUILDING),
}
# Where a property stands in what a server says: schema -> (which answer, how it is reached from there).
PLACES: dict[str, tuple[tuple[str, tuple[Any, ...]], ...]] = {
    "Address": (("getaddresses", ("result", 0, "address")), ("getaddressfromxy", ("result", "address"))),
    "Point": (("getaddresses", ("result", 0, "point")), ("getaddressfromxy", ("result", "point"))),
    "Addresses": (("Addresses", ()),),
    "Buildings": (("Buildings", ()),),
    "Parcels": (("Capa", ()),),
}


def test_no_property_is_without_a_place_or_a_reason() -> None:
    assert missing("urbis") == []


def test_no_property_is_listed_that_the_schemas_do_not_have() -> None:
    known = properties("urbis")
    assert [path for path in listed("urbis") if path not in known] == []


def test_each_entry_says_one_thing() -> None:
    for path, entry in listed("urbis").items():
        ((kind, told),) = entry.items()
        assert kind in ("to", "within", "leftOut"), path
        assert told, path
        assert isinstance(told, list if kind == "to" else str), path


def test_every_destination_is_a_field_of_its_service_and_every_field_has_a_source() -> None:
    services = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["services"]
    leaves = {
        (service, leaf)
        for service, table in services.items()
        for group in table["contracts"]["v1"].values()
        for leaf in group
    }
    assert {(service, field) for _, service, field in GIVEN} == leaves


def says(features: Any) -> dict[str, Any]:
    return {
        "getaddresses": samples.found(samples.candidate()),
        "getaddressfromxy": samples.nearest(),
        "Addresses": features,
        "Buildings": samples.features("Buildings", samples.building()),
        "Capa": samples.features("Capa", samples.OF_PARCEL),
    }


# With features, with such as leave much to the search, and without any.
WORLDS = (
    says(samples.features("Addresses", samples.address(BOXNUMBER="1"))),
    says(BARE),
    says(samples.features("Addresses")),
)
# By what features are asked for: with another value they are another's.
KEYS = ("Buildings/features/properties/BU_ID", "Parcels/features/properties/CAPAKEY")
_NEAR = {"12": "12-14", "21004A00-": "21005A00-", samples.PARCEL: "21999A0012/00C000"}


def other(value: Any) -> Any:
    """Another value that the contract allows too, and that is still an answer to the question."""
    if isinstance(value, str):
        return _NEAR.get(value, f"{value[:-1]}9")
    return value + 1


def changed(told: dict[str, Any], path: str) -> Iterator[dict[str, Any]]:
    """What the server says with this property another, wherever it stands."""
    schema, *steps = path.split("/")
    for answer, way in PLACES[schema]:
        made = copy.deepcopy(told)
        place = made[answer]
        for step in (*way, *steps[:-1]):
            place = place[step]
            if isinstance(place, list) and step == "features":
                place = place[0] if place else {"properties": {}}
        if steps[-1] in place:
            place[steps[-1]] = other(place[steps[-1]])
            yield made


def test_each_field_changes_with_its_property(certificates: Any) -> None:
    server = Place(certificates, {})

    async def leads(adapter: Urbis, path: str, service: str, field: str) -> bool:
        async def ask(told: dict[str, Any]) -> list[Any]:
            server.says = told
            answer = await adapter.fetch(ASKED[service])
            assert isinstance(answer, Found)
            return values(answer.fields, field.split("."))

        for told in WORLDS:
            before = await ask(told)
            for variant in changed(told, path):
                if path in KEYS:
                    with pytest.raises(SourceAnswerInvalid):
                        await ask(variant)
                    return True
                if await ask(variant) != before:
                    return True
        return False

    async def story() -> list[tuple[str, str, str]]:
        async with server.running() as adapter:
            return [row for row in GIVEN if not await leads(adapter, *row)]

    assert asyncio.run(story()) == []
