"""What an institution sees of its flows, and nothing of others'."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import jsonschema
import pytest

if TYPE_CHECKING:
    from tests.fidus.api.conftest import World


def test_the_list_holds_ones_own_flows_in_force_or_not(world: World) -> None:
    reply = world.ask("/flows").json
    assert [item["id"] for item in reply["items"]] == ["own-address", "own-confirm", "own-old"]
    assert reply["total"] == 3
    assert [item["id"] for item in world.ask("/flows", who="other").json["items"]] == ["other-address"]


def test_an_institution_without_flow_has_an_empty_list(world: World) -> None:
    world.hub.catalogue = replace(world.hub.catalogue, flows={})
    reply = world.ask("/flows")
    assert (reply.status, reply.json["items"], reply.json["total"]) == (200, [], 0)


def test_a_flow_tells_everything_about_itself(world: World) -> None:
    told = world.ask("/flows/own-address").json
    host, port = world.address
    assert told["href"] == f"https://{host}:{port}/fidus/v1/flows/own-address"
    assert told["service"] == "national-register/address"
    assert (told["mode"], told["suspended"]) == ("data", False)
    assert told["purpose"] == {"fr": "Un but", "nl": "Een doel", "de": "Ein Zweck", "en": "A purpose"}
    assert told["deliberation"] == {"number": "12/2026", "date": "2026-01-12"}
    assert told["channels"] == ["api", "batch"]
    assert (told["validFrom"], told["validUntil"]) == ("2026-01-01", "2099-12-31")
    assert told["quota"] == {"perSecond": 20, "perDay": 5000}
    assert "address.postalCode" in told["fields"]
    assert "confirmSchema" not in told


def test_what_does_not_apply_is_left_out(world: World) -> None:
    assert "deliberation" not in world.ask("/flows/own-old").json


def test_a_suspended_flow_says_so(world: World) -> None:
    assert world.ask("/flows/own-old").json["suspended"] is True


def test_a_confirm_flow_tells_what_can_be_compared(world: World) -> None:
    told = world.ask("/flows/own-confirm").json
    assert told["fields"] == list(told["confirmSchema"]["properties"]) == ["address"]


@pytest.mark.parametrize("name", ["own-address", "own-confirm"])
def test_the_example_is_taken_as_it_is(world: World, name: str) -> None:
    told = world.ask(f"/flows/{name}").json
    jsonschema.validate(told["example"]["query"], told["querySchema"])
    if "confirmSchema" in told:
        jsonschema.validate(told["example"]["confirm"], told["confirmSchema"])
    assert world.consult(name, body=told["example"]).status == 200


def test_a_data_flow_tells_the_shape_of_what_it_hands_over_and_an_answer_has_it(world: World) -> None:
    told = world.ask("/flows/own-address").json
    assert "dataSchema" not in world.ask("/flows/own-confirm").json
    (address,) = told["dataSchema"]["properties"].values()
    assert sorted(f"address.{name}" for name in address["properties"]) == sorted(told["fields"])
    assert set(address["x-titles"]) == {"fr", "nl", "de", "en"}
    answer = world.consult("own-address", body=told["example"]).json
    jsonschema.validate(answer["data"], told["dataSchema"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**answer["data"], "sex": "1"}, told["dataSchema"])
