"""The contract: valid, after the Belgif rules, its examples true, and the same routes as the application."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from openapi_spec_validator import validate

from fidus.api.call import BASE
from fidus.api.contract import Contract
from fidus.api.operations import operations
from fidus.api.problems import all_types

if TYPE_CHECKING:
    from tests.fidus.api.conftest import World

FILE = Path(__file__).parents[3] / "contracts" / "fidus" / "openapi.yaml"
CONTRACT: Mapping[str, Any] = yaml.safe_load(FILE.read_bytes())
SCHEMAS: Mapping[str, Any] = CONTRACT["components"]["schemas"]
LOWER_CAMEL, UPPER_CAMEL = re.compile(r"[a-z][A-Za-z0-9]*"), re.compile(r"[A-Z][A-Za-z0-9]*")
HEALTH = {"UP", "DEGRADED", "DOWN"}


def found() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, item in CONTRACT["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def walked(part: Any, at: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object of the contract with its place; examples are no part of it."""
    if isinstance(part, Mapping):
        yield at, part
        for name, member in part.items():
            if name not in ("example", "examples", "value"):
                yield from walked(member, f"{at}/{name}")
    elif isinstance(part, list):
        for index, member in enumerate(part):
            yield from walked(member, f"{at}/{index}")


OPERATIONS = tuple(found())
each_operation = pytest.mark.parametrize(
    ("path", "method", "operation"), OPERATIONS, ids=[one["operationId"] for _, _, one in OPERATIONS]
)


def resolved(part: Mapping[str, Any]) -> Any:
    """What a reference into the components leads to; else the part itself."""
    found: Any = CONTRACT if "$ref" in part else part
    for step in part.get("$ref", "#/").removeprefix("#/").split("/"):
        found = found[step] if step else found
    return found


def test_it_is_openapi_3_0() -> None:
    assert re.fullmatch(r"3\.0\.\d", CONTRACT["openapi"])
    validate(CONTRACT)


@each_operation
def test_paths_are_lower_camel_case(path: str, method: str, operation: Mapping[str, Any]) -> None:
    segments = path.removeprefix("/").split("/")
    for segment in segments:
        assert LOWER_CAMEL.fullmatch(re.sub(r"^\{|\}$|\.(yaml|json)$", "", segment))
    named = {segment.strip("{}") for segment in segments if segment.startswith("{")}
    assert named == {resolved(one)["name"] for one in CONTRACT["paths"][path].get("parameters", [])}


@each_operation
def test_an_operation_has_id_summary_one_tag_and_the_default_problem(
    path: str, method: str, operation: Mapping[str, Any]
) -> None:
    assert LOWER_CAMEL.fullmatch(operation["operationId"])
    assert operation["summary"]
    assert len(operation["tags"]) == 1
    assert operation["tags"][0] in {tag["name"] for tag in CONTRACT["tags"]}
    assert operation["responses"]["default"] == {"$ref": "#/components/responses/ProblemResponse"}
    if method == "post":
        assert operation["requestBody"]["required"] is True
    else:
        assert "requestBody" not in operation


@each_operation
def test_problems_are_problem_json(path: str, method: str, operation: Mapping[str, Any]) -> None:
    for code, response in operation["responses"].items():
        if code >= "4" and code != "default" and path != "/health":
            assert set(response["content"]) == {"application/problem+json"}


def test_operation_ids_are_unique() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(names)) == len(names)


def test_health_is_there() -> None:
    assert "get" in CONTRACT["paths"]["/health"]


def test_components_are_upper_camel_case_and_each_is_used() -> None:
    text = FILE.read_text(encoding="utf-8")
    for kind, members in CONTRACT["components"].items():
        for name in members:
            assert UPPER_CAMEL.fullmatch(name)
            assert f"#/components/{kind}/{name}" in text


def test_members_are_lower_camel_case_and_no_value_is_null() -> None:
    for place, part in walked(SCHEMAS):
        for name in part.get("properties", {}) if "type" in part else ():
            assert LOWER_CAMEL.fullmatch(name), place
        assert "nullable" not in part, place


def test_codes_are_lower_camel_case() -> None:
    for place, part in walked(SCHEMAS):
        codes = set(part["enum"]) if isinstance(part.get("enum"), list) else set()
        assert codes == HEALTH or all(LOWER_CAMEL.fullmatch(code) for code in codes), place


def test_bodies_are_objects() -> None:
    for _, _, operation in OPERATIONS:
        contents = [response.get("content", {}) for response in operation["responses"].values()]
        for content in [*contents, operation.get("requestBody", {}).get("content", {})]:
            schema = content.get("application/json", {}).get("schema", {"type": "object"})
            assert resolved(schema)["type"] == "object"


def test_what_is_sent_is_closed_and_required_members_exist() -> None:
    for name in ("ConsultationRequest", "ConsultationContext", "EndUser"):
        assert SCHEMAS[name]["additionalProperties"] is False
    for place, part in walked(SCHEMAS):
        if isinstance(part.get("required"), list):
            assert set(part["required"]) <= part["properties"].keys(), place


def test_headers_are_kebab_case_and_none_is_an_x() -> None:
    for place, part in walked(CONTRACT):
        if place.endswith("/headers") and "components" not in place:
            for name in part:
                assert re.fullmatch(r"[A-Z][A-Za-z]*(-[A-Z][A-Za-z]*)*", name), place
                assert not name.startswith("X-")


def test_no_identifier_of_a_person_is_in_a_path_query_or_header() -> None:
    parameters = [part for _, part in walked(CONTRACT) if part.get("in") in ("path", "query", "header")]
    assert parameters
    assert all("ssin" not in part["name"].lower() for part in parameters)


def test_examples_are_true() -> None:
    """Each example of a body or part of it is valid against its schema."""
    components = {"components": CONTRACT["components"]}
    seen = 0
    for place, part in walked(CONTRACT):
        if "schema" not in part:
            continue
        examples = [one["value"] for one in part.get("examples", {}).values()]
        for example in examples + ([part["example"]] if "example" in part else []):
            jsonschema.validate(example, {**part["schema"], **components}, cls=jsonschema.Draft4Validator)
            seen += 1
        assert place
    assert seen > 8


def test_every_problem_of_an_example_is_one_of_ours() -> None:
    types = {kind.type: kind for kind in all_types()}
    examples = CONTRACT["components"]["responses"]["ProblemResponse"]["content"]["application/problem+json"][
        "examples"
    ]
    for one in examples.values():
        kind = types[one["value"]["type"]]
        assert (one["value"]["title"], one["value"]["status"]) == (kind.title, kind.status)
        assert one["value"]["href"] == kind.href("https://fidus.example/fidus/v1")


def test_contract_and_application_have_the_same_operations(world: World) -> None:
    written = {(operation["operationId"], method.upper(), path) for path, method, operation in OPERATIONS}
    table = operations(Contract.read())
    assert {(one.name, one.method, one.path.replace(":.+", "")) for one in table} == written
    assert CONTRACT["servers"][0]["url"] == BASE


def test_what_is_open_is_said_to_be(world: World) -> None:
    open_ = {operation["operationId"] for _, _, operation in OPERATIONS if operation.get("security") == []}
    assert {one.name for one in operations(Contract.read()) if one.open} == open_


def test_media_types_are_those_of_the_contract() -> None:
    for one in operations(Contract.read()):
        (operation,) = (found for _, _, found in OPERATIONS if found["operationId"] == one.name)
        assert set(one.kinds) == set(operation["responses"]["200"]["content"])
