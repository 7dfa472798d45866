"""Addresses and buildings of Brussels (UrbIS), asked over REST and WFS 2.0. Nobody signs in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from adapters._lib import making
from adapters._lib.codes import Codes, NotAsAgreed
from adapters._lib.contract import RestContract
from adapters._lib.gate import ping
from adapters._lib.http import HttpClient
from adapters._lib.rest import RestClient
from adapters._lib.wfs import WfsClient
from adapters.urbis import mapping
from adapters.urbis.mapping import ADDRESSES, BUILDINGS, LAMBERT_72, PARCELS, Candidate
from fidus.errors import SourceAnswerInvalid, SourceFault
from fidus.model import Absent, Answer, Found, Query, Subject, SubjectRole, Why

SLUG: Final = "urbis"
CONTRACT: Final = Path(__file__).parents[2] / "contracts" / SLUG

_Parts: TypeAlias = tuple[Mapping[str, Any], Sequence[Subject]]  # of an answer: fields and subjects


def make(basis: making.Basis, options: Mapping[str, Any]) -> Urbis:
    """The adapter of a running hub. Raises ConfigurationInvalid."""
    making.read_options(making.Options, options, SLUG)
    return Urbis(basis)


class Urbis:
    """Implements `fidus.adapter.Adapter` for the services of the manifest."""

    def __init__(self, basis: making.Basis) -> None:
        """Reads the contract. Raises ConfigurationInvalid."""
        self._basis = basis
        self._contract = RestContract(SLUG, CONTRACT / "openapi.yaml")
        towns = tomllib.loads((CONTRACT / "municipalities.toml").read_text(encoding="utf-8"))
        self._codes = Codes({"municipality": towns}, basis.unknown_code)
        self._http = HttpClient(SLUG, basis.site)
        self._rest = RestClient(SLUG, self._http.send, absent=frozenset())
        self._wfs = WfsClient(SLUG, self._http.send, mapping.WFS, f"EPSG:{LAMBERT_72}")
        self._services = {"address": self._address, "building": self._building, "reverse": self._reverse}

    async def fetch(self, query: Query) -> Answer:
        """Ask UrbIS. Raises SourceError, and nothing else."""
        return await self._basis.gate.run(lambda: self._ask(query))

    async def ping(self) -> None:
        """Connect and keep the connection. Raises SourceUnavailable or SourceTimeout."""
        await ping(SLUG, self._http.reach)

    async def close(self) -> None:
        """Give back connections."""
        await self._http.close()

    async def _ask(self, query: Query) -> Answer:
        try:
            found = await self._services[query.service.partition("/")[2]](query)
        except NotAsAgreed as error:
            raise SourceAnswerInvalid(SLUG, str(error)) from None
        today = self._basis.today
        return Absent(found, today) if isinstance(found, Why) else Found(found[0], today, tuple(found[1]))

    async def _address(self, query: Query) -> _Parts | Why:
        found = mapping.trusted(await self._told(query), query)
        if not 1 <= len(found) <= mapping.MOST:
            return Why.TOO_MANY_CANDIDATES if found else Why.UNKNOWN_SUBJECT
        addresses = [await self._whole(one) for one in found]
        role = SubjectRole.ASKED if len(addresses) == 1 else SubjectRole.LISTED
        return {"addresses": addresses}, mapping.each_once(mapping.subject(one, role) for one in addresses)

    async def _reverse(self, query: Query) -> _Parts | Why:
        near = mapping.nearest(await self._told(query), query)
        if near is None:
            return Why.UNKNOWN_SUBJECT
        address = await self._whole(near[0])
        shown = mapping.subject(address, SubjectRole.DISCLOSED, "address")
        return {"address": address, "distance": near[1]}, [shown]

    async def _building(self, query: Query) -> _Parts | Why:
        if "buildingId" in query.values:
            return await self._buildings([query.values["buildingId"]], [])
        found = mapping.trusted(await self._told(query), query)
        if len(found) != 1:
            return Why.TOO_MANY_CANDIDATES if found else Why.UNKNOWN_SUBJECT
        address = await self._whole(found[0])
        asked = mapping.subject(address, SubjectRole.ASKED)
        return await self._buildings(address.get("buildingIds", []), [asked])

    async def _buildings(self, ids: Sequence[str], asked: list[Subject]) -> _Parts | Why:
        if len(ids) > mapping.MOST:
            return Why.TOO_MANY_CANDIDATES
        buildings = [made for one in ids if (made := await self._one_building(one)) is not None]
        if not buildings:
            return Why.UNKNOWN_SUBJECT
        shown = [
            mapping.subject(address, SubjectRole.DISCLOSED, "buildings.addresses")
            for building in buildings
            for address in building["addresses"]
        ]
        return {"buildings": buildings}, [*asked, *mapping.each_once(shown, asked)]

    async def _one_building(self, building_id: str) -> dict[str, Any] | None:
        found = await self._features(BUILDINGS, "BU_ID", building_id)
        if len(found) > 1:
            raise NotAsAgreed("the answer has several buildings of one id")
        if not found:
            return None
        building = mapping.filled_building(found[0], self._codes)
        if key := found[0].get("CAPAKEY"):
            parcels = await self._features(PARCELS, "CAPAKEY", key)
            building["parcels"] = [mapping.filled_parcel(one, self._codes) for one in parcels]
        at = mapping.by_address(await self._features(ADDRESSES, "BU_ID", building_id))
        building["addresses"] = [mapping.one_address(one, None, self._codes) for one in at]
        return building

    async def _whole(self, candidate: Candidate) -> dict[str, Any]:
        features = await self._features(ADDRESSES, "ADNC", candidate.key)
        return mapping.one_address(features, candidate, self._codes)

    async def _told(self, query: Query) -> Any:
        """An answer of the REST family, as its contract says. Raises SourceFault where it says it failed."""
        operation, target = mapping.question(query)
        answer = await self._rest.get(target)
        self._contract.check(operation, answer)
        if not mapping.is_answer(answer):
            raise SourceFault(SLUG, "it says itself that it failed")
        return answer

    async def _features(self, layer: str, attribute: str, value: str) -> list[mapping.Properties]:
        answer = await self._wfs.features(layer, {attribute: value})
        self._contract.check("getFeature", answer)
        return mapping.check_features(answer, layer, attribute, value)
