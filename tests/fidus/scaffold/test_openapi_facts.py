"""What of an OpenAPI document binds whom."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from fidus.scaffold.compare import differences
from fidus.scaffold.openapi_facts import facts_of

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Cars", "version": "1"},
    "servers": [{"url": "https://one"}],
    "paths": {
        "/cars/{plate}": {
            "get": {
                "summary": "One car",
                "parameters": [
                    {"in": "path", "name": "plate", "required": True, "schema": {"type": "string"}},
                    {"in": "query", "name": "day", "schema": {"type": "string"}},
                ],
                "responses": {"200": {"description": "It", "content": {}}, "204": {"description": "None"}},
            }
        }
    },
    "components": {
        "schemas": {
            "Car": {
                "type": "object",
                "required": ["plate", "description"],
                "properties": {
                    "plate": {"type": "string"},
                    "description": {"type": "string", "description": "x"},
                },
            }
        }
    },
}


def told(change: Any) -> list[str]:
    other = deepcopy(DOCUMENT)
    change(other)
    return [str(one) for one in differences(facts_of(DOCUMENT), facts_of(other))]


def test_what_people_read_and_where_the_server_stands_bind_nobody() -> None:
    def change(other: Any) -> None:
        other["servers"] = []
        other["info"]["version"] = "2"
        get = other["paths"]["/cars/{plate}"]["get"]
        get["summary"] = "A car"
        get["parameters"].reverse()
        get["x-ours"] = 1
        car = other["components"]["schemas"]["Car"]
        car["required"].reverse()
        car["properties"]["description"]["description"] = "y"

    assert told(change) == []


def test_a_member_that_is_called_like_a_keyword_is_a_member() -> None:
    def change(other: Any) -> None:
        del other["components"]["schemas"]["Car"]["properties"]["description"]

    assert told(change) == ["components/schemas/Car/properties/description: only ours has it"]


def test_each_change_is_told_by_its_place() -> None:
    def change(other: Any) -> None:
        get = other["paths"]["/cars/{plate}"]["get"]
        del get["responses"]["204"]
        get["parameters"][1]["schema"]["type"] = "integer"
        other["components"]["schemas"]["Car"]["required"].append("vin")
        other["paths"]["/vans"] = {"get": {"responses": {}}}

    assert told(change) == [
        "components/schemas/Car/required/vin: only the source has it",
        "paths/~1cars~1{plate}/get/parameters/query:day/schema/type: "
        "ours says `string`, the source `integer`",
        "paths/~1cars~1{plate}/get/responses/204: only ours has it",
        "paths/~1vans: only the source has it",
    ]
