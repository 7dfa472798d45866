"""The adapter against a server of our own over TLS: what is sent, in which order, and trouble."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from aiohttp import web
from lxml import etree

from adapters._lib.wfs import FES
from adapters.urbis.adapter import Urbis, make
from adapters.urbis.mapping import MOST
from fidus.adapter import Adapter
from fidus.errors import (
    ConfigurationInvalid,
    SourceAnswerInvalid,
    SourceError,
    SourceFault,
    SourceTimeout,
    SourceUnavailable,
)
from fidus.model import Absent, Found, Query, SubjectRole, SubjectType, Why
from tests.adapters.urbis import samples
from tests.adapters.urbis.conftest import basis
from tests.adapters.urbis.samples import BUILDING, BY_FIELDS, BY_TEXT, FIELDS, KEY, PARCEL, POINT, query

BY_POINT = query("reverse", **POINT)
BY_ID = query("building", buildingId=BUILDING)
AT_ADDRESS = query("building", **FIELDS)
ASKED, LISTED, DISCLOSED = SubjectRole.ASKED, SubjectRole.LISTED, SubjectRole.DISCLOSED
ID = "21004/0123/12/"


def all_well(**changes: Any) -> dict[str, Any]:
    """What a server says that behaves."""
    return {
        "getaddresses": samples.found(samples.candidate()),
        "getaddressesfields": samples.found(samples.candidate()),
        "getaddressfromxy": samples.nearest(),
        "Addresses": samples.features("Addresses", samples.address(), samples.address(BOXNUMBER="1")),
        "Buildings": samples.features("Buildings", samples.building()),
        "Capa": samples.features("Capa", samples.OF_PARCEL),
        **changes,
    }


def filters(place: Any) -> list[tuple[str, str, str]]:
    """Layer, attribute and value of each question about features."""
    found = []
    for one in place.asked:
        if "filter" in one.query:
            root = etree.fromstring(one.query["filter"])
            name = root.findtext(f".//{{{FES}}}ValueReference", "")
            found.append((one.query["typeNames"], name, root.findtext(f".//{{{FES}}}Literal", "")))
    return found


def who(answer: Any) -> list[tuple[str | None, SubjectRole, set[str]]]:
    assert all(one.type is SubjectType.ADDRESS for one in answer.subjects)
    return [(one.id, one.role, set(one.fields)) for one in answer.subjects]


@pytest.mark.parametrize("asked", [BY_TEXT, BY_FIELDS], ids=["text", "fields"])
def test_an_address_with_what_its_features_tell(place: Any, asked: Query) -> None:
    server = place(**all_well())
    answer = server.fetched(asked)
    assert isinstance(answer, Found)
    (told,) = answer.fields["addresses"]
    assert (told["nisCode"], told["boxes"], told["parcelKeys"]) == ("21004", ["1"], [PARCEL])
    assert who(answer) == [(ID, ASKED, set())]
    assert str(answer.as_of) == "2026-03-02"  # in Brussels
    assert filters(server) == [("urbisvector:Addresses", "ADNC", KEY)]
    assert [one.method for one in server.asked] == ["GET", "GET"]
    assert all("Authorization" not in one.headers for one in server.asked)


def several(count: int) -> dict[str, Any]:
    """As many addresses of one name, each with features of its own."""
    many = [samples.candidate(adNc=f"{nth}") for nth in range(count)]

    async def features(request: web.Request) -> Any:
        key = etree.fromstring(request.query["filter"]).findtext(f".//{{{FES}}}Literal", "")
        return samples.features("Addresses", samples.address(ADNC=key, STREET_ID=f"{int(key):04d}"))

    return all_well(getaddresses=samples.found(*many), Addresses=features)


def test_several_trusted_candidates_are_listed(place: Any) -> None:
    answer = place(**several(MOST)).fetched(BY_TEXT)
    assert [one["streetCode"] for one in answer.fields["addresses"]] == [f"{nth:04d}" for nth in range(MOST)]
    assert who(answer) == [(f"21004/{nth:04d}/12/", LISTED, set()) for nth in range(MOST)]


def test_too_many_are_not_looked_up(place: Any) -> None:
    server = place(**several(MOST + 1))
    answer = server.fetched(BY_TEXT)
    assert isinstance(answer, Absent)
    assert answer.why is Why.TOO_MANY_CANDIDATES
    assert filters(server) == []


@pytest.mark.parametrize("asked", [BY_TEXT, AT_ADDRESS])
def test_what_is_not_trusted_is_not_there(place: Any, asked: Query) -> None:
    fuzzy = samples.found(samples.candidate(qualificationCode__streetName="0"))
    answer = place(**all_well(getaddresses=fuzzy, getaddressesfields=fuzzy)).fetched(asked)
    assert isinstance(answer, Absent)
    assert answer.why is Why.UNKNOWN_SUBJECT


def test_an_address_that_has_no_features_yet_is_without_number(place: Any) -> None:
    answer = place(**all_well(Addresses=samples.features("Addresses"))).fetched(BY_TEXT)
    assert answer.fields["addresses"][0]["houseNumber"] == "12"
    assert who(answer) == [(None, ASKED, set())]


def test_the_address_nearest_to_a_point(place: Any) -> None:
    answer = place(**all_well()).fetched(BY_POINT)
    assert (answer.fields["distance"], answer.fields["address"]["houseNumber"]) == (5.32, "12")
    assert who(answer) == [(ID, DISCLOSED, {"address"})]
    absent = place(**all_well(getaddressfromxy=samples.nearest(result=None))).fetched(BY_POINT)
    assert isinstance(absent, Absent)


def test_a_building_by_its_id(place: Any) -> None:
    server = place(**all_well())
    answer = server.fetched(BY_ID)
    (told,) = answer.fields["buildings"]
    assert (told["buildingId"], told["height"]) == (BUILDING, 9.5)
    assert told["parcels"] == [{"parcelKey": PARCEL, "area": 310.0}]
    assert [one["houseNumber"] for one in told["addresses"]] == ["12"]
    assert who(answer) == [(ID, DISCLOSED, {"buildings.addresses"})]
    assert filters(server) == [
        ("urbisvector:Buildings", "BU_ID", BUILDING),
        ("urbisvector:Capa", "CAPAKEY", PARCEL),
        ("urbisvector:Addresses", "BU_ID", BUILDING),
    ]


def test_the_building_at_an_address(place: Any) -> None:
    more = samples.address(POLICENUM="14")
    own, both = (
        samples.features("Addresses", *some) for some in ([samples.address()], [samples.address(), more])
    )

    async def features(request: web.Request) -> Any:
        return own if "ADNC" in request.query["filter"] else both

    answer = place(**all_well(Addresses=features)).fetched(AT_ADDRESS)
    assert [one["houseNumber"] for one in answer.fields["buildings"][0]["addresses"]] == ["12", "14"]
    assert who(answer) == [(ID, ASKED, set()), ("21004/0123/14/", DISCLOSED, {"buildings.addresses"})]


def test_a_building_without_parcel_or_addresses(place: Any) -> None:
    bare = samples.features("Buildings", samples.building(CAPAKEY=None))
    answer = place(**all_well(Buildings=bare, Addresses=samples.features("Addresses"))).fetched(BY_ID)
    assert "parcels" not in answer.fields["buildings"][0]
    assert answer.subjects == ()


def test_an_address_without_building_and_one_in_too_many(place: Any) -> None:
    none = samples.features("Addresses", samples.address(BU_ID=None))
    many = samples.features("Addresses", *(samples.address(BU_ID=f"{nth}") for nth in range(MOST + 1)))
    for features, why in ((none, Why.UNKNOWN_SUBJECT), (many, Why.TOO_MANY_CANDIDATES)):
        answer = place(**all_well(Addresses=features)).fetched(AT_ADDRESS)
        assert isinstance(answer, Absent)
        assert answer.why is why
    unknown = place(**all_well(Buildings=samples.features("Buildings"))).fetched(BY_ID)
    assert isinstance(unknown, Absent)


def test_several_addresses_have_no_one_building(place: Any) -> None:
    both = samples.found(samples.candidate(), samples.candidate(adNc="other"))
    answer = place(**all_well(getaddressesfields=both)).fetched(AT_ADDRESS)
    assert isinstance(answer, Absent)
    assert answer.why is Why.TOO_MANY_CANDIDATES


def test_an_unknown_municipality_is_counted(place: Any) -> None:
    elsewhere = samples.features("Addresses", samples.address(STATNISCODE="23094A00-"))
    server = place(**all_well(Addresses=elsewhere))
    assert isinstance(server.fetched(BY_TEXT), Found)
    assert server.unknown == ["municipality"]


# --- trouble

EVERY = {"address": BY_TEXT, "building": BY_ID, "at-address": AT_ADDRESS, "reverse": BY_POINT}
FIRST = {
    "address": "getaddresses",
    "building": "Buildings",
    "at-address": "Addresses",
    "reverse": "Addresses",
}
STATUSES: dict[int, type[SourceError]] = {
    204: SourceFault,
    400: SourceFault,
    404: SourceFault,
    500: SourceFault,
}
STATUSES |= {429: SourceUnavailable, 503: SourceUnavailable}


def raised(server: Any, asked: Query) -> type[SourceError]:
    with pytest.raises(SourceError) as caught:
        server.fetched(asked)
    for secret in ("Inventée", KEY, BUILDING):
        assert secret not in repr(caught.value)
    return type(caught.value)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(("status", "error"), STATUSES.items())
def test_each_status_of_the_contract_means_one_thing(place: Any, name: str, status: int, error: type) -> None:
    async def respond(_: web.Request) -> web.Response:
        return web.Response(status=status)

    assert raised(place(**all_well(**{FIRST[name]: respond})), EVERY[name]) is error


REPORT = '<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1"/>'


@pytest.mark.parametrize("layer", ["Addresses", "Buildings", "Capa"])
def test_a_report_under_status_200_is_a_fault(place: Any, layer: str) -> None:
    async def respond(_: web.Request) -> web.Response:
        return web.Response(text=REPORT, content_type="application/xml")

    assert raised(place(**all_well(**{layer: respond})), BY_ID) is SourceFault


@pytest.mark.parametrize("name", ["getaddresses", "getaddressesfields", "getaddressfromxy"])
@pytest.mark.parametrize("more", [{"error": True}, {"status": "failed"}])
def test_a_search_that_says_it_failed_is_a_fault(place: Any, name: str, more: dict[str, Any]) -> None:
    server = place(**all_well())
    asked = {"getaddresses": BY_TEXT, "getaddressesfields": BY_FIELDS, "getaddressfromxy": BY_POINT}[name]
    server.says[name].update(more)
    assert raised(server, asked) is SourceFault


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({"getaddresses": {"result": []}}, BY_TEXT),
        ({"getaddresses": samples.found(samples.candidate(address__number="99"))}, BY_TEXT),
        ({"getaddressfromxy": samples.nearest(result__point__x=1)}, BY_POINT),
        ({"getaddresses": samples.found(samples.candidate(adNc="\x00"))}, BY_TEXT),
        ({"Addresses": samples.features("Addresses", samples.address(ADNC="other"))}, BY_TEXT),
        ({"Addresses": samples.features("Buildings", samples.building())}, BY_ID),
        ({"Buildings": samples.features("Buildings", samples.building(), samples.building())}, BY_ID),
        ({"Buildings": samples.features("Buildings", samples.building(BU_ID="1"))}, BY_ID),
        ({"Buildings": samples.features("Buildings", samples.building(), numberMatched=2)}, BY_ID),
        ({"Capa": samples.features("Capa", {"CAPAKEY": "21999A0012/00_000"})}, BY_ID),
        ({"Buildings": {"type": "FeatureCollection"}}, BY_ID),
    ],
)
def test_what_is_not_as_agreed_is_no_answer(place: Any, changes: dict[str, Any], asked: Query) -> None:
    assert raised(place(**all_well(**changes)), asked) is SourceAnswerInvalid


def test_the_deadline_is_that_of_all_questions_together(place: Any) -> None:
    async def slow(_: web.Request) -> Any:
        await asyncio.sleep(0.25)
        return samples.features("Addresses", samples.address())

    server = place(**all_well(Addresses=slow, getaddresses=samples.found(samples.candidate())))
    server.deadline_s = 0.2
    assert raised(server, BY_TEXT) is SourceTimeout


def test_nothing_is_logged(place: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        place(**all_well()).fetched(BY_TEXT)
    ours = [one for one in caplog.records if not one.name.startswith(("asyncio", "aiohttp"))]
    assert ours == []


def test_it_is_an_adapter_that_takes_no_options_of_its_own(certificates: Any) -> None:
    given = basis(certificates.get("source").certificate, "https://localhost:1")
    adapter: Adapter = make(given, {})
    assert isinstance(adapter, Urbis)
    with pytest.raises(ConfigurationInvalid):
        make(given, {"token": "x"})


def test_who_answers_with_nobody_there(certificates: Any) -> None:
    async def story() -> None:
        adapter = make(basis(certificates.get("source").certificate, "https://127.0.0.1:1"), {})
        with pytest.raises(SourceUnavailable):
            await adapter.ping()
        await adapter.close()

    asyncio.run(story())
