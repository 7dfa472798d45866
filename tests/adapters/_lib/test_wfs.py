"""Filters that no value can break out of, and what comes in the place of features."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters._lib.answers import HttpAnswer, HttpQuestion
from adapters._lib.codes import NotAsAgreed
from adapters._lib.wfs import FES, MOST, WfsClient, filter_xml
from fidus.errors import SourceAnswerInvalid, SourceError, SourceFault, SourceUnavailable

REPORT = (
    b'<?xml version="1.0"?><ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="2.0.0">'
    b'<ows:Exception exceptionCode="NoApplicableCode"><ows:ExceptionText>Zerrougane</ows:ExceptionText>'
    b"</ows:Exception></ows:ExceptionReport>"
)
NS = {"f": FES}
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=30)


def read(text: str) -> dict[str, str]:
    """The filter as another reads it."""
    root = etree.fromstring(text)
    equal = root.findall(".//f:PropertyIsEqualTo", NS)
    assert root.tag == f"{{{FES}}}Filter"
    assert len(root) == 1
    assert [len(one) for one in equal] == [2] * len(equal)
    return {one.findtext("f:ValueReference", "", NS): one.findtext("f:Literal", "", NS) for one in equal}


@given(st.dictionaries(st.sampled_from(["ADNC", "BU_ID", "CAPAKEY"]), VALUES, min_size=1))
def test_a_value_stays_a_value_whatever_is_in_it(equal: dict[str, str]) -> None:
    try:
        written = filter_xml(equal)
    except NotAsAgreed:
        assert any(ord(one) < 32 or one in "\ufffe\uffff" for text in equal.values() for one in text)
    else:
        assert read(written) == equal


@pytest.mark.parametrize(
    "value", ["</Literal><Literal>", "<![CDATA[", "]]>", "&amp;", "&#0;", "' or '1'='1", "210011737      1"]
)
def test_what_looks_like_markup_is_text(value: str) -> None:
    assert read(filter_xml({"ADNC": value, "BU_ID": "1"})) == {"ADNC": value, "BU_ID": "1"}


def test_several_are_all_wanted() -> None:
    (only,) = etree.fromstring(filter_xml({"ADNC": "1", "BU_ID": "2"}))
    assert only.tag == f"{{{FES}}}And"


def asked(answer: HttpAnswer) -> tuple[Any, HttpQuestion]:
    questions: list[HttpQuestion] = []

    async def send(question: HttpQuestion) -> HttpAnswer:
        questions.append(question)
        return answer

    client = WfsClient("urbis", send, "/wfs", "EPSG:31370")
    return asyncio.run(client.features("a:Buildings", {"BU_ID": "7"})), questions[0]


def test_features_are_asked_for_and_given() -> None:
    told, question = asked(HttpAnswer(200, "application/json", b'{"features": []}'))
    assert told == {"features": []}
    parts = urlsplit(question.target)
    query = {name: value for name, (value,) in parse_qs(parts.query).items()}
    assert (question.method, parts.path, " " in question.target) == ("GET", "/wfs", False)
    assert read(query.pop("filter")) == {"BU_ID": "7"}
    assert query == {
        "service": "WFS",
        "version": "2.0.0",
        "request": "GetFeature",
        "typeNames": "a:Buildings",
        "outputFormat": "application/json",
        "srsName": "EPSG:31370",
        "count": str(MOST),
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HttpAnswer(200, "application/xml", REPORT), SourceFault),
        (HttpAnswer(200, "text/xml", REPORT), SourceFault),
        (HttpAnswer(200, "text/xml", b"<ServiceExceptionReport/>"), SourceFault),
        (HttpAnswer(400, "application/xml", REPORT), SourceFault),
        (HttpAnswer(200, "application/xml", b"<FeatureCollection/>"), SourceAnswerInvalid),
        (HttpAnswer(200, "application/xml", b"<!DOCTYPE a><ExceptionReport/>"), SourceAnswerInvalid),
        (HttpAnswer(200, "application/xml", b"<ExceptionReport>"), SourceAnswerInvalid),
        (HttpAnswer(200, "application/json", REPORT), SourceAnswerInvalid),
        (HttpAnswer(200, "text/html", b"{}"), SourceAnswerInvalid),
        (HttpAnswer(204, "", b""), SourceFault),
        (HttpAnswer(503, "application/xml", REPORT), SourceUnavailable),
        (HttpAnswer(429, "", b""), SourceUnavailable),
    ],
)
def test_what_is_no_feature_is_an_error_that_quotes_nothing(answer: HttpAnswer, error: type) -> None:
    with pytest.raises(SourceError) as caught:
        asked(answer)
    assert type(caught.value) is error
    assert "Zerrougane" not in repr(caught.value)
