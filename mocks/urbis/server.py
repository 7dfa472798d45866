"""The mock UrbIS: checks each request by the contract, then answers from the town. Nobody signs in; TLS only.

No request is logged but by operation and what is wrong with it: its URL names an address.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from mocks.asked import Asked
from mocks.faults import REPORT, REST_KINDS, Fault, Faults
from mocks.openapi import Contract, Operation, Wrong
from mocks.rest import Refused, asked, operation, packed, problem
from mocks.urbis.filters import conditions
from mocks.urbis.layers import ADDRESSES, BUILDINGS, MOST, PARCELS, Layers, collection
from mocks.urbis.localize import Localize
from mocks.urbis.reports import MEDIA, Report
from mocks.wire import JSON, send
from mocks.world import World

FEATURES = "getFeature"
LAMBERT_72 = ("31370", "EPSG:31370")
_SCHEMAS = {ADDRESSES: "Addresses", BUILDINGS: "Buildings", PARCELS: "Parcels"}
_REPORTED = Report("NoApplicableCode", None, "misbehaving as it was asked to")
_log = logging.getLogger("mocks.urbis")


class Urbis:
    """The source."""

    slug = "urbis"
    path = "/"

    def __init__(self, world: World, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.faults = Faults(frozenset(REST_KINDS) | {REPORT})
        self.asked: list[Asked] = []
        self._clock = clock
        self._contract = Contract(self.slug)
        self._layers = Layers(world.town)
        self._localize = Localize(world.town)
        self._attributes: Mapping[str, Collection[str]] = {
            layer: _properties(self._contract.schema(name)) for layer, name in _SCHEMAS.items()
        }
        self._answers: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "findAddresses": self._localize.find,
            "validateAddress": self._localize.validate,
            "reverse": self._localize.reverse,
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        noted = Asked(self._clock(), self.slug, None, None)
        features = False
        try:
            wanted = operation(self._contract, request)
            features = wanted.id == FEATURES
            noted = Asked(noted.at, f"{self.slug}/{wanted.id}", None, None)
            try:
                values = await asked(request, wanted)
                _in_lambert_72(values)
                found = self._conditions(values) if features else {}
                noted = Asked(noted.at, noted.service, ",".join(_keys(values, found)) or None, None)
            finally:
                self.asked.append(noted)
            if features:
                return await self._feature(request, wanted, values, found)
            return await self._address(request, wanted, values)
        except Report as report:
            return _reported(report, 200)
        except Wrong as wrong:
            refused = Refused(400, str(wrong))
        except Refused as other:
            refused = other
        _log.warning("refused: %s", refused.detail)
        if features and refused.status == 400:
            return _reported(Report("InvalidParameterValue", None, refused.detail), 400)
        return problem(refused)

    async def _address(
        self, request: web.Request, wanted: Operation, values: Mapping[str, Any]
    ) -> web.StreamResponse:
        acting = self.faults.take(*_keys(values, {}), among=frozenset(REST_KINDS))
        if _is(acting, "wrongSubject"):
            answer = self._localize.strange(wanted.id, values)
        else:
            answer = self._answers[wanted.id](values)
        return await _sent(request, wanted, answer, acting)

    async def _feature(
        self, request: web.Request, wanted: Operation, values: Mapping[str, Any], found: Mapping[str, str]
    ) -> web.StreamResponse:
        acting = self.faults.take(*_keys(values, found))
        if _is(acting, REPORT):
            raise _REPORTED
        look = self._layers.other if _is(acting, "wrongSubject") else self._layers.matching
        matching = look(values["typeNames"], found)
        answer = collection(matching, values.get("startIndex", 0), values.get("count", MOST))
        return await _sent(request, wanted, answer, acting)

    def _conditions(self, values: Mapping[str, Any]) -> Mapping[str, str]:
        """What the filter asks of the layer's attributes. Raises Report."""
        text = values.get("filter")
        return {} if text is None else conditions(text, self._attributes[values["typeNames"]])


def make(_: Path, world: World) -> Urbis:
    """The source of a world; its home holds nothing for it but its TLS key."""
    return Urbis(world)


async def _sent(
    request: web.Request, wanted: Operation, answer: dict[str, Any], acting: Fault | None
) -> web.StreamResponse:
    wanted.answer.validate(answer)
    return await send(request, packed(answer), 200, acting, JSON)


def _reported(report: Report, status: int) -> web.Response:
    _log.warning("reported: %s", report.text)
    return web.Response(status=status, body=report.xml(), headers={"Content-Type": MEDIA})


def _is(acting: Fault | None, kind: str) -> bool:
    return acting is not None and acting.kind == kind


def _properties(schema: Mapping[str, Any]) -> Collection[str]:
    """Attributes of a layer, by the schema of its features."""
    feature = schema["properties"]["features"]["items"]
    return frozenset(feature["properties"]["properties"]["properties"])


def _in_lambert_72(values: Mapping[str, Any]) -> None:
    """The made-up town has coordinates in Lambert 72 alone. Raises Refused for any other."""
    asked_in = values.get("json", {})
    systems = (
        values.get("spatialReference"),
        values.get("srsName"),
        asked_in.get("spatialReference"),
        asked_in.get("SRS_In"),
    )
    if any(system not in (None, *LAMBERT_72) for system in systems):
        raise Refused(400, "this place is mapped in EPSG:31370 only")


def _keys(values: Mapping[str, Any], found: Mapping[str, str]) -> Sequence[str]:
    """By what a fault finds a request: the text, number and street, point, or values of the filter."""
    if "address" in values:
        return (values["address"],)
    json = values.get("json", {})
    if "address" in json:
        return (f"{json['address']['street']['name']} {json['address']['number']}",)
    if "point" in json:
        return (f"{json['point']['x']} {json['point']['y']}",)
    return tuple(found.values())
