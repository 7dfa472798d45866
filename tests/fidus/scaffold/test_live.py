"""A contract as its source publishes it, held against ours: what is followed, what is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from adapters._lib.answers import HttpAnswer, HttpQuestion
from fidus.errors import SourceAnswerInvalid, SourceFault
from fidus.scaffold.compare import Difference
from fidus.scaffold.live import MOST_DOCUMENTS, compare
from fidus.scaffold.pages import ROOT

REGISTER = ROOT / "contracts" / "national-register"
VEHICLES = ROOT / "contracts" / "div" / "openapi.yaml"
POINTER = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="{}"/></xs:schema>'
)

LAUGHS = (
    b"paths: {a: &a0 [1, 2]"
    + b"".join(b", b%d: &a%d [%s]" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 9))
    + b"}"
)


def held(documents: Mapping[str, bytes], target: str, ours: Path) -> tuple[list[Difference], list[str]]:
    """What differs, and what was asked for."""
    asked: list[str] = []

    async def send(question: HttpQuestion) -> HttpAnswer:
        asked.append(question.target)
        body = documents.get(question.target)
        return HttpAnswer(404, "text/plain", b"") if body is None else HttpAnswer(200, "text/xml", body)

    return asyncio.run(compare("register", send, target, ours)), asked


def published(place: str) -> dict[str, bytes]:
    """The register's contract, each document pointing to the others as `place` says ({}: their name)."""
    documents = {}
    for file in [*REGISTER.glob("*.xsd"), REGISTER / "RetrieveTIGroupsV2.wsdl"]:
        text = file.read_text(encoding="utf-8")
        for other in REGISTER.glob("*.xsd"):
            where = place.format(other.name)
            text = text.replace(f'schemaLocation="{other.name}"', f'schemaLocation="{where}"')
        key = "/rn?wsdl" if file.suffix == ".wsdl" else f"/rn?xsd={file.name}"
        documents[key] = text.encode()
    return documents


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("?xsd={}", id="query-alone"),
        pytest.param("rn?xsd={}", id="beside"),
        pytest.param("/rn?xsd={}", id="whole-path"),
        pytest.param("http://inside.example:8080/rn?xsd={}", id="another-host-is-not-asked"),
    ],
)
def test_every_document_that_a_wsdl_points_to_is_compared(place: str) -> None:
    documents = published(place)
    told, asked = held(documents, "/rn?wsdl", REGISTER / "RetrieveTIGroupsV2.wsdl")
    assert told == []
    assert sorted(asked) == sorted(documents)


def test_a_change_far_below_is_found() -> None:
    documents = published("?xsd={}")
    common = documents["/rn?xsd=CommonV3.xsd"]
    documents["/rn?xsd=CommonV3.xsd"] = common.replace(b"SsinType", b"InszType", 1)
    told, _ = held(documents, "/rn?wsdl", REGISTER / "RetrieveTIGroupsV2.wsdl")
    assert any("InszType" in one.path for one in told)


def test_openapi_is_taken_as_yaml_and_as_json() -> None:
    raw = VEHICLES.read_bytes()
    as_json = json.dumps(yaml.safe_load(raw), default=str).encode()
    for body in (raw, as_json):
        assert held({"/openapi": body}, "/openapi", VEHICLES)[0] == []
    changed = raw.replace(b"maxLength: 8192", b"maxLength: 4096")
    assert len(held({"/openapi": changed}, "/openapi", VEHICLES)[0]) == 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(LAUGHS, id="aliases-of-aliases"),
        pytest.param(b"paths: &x {a: *x}", id="alias-of-itself"),
        pytest.param(b"[" * 100_000, id="nested"),
        pytest.param(b"a: [", id="broken"),
        pytest.param(b"\xff\xfe", id="no-utf8"),
        pytest.param(b"- 1", id="no-object"),
        pytest.param(b"!!python/object/apply:os.system ['true']", id="tag"),
    ],
)
def test_openapi_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(SourceAnswerInvalid):
        held({"/openapi": body}, "/openapi", VEHICLES)


def test_a_contract_that_is_no_xml_or_not_there_is_refused() -> None:
    wsdl = REGISTER / "RetrieveTIGroupsV2.wsdl"
    with pytest.raises(SourceAnswerInvalid):
        held({"/rn?wsdl": b"<!DOCTYPE a><a/>"}, "/rn?wsdl", wsdl)
    with pytest.raises(SourceFault):
        held({}, "/rn?wsdl", wsdl)


def test_documents_that_go_in_a_circle_are_read_once_and_endless_ones_end() -> None:
    schema = REGISTER / "CommonV3.xsd"
    circle = {"/a": POINTER.format("b").encode(), "/b": POINTER.format("a").encode()}
    assert sorted(held(circle, "/a", schema)[1]) == ["/a", "/b"]
    endless = {f"/{n}": POINTER.format(n + 1).encode() for n in range(MOST_DOCUMENTS + 5)}
    with pytest.raises(SourceAnswerInvalid, match="more documents"):
        held(endless, "/0", schema)
