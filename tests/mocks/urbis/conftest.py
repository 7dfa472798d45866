"""UrbIS over real sockets, and a client of another hand that asks it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from mocks.urbis.server import Urbis, make
from mocks.world import world
from tests.mocks.served import Reply, Served, served

LOCALIZE = "/localization/Rest/Localize"
FEATURES = {
    "service": "WFS",
    "version": "2.0.0",
    "request": "GetFeature",
    "outputFormat": "application/json",
}


def equal(name: str, value: str) -> str:
    """One operator of a filter; `value` as it stands in XML."""
    return (
        f"<PropertyIsEqualTo><ValueReference>{name}</ValueReference><Literal>{value}</Literal>"
        "</PropertyIsEqualTo>"
    )


def filter_of(inner: str) -> str:
    return f'<Filter xmlns="http://www.opengis.net/fes/2.0">{inner}</Filter>'


class Client:
    """Asks by each way that the contract has."""

    def __init__(self, mock: Served) -> None:
        self.mock = mock

    def text(self, address: str, language: str = "fr", **more: Any) -> Reply:
        asked = urlencode({"language": language, "address": address, "spatialReference": "31370"} | more)
        return self.mock.ask("GET", f"{LOCALIZE}/getaddresses?{asked}")

    def fields(self, street: str, number: str, language: str = "fr", **place: str) -> Reply:
        address = {"number": number, "street": {"name": street, **place}}
        return self._json("getaddressesfields", {"language": language, "address": address})

    def point(self, x: float, y: float, language: str = "fr", system: str = "31370") -> Reply:
        told = {"language": language, "point": {"x": x, "y": y}, "SRS_In": system}
        return self._json("getaddressfromxy", told)

    def features(self, layer: str, filter_: str | None = None, **more: str) -> Reply:
        asked = FEATURES | {"typeNames": f"urbisvector:{layer}"} | more
        if filter_ is not None:
            asked["filter"] = filter_
        return self.mock.ask("GET", f"/geoserver/urbisvector/wfs?{urlencode(asked)}")

    def _json(self, path: str, value: Any) -> Reply:
        return self.mock.ask("GET", f"{LOCALIZE}/{path}?{urlencode({'json': json.dumps(value)})}")


@pytest.fixture(scope="session")
def urbis(home: Path) -> Urbis:
    return make(home, world())


@pytest.fixture(scope="session")
def _client(urbis: Urbis, home: Path) -> Iterator[Client]:
    with served(urbis, home / "pki") as mock:
        yield Client(mock)


@pytest.fixture
def client(_client: Client, urbis: Urbis) -> Client:
    """One client for all tests; the source behaves."""
    urbis.faults.clear()
    return _client
