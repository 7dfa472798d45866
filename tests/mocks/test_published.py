"""A mock publishes its contract, and nothing beside it."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from lxml import etree

from mocks.published import CONTRACTS, published


def document(target: str, slug: str = "national-register", method: str = "GET") -> tuple[int, bytes] | None:
    found = published(slug, make_mocked_request(method, target))
    if found is None:
        return None
    assert isinstance(found.body, bytes)
    return found.status, found.body


def test_a_wsdl_and_what_it_points_to() -> None:
    for target in ("/rn?wsdl", "/rn?wsdl=RetrieveTIGroupsV2.wsdl"):
        found = document(target)
        assert found is not None
        assert found[0] == 200
        assert b'schemaLocation="?xsd=RetrieveTIGroupsServiceV2.xsd"' in found[1]
    schema = document("/rn?xsd=personservice-protocol.xsd")
    assert schema is not None
    assert etree.fromstring(schema[1]).tag.endswith("}schema")


def test_an_openapi_document_as_it_is() -> None:
    found = document("/v1/openapi.yaml", "div")
    assert found == (200, (CONTRACTS / "div" / "openapi.yaml").read_bytes())


@pytest.mark.parametrize(
    "target", ["/rn?xsd", "/rn?xsd=../div/openapi.yaml", "/rn?wsdl=*", "/rn?xsd=none.xsd"]
)
def test_a_name_of_none_is_not_found(target: str) -> None:
    found = document(target)
    assert found is not None
    assert found[0] == 404


@pytest.mark.parametrize(("target", "method"), [("/rn", "GET"), ("/rn?wsdl", "POST"), ("/rn?x=1", "GET")])
def test_whoever_asks_for_none_is_let_through(target: str, method: str) -> None:
    assert document(target, method=method) is None
