"""The adapter against the mock of UrbIS: places of the world, and each misdeed."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.urbis.adapter import make
from fidus.errors import SourceAnswerInvalid, SourceError, SourceFault, SourceTimeout, SourceUnavailable
from fidus.model import Absent, Answer, Found, Query, SubjectRole, Why
from mocks.places import municipalities
from mocks.urbis.server import Urbis as MockUrbis
from mocks.world import world
from tests.adapters.urbis.conftest import basis
from tests.adapters.urbis.samples import query
from tests.mocks.served import Served, served

TOWN = world().town
MANIFEST = Path(__file__).parents[3] / "adapters" / "urbis" / "manifest.toml"
BOXES = next(one for one in TOWN.buildings if len(one.boxes) > 1)
LETTER = next(one for one in TOWN.buildings if one.house_number.endswith("B"))
STREET = {"street": BOXES.street.names.fr, "postalCode": BOXES.street.postal_code}
BY_FIELDS = {**STREET, "houseNumber": BOXES.house_number}
EVERY = {
    "address": query("address", addressText=f"{BOXES.street.names.fr} {BOXES.house_number}"),
    "fields": query("address", **BY_FIELDS),
    "building": query("building", buildingId=BOXES.id),
    "at-address": query("building", **BY_FIELDS),
    "reverse": query("reverse", x=BOXES.x + 1, y=BOXES.y),
}
every_way = pytest.mark.parametrize("asked", EVERY.values(), ids=EVERY.keys())


@pytest.fixture(scope="module")
def mock(certificates: Any) -> Iterator[Served]:
    with served(MockUrbis(world()), certificates.get("tls").certificate.parent, "tls") as running:
        yield running


@pytest.fixture
def ask(mock: Served, certificates: Any) -> Any:
    """Asks as a hub does; the mock behaves until it is told otherwise."""
    mock.control("DELETE", "faults")

    def fetch(asked: Query, deadline_s: float = 5.0) -> Answer:
        async def story() -> Answer:
            adapter = make(basis(certificates.get("tls").certificate, mock.url, deadline_s), {})
            try:
                return await adapter.fetch(asked)
            finally:
                await adapter.close()

        return asyncio.run(story())

    return fetch


@pytest.mark.parametrize("name", ["address", "fields"])
def test_an_address_is_found_with_its_boxes_building_and_parcel(ask: Any, name: str) -> None:
    answer = ask(EVERY[name])
    assert isinstance(answer, Found)
    (told,) = [one for one in answer.fields["addresses"] if one["postalCode"] == STREET["postalCode"]]
    town = municipalities()[BOXES.street.nis]
    assert told == {
        "street": {"fr": BOXES.street.names.fr, "nl": BOXES.street.names.nl},
        "municipality": {"fr": town.fr, "nl": town.nl},
        "houseNumber": BOXES.house_number,
        "postalCode": BOXES.street.postal_code,
        "nisCode": BOXES.street.nis,
        "streetCode": BOXES.street.code,
        "boxes": list(BOXES.boxes),
        "buildingIds": [BOXES.id],
        "parcelKeys": [BOXES.parcel.capakey],
        "point": {"x": BOXES.x, "y": BOXES.y},
    }


def test_every_kind_of_house_number_is_found_in_both_languages(ask: Any) -> None:
    ranges = [one for one in TOWN.buildings if "-" in one.house_number]
    for one in (LETTER, *ranges[:1], *TOWN.buildings[::400]):
        for language in ("fr", "nl"):
            values = {
                "street": one.street.names.label(language).lower(),
                "houseNumber": one.house_number.lower(),
                "postalCode": one.street.postal_code,
            }
            answer = ask(query("address", **values))
            assert [told["streetCode"] for told in answer.fields["addresses"]] == [one.street.code]
            (subject,) = answer.subjects
            assert subject.id == f"{one.street.nis}/{one.street.code}/{one.house_number}/".upper()
            assert subject.role is SubjectRole.ASKED


def test_a_street_of_several_municipalities_lists_its_addresses(ask: Any) -> None:
    of_name = [one for one in TOWN.buildings if one.street.names.fr == "Chaussée de Haecht"]
    numbers = [one.house_number for one in of_name]
    number = max(numbers, key=numbers.count)
    there = {one.street.nis for one in of_name if one.house_number == number}
    assert len(there) > 1
    answer = ask(query("address", addressText=f"Chaussée de Haecht {number}"))
    assert {one["nisCode"] for one in answer.fields["addresses"]} == there
    assert {one.role for one in answer.subjects} == {SubjectRole.LISTED}


@pytest.mark.parametrize(
    "text", ["Nowhere 12", f"{STREET['street']} 4999", f"{STREET['street']}x {BOXES.house_number}", "12", "?"]
)
def test_what_the_search_only_guesses_is_not_there(ask: Any, text: str) -> None:
    answer = ask(query("address", addressText=text))
    assert isinstance(answer, Absent)
    assert answer.why is Why.UNKNOWN_SUBJECT


@pytest.mark.parametrize("name", ["building", "at-address"])
def test_a_building_with_parcel_and_addresses(ask: Any, name: str) -> None:
    (told,) = ask(EVERY[name]).fields["buildings"]
    assert told["uri"] == BOXES.inspire_id
    assert (told["block"], told["area"], told["height"]) == (BOXES.block, BOXES.area, BOXES.height)
    assert told["parcels"] == [{"parcelKey": BOXES.parcel.capakey, "area": BOXES.parcel.area}]
    assert [one["boxes"] for one in told["addresses"]] == [list(BOXES.boxes)]


def test_the_nearest_address(ask: Any) -> None:
    fields = ask(EVERY["reverse"]).fields
    assert (fields["distance"], fields["address"]["houseNumber"]) == (1.0, BOXES.house_number)
    assert isinstance(ask(query("reverse", x=10, y=10.5)), Absent)


def test_no_such_building(ask: Any) -> None:
    assert isinstance(ask(query("building", buildingId="1")), Absent)


def test_the_examples_of_the_manifest_are_answered(ask: Any) -> None:
    services = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["services"]
    for name, service in services.items():
        assert isinstance(ask(query(name, **service["example"])), Found), name


@every_way
@pytest.mark.parametrize(
    ("kind", "values", "error"),
    [
        ("reset", {}, SourceUnavailable),
        ("status", {"status": 429}, SourceUnavailable),
        ("status", {"status": 503}, SourceUnavailable),
        ("status", {"status": 500}, SourceFault),
        ("truncate", {"bytes": 0}, SourceAnswerInvalid),
        ("truncate", {"bytes": 60}, SourceAnswerInvalid),
        ("hugeBody", {"bytes": 3_000_000}, SourceAnswerInvalid),
        ("duplicateMember", {}, SourceAnswerInvalid),
        ("wrongSubject", {}, SourceAnswerInvalid),
        ("exceptionReport", {}, SourceFault),
        ("delay", {"seconds": 2}, SourceTimeout),
        ("slowBody", {}, SourceTimeout),
    ],
)
def test_each_misdeed_leads_to_its_error(
    ask: Any, mock: Served, asked: Query, kind: str, values: dict[str, Any], error: type
) -> None:
    mock.misbehave(kind=kind, **values)
    with pytest.raises(SourceError) as caught:
        ask(asked, 0.4 if error is SourceTimeout else 5.0)
    assert type(caught.value) is error
    assert BOXES.street.names.fr not in repr(caught.value)
    mock.control("DELETE", "faults")
    assert isinstance(ask(asked), Found)
