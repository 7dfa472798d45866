"""The WFS of UrbIS: layers, filters, and what is wrong told in reports, over real sockets."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from mocks.urbis.reports import OWS
from mocks.world import world
from tests.mocks.served import Reply
from tests.mocks.urbis.conftest import Client, equal, filter_of

TOWN = world().town
ONE = next(one for one in TOWN.buildings if len(one.boxes) > 1)


def features(reply: Reply) -> Any:
    assert (reply.status, reply.media) == (200, "application/json")
    assert reply.json["numberReturned"] == len(reply.json["features"])
    return reply.json["features"]


def report(reply: Reply) -> tuple[int, str | None, str | None]:
    """Status, code and parameter of an exception report."""
    assert reply.media == "application/xml"
    root = etree.fromstring(reply.body)
    assert (root.tag, root.get("version")) == (f"{{{OWS}}}ExceptionReport", "2.0.0")
    (one,) = root
    assert one.findtext(f"{{{OWS}}}ExceptionText")
    return reply.status, one.get("exceptionCode"), one.get("locator")


def test_an_address_has_a_feature_for_itself_and_for_each_box(client: Client) -> None:
    found = features(client.features("Addresses", filter_of(equal("ADNC", ONE.address_key))))
    assert [one["properties"].get("BOXNUMBER") for one in found] == [None, *ONE.boxes]
    told = found[0]["properties"]
    assert (told["STRNAMEFRE"], told["STRNAMEDUT"]) == (ONE.street.names.fr, ONE.street.names.nl)
    assert (told["POLICENUM"], told["ZIPCODE"]) == (ONE.house_number, ONE.street.postal_code)
    assert told["STATNISCODE"].startswith(ONE.street.nis)
    assert (told["CAPAKEY"], told["BU_ID"]) == (ONE.parcel.capakey, ONE.id)
    assert found[0]["geometry"] == {"type": "Point", "coordinates": [ONE.x, ONE.y]}


def test_a_building_and_its_parcel(client: Client) -> None:
    (building,) = features(client.features("Buildings", filter_of(equal("BU_ID", ONE.id))))
    assert building["properties"]["INSPIRE_ID"] == ONE.inspire_id
    (parcel,) = features(client.features("Capa", filter_of(equal("CAPAKEY", ONE.parcel.capakey))))
    assert parcel["properties"]["AREA"] == ONE.parcel.area
    for one in (building, parcel):
        (ring,) = one["geometry"]["coordinates"]
        assert ring[0] == ring[-1]


def test_and_of_several(client: Client) -> None:
    both = equal("BU_ID", ONE.id) + equal("BOXNUMBER", ONE.boxes[0])
    (found,) = features(client.features("Addresses", filter_of(f"<And>{both}</And>")))
    assert found["properties"]["BOXNUMBER"] == ONE.boxes[0]


def test_values_are_read_as_xml_has_them(client: Client) -> None:
    quoted = next(one for one in TOWN.buildings if "'" in one.street.names.fr)
    name = quoted.street.names.fr.replace("'", "&#39;")
    found = features(client.features("Addresses", filter_of(equal("STRNAMEFRE", f"<![CDATA[]]>{name}"))))
    assert found[0]["properties"]["STRNAMEFRE"] == quoted.street.names.fr
    assert features(client.features("Addresses", filter_of(equal("STRNAMEFRE", "&lt;&amp;")))) == []


def test_a_part_of_a_layer(client: Client) -> None:
    whole = client.features("Buildings", count="1000").json
    assert whole["numberMatched"] == len(TOWN.buildings)
    part = client.features("Buildings", count="2", startIndex="1").json
    assert part["features"] == whole["features"][1:3]


def test_what_is_not_there_is_no_feature(client: Client) -> None:
    assert features(client.features("Buildings", filter_of(equal("BU_ID", "0")))) == []


@pytest.mark.parametrize(
    "filter_",
    [
        "<",
        "<Filter/>",
        filter_of(""),
        filter_of(equal("BU_ID", "1") * 2),
        filter_of(f"<And>{equal('BU_ID', '1')}</And>"),
        filter_of(f"<And>{equal('BU_ID', '1')}{equal('BU_ID', '2')}</And>"),
        filter_of(f"<Or>{equal('BU_ID', '1')}{equal('BU_ID', '2')}</Or>"),
        filter_of("<PropertyIsLike/>"),
        filter_of(equal("BU_ID", "<b/>")),
        filter_of(equal("UNKNOWN", "1")),
        filter_of(equal("BU_ID", "1")).replace("<Literal>", "<Literal a='b'>"),
        filter_of("<PropertyIsEqualTo><Literal/></PropertyIsEqualTo>"),
        f"<!DOCTYPE Filter [<!ENTITY a '1'>]>{filter_of(equal('BU_ID', '&a;'))}",
        f'<!DOCTYPE Filter SYSTEM "file:///etc/hostname">{filter_of(equal("BU_ID", "1"))}',
        filter_of(equal("BU_ID", "&a;")),
        filter_of("<And>" * 150 + "</And>" * 150),
    ],
)
def test_a_wrong_filter_is_reported_under_status_200(client: Client, filter_: str) -> None:
    assert report(client.features("Buildings", filter_)) == (200, "InvalidParameterValue", "filter")


@pytest.mark.parametrize(
    "changed",
    [
        {"version": "1.1.0"},
        {"typeNames": "urbisvector:StreetAxes"},
        {"outputFormat": "text/xml"},
        {"count": "0"},
        {"count": "x"},
        {"startIndex": "-1"},
        {"srsName": "EPSG:4326"},
        {"callback": "x"},
    ],
)
def test_a_wrong_parameter_is_reported_under_status_400(client: Client, changed: dict[str, str]) -> None:
    reply = client.features("Buildings", **changed)
    assert report(reply) == (400, "InvalidParameterValue", None)


def test_another_method_is_refused(client: Client) -> None:
    reply = client.mock.ask("DELETE", "/geoserver/urbisvector/wfs")
    assert (reply.status, reply.media) == (405, "application/problem+json")
