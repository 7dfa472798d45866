"""What the REST family of UrbIS answers and refuses, over real sockets."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from mocks.places import municipalities
from mocks.urbis.localize import MOST
from mocks.world import world
from tests.mocks.served import Reply
from tests.mocks.urbis.conftest import LOCALIZE, Client

TOWN = world().town
ONE = next(one for one in TOWN.buildings if one.house_number.endswith("B"))
TWIN = "Chaussée de Haecht"  # a street of three municipalities


def result(reply: Reply) -> Any:
    assert (reply.status, reply.media) == (200, "application/json")
    assert (reply.json["error"], reply.json["status"]) == (False, "success")
    return reply.json["result"]


@pytest.mark.parametrize("language", ["fr", "nl"])
@pytest.mark.parametrize("written_in", ["fr", "nl"])
def test_an_address_is_found_in_both_languages_and_told_in_the_one_asked(
    client: Client, language: str, written_in: str
) -> None:
    street = ONE.street
    text = f"{street.names.label(written_in).upper()} {ONE.house_number.lower()}, {street.postal_code}"
    best = result(client.text(text, language))[0]
    assert best["address"] == {
        "street": {
            "name": street.names.label(language),
            "postCode": street.postal_code,
            "municipality": municipalities()[street.nis].label(language),
            "id": street.code,
        },
        "number": ONE.house_number,
    }
    assert best["qualificationCode"] == {
        "policeNumber": "1",
        "postCode": "1",
        "municipality": "0",
        "streetName": "1",
    }
    assert best["qualificationText"]["streetName"] == "Found"
    assert (best["score"], best["adNc"], best["point"]) == (100.0, ONE.address_key, {"x": ONE.x, "y": ONE.y})


def test_without_a_language_the_one_that_fits_is_told(client: Client) -> None:
    for language in ("fr", "nl"):
        best = result(client.text(f"{ONE.street.names.label(language)} {ONE.house_number}", ""))[0]
        assert best["language"] == language


@pytest.mark.parametrize("text", ["Nowhere at all 99999", "?", "1", "Rue Wayezz 13"])
def test_it_always_gives_something_and_says_what_was_not_found(client: Client, text: str) -> None:
    found = result(client.text(text))
    assert 1 <= len(found) <= MOST
    assert all(one["qualificationCode"]["streetName"] == "0" for one in found)
    scores = [one["score"] for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score < 100 for score in scores)


def test_an_unknown_number_gives_the_nearest_one_and_says_so(client: Client) -> None:
    best = result(client.fields(ONE.street.names.fr, "4999"))[0]
    assert best["qualificationCode"]["streetName"] == "1"
    assert best["qualificationCode"]["policeNumber"] == "0"
    assert best["address"]["street"]["id"] == ONE.street.code


def test_one_street_name_in_several_municipalities_gives_several(client: Client) -> None:
    numbers: dict[str, list[Any]] = {}
    for one in TOWN.buildings:
        if one.street.names.fr == TWIN:
            numbers.setdefault(one.house_number, []).append(one)
    number, all_ = max(numbers.items(), key=lambda pair: len(pair[1]))
    assert len(all_) > 1
    found = [
        one
        for one in result(client.fields(TWIN, number))
        if one["qualificationCode"]["policeNumber"] == one["qualificationCode"]["streetName"] == "1"
    ]
    assert {one["adNc"] for one in found} == {one.address_key for one in all_}
    best = result(client.fields(TWIN, number, postcode=all_[-1].street.postal_code))[0]
    assert (best["adNc"], best["qualificationCode"]["postCode"]) == (all_[-1].address_key, "1")


def test_fields_are_found_as_text_is(client: Client) -> None:
    town = municipalities()[ONE.street.nis].nl
    fields = client.fields(ONE.street.names.nl, ONE.house_number, "nl", municipality=town)
    best = result(fields)[0]
    assert best["adNc"] == ONE.address_key
    assert best["qualificationCode"]["municipality"] == "1"
    assert client.mock.last_asked()["key"] == f"{ONE.street.names.nl} {ONE.house_number}"
    assert client.mock.last_asked()["service"] == "urbis/validateAddress"


def test_the_nearest_address_to_a_point(client: Client) -> None:
    reply = client.point(ONE.x + 0.2, ONE.y - 0.1, "nl")
    found = result(reply)
    assert (found["adNc"], found["point"]) == (ONE.address_key, {"x": ONE.x, "y": ONE.y})
    assert found["address"]["street"]["name"] == ONE.street.names.nl


def test_far_from_everything_there_is_no_address(client: Client) -> None:
    reply = client.point(50_000, 200_000)
    assert (reply.status, reply.json["error"], "result" in reply.json) == (200, False, False)


@pytest.mark.parametrize(
    "target",
    [
        "getaddresses?language=fr",
        "getaddresses?language=de&address=x",
        "getaddresses?language=fr&address=",
        "getaddresses?language=fr&address=x&callback=y",
        "getaddresses?language=fr&address=x&address=y",
        "getaddresses?language=fr&address=x&spatialReference=4326",
        "getaddressesfields?json={",
        "getaddressesfields?json=%7B%22language%22:%22fr%22%7D",
        "getaddressfromxy?json=%7B%22language%22:%22fr%22,%22language%22:%22fr%22%7D",
    ],
)
def test_what_the_contract_does_not_have_is_refused_without_repeating_it(client: Client, target: str) -> None:
    reply = client.mock.ask("GET", f"{LOCALIZE}/{target}")
    assert (reply.status, reply.media) == (400, "application/problem+json")
    assert "callback=y" not in reply.json["detail"]


def test_other_paths_and_methods(client: Client) -> None:
    assert client.mock.ask("GET", f"{LOCALIZE}/getxycoord").status == 404
    reply = client.mock.ask("POST", f"{LOCALIZE}/getaddresses")
    assert (reply.status, reply.headers["Allow"]) == (405, "GET")


def test_no_log_line_tells_of_an_address(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.text(f"{ONE.street.names.fr} {ONE.house_number}")
        client.text(ONE.street.names.fr, "de")
        client.features("Addresses", f"<{ONE.street.code}")
    told = caplog.text
    assert "refused:" in told
    assert ONE.street.names.fr not in told
    assert ONE.street.code not in told
