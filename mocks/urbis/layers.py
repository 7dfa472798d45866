"""The layers of the WFS: the town as GeoJSON features (RFC 7946), found by their attributes.

Coordinates are Belgian Lambert 72 in metres. What stands at a house number is a square about its point.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import sqrt
from typing import Any, TypeAlias

from mocks.buildings import Building, Town

ADDRESSES, BUILDINGS, PARCELS = (f"urbisvector:{name}" for name in ("Addresses", "Buildings", "Capa"))
_SECTOR = "A00-"  # the world knows no statistical sectors: all of a municipality are its first
MOST = 1_000  # features of one answer, where no `count` is told

_Feature: TypeAlias = Mapping[str, Any]


class Layers:
    """Features of a town. What was looked for by an attribute once is found by it at once."""

    def __init__(self, town: Town) -> None:
        makers = {ADDRESSES: _addresses, BUILDINGS: _building, PARCELS: _parcel}

        @cache
        def layer(name: str) -> Sequence[_Feature]:
            return tuple(feature for one in town.buildings for feature in makers[name](one))

        @cache
        def by(name: str, attribute: str) -> Mapping[str, Sequence[_Feature]]:
            found: dict[str, list[_Feature]] = {}
            for feature in layer(name):
                found.setdefault(str(feature["properties"].get(attribute)), []).append(feature)
            return found

        self._layer, self._by = layer, by

    def matching(self, layer: str, conditions: Mapping[str, str]) -> Sequence[_Feature]:
        """All features of which each attribute has its value, in the layer's order."""
        if not conditions:
            return self._layer(layer)
        first, *_ = conditions
        return [
            one
            for one in self._by(layer, first).get(conditions[first], ())
            if all(str(one["properties"].get(name)) == value for name, value in conditions.items())
        ]

    def other(self, layer: str, conditions: Mapping[str, str]) -> Sequence[_Feature]:
        """One feature that differs in every attribute that is looked for."""
        for one in self._layer(layer):
            if all(str(one["properties"].get(name)) != value for name, value in conditions.items()):
                return [one]
        return ()


def collection(matching: Sequence[_Feature], start: int, count: int) -> dict[str, Any]:
    """A part of the matching features as one collection."""
    shown = matching[start : start + min(count, MOST)]
    return {
        "type": "FeatureCollection",
        "totalFeatures": len(matching),
        "numberMatched": len(matching),
        "numberReturned": len(shown),
        "features": list(shown),
    }


def _addresses(one: Building) -> Iterator[_Feature]:
    """The house number itself, and each box in it."""
    for nth, box in enumerate((None, *one.boxes)):
        properties = {
            "ADNC": one.address_key,
            "STRNAMEFRE": one.street.names.fr,
            "STRNAMEDUT": one.street.names.nl,
            "POLICENUM": one.house_number,
            "ZIPCODE": one.street.postal_code,
            "STATNISCODE": f"{one.street.nis}{_SECTOR}",
            "CAPAKEY": one.parcel.capakey,
            "XL72": one.x,
            "YL72": one.y,
            "BU_ID": one.id,
            "STREET_ID": one.street.code,
        }
        if box is not None:
            properties["BOXNUMBER"] = box
        point = {"type": "Point", "coordinates": [one.x, one.y]}
        yield _feature(f"Addresses.{one.id}-{nth}", point, properties)


def _building(one: Building) -> Iterator[_Feature]:
    properties = {
        "BU_ID": one.id,
        "INSPIRE_ID": one.inspire_id,
        "BLOCK_ID": one.block,
        "CAPAKEY": one.parcel.capakey,
        "AREA": one.area,
        "HEIGHT": one.height,
    }
    yield _feature(f"Buildings.{one.id}", _square(one, one.area), properties)


def _parcel(one: Building) -> Iterator[_Feature]:
    properties = {"CAPAKEY": one.parcel.capakey, "AREA": one.parcel.area}
    yield _feature(f"Capa.{one.id}", _square(one, one.parcel.area), properties)


def _square(one: Building, area: int) -> dict[str, Any]:
    half = sqrt(area) / 2
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    ring = [[round(one.x + east * half, 3), round(one.y + north * half, 3)] for east, north in corners]
    return {"type": "Polygon", "coordinates": [ring]}


def _feature(identifier: str, geometry: Mapping[str, Any], properties: Mapping[str, Any]) -> _Feature:
    return {"type": "Feature", "id": identifier, "geometry": geometry, "properties": properties}
