"""The National Register over real sockets: what it takes, what it says, in which language."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from mocks.national_register.server import national_register
from mocks.population import population
from mocks.source import UnusableHome

PEOPLE = population()
ACTION = '"http://kszbcss.fgov.be/RetrieveTIGroupsService/retrieveTI"'
RIGHT = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": ACTION}

STATUS = {
    "noBox": ("DATA_FOUND", "MSG00000"),
    "deceased": ("DATA_FOUND", "MSG00000"),
    "abroad": ("DATA_FOUND", "MSG00000"),
    "struckOff": ("DATA_FOUND", "MSG00000"),
    "noFile": ("NO_DATA_FOUND", "MSG00100"),
    "deceasedFileClosed": ("NO_DATA_FOUND", "MSG00009"),
    "unknown": ("NO_RESULT", "MSG00005"),
    "replaced": ("NO_RESULT", "MSG00006"),
}


@pytest.mark.parametrize("case", sorted(STATUS))
def test_the_status_is_that_of_the_contracts_table(mock: Any, case: str) -> None:
    got = mock.ask(mock.people.number(case))
    value, code = STATUS[case]
    assert (got.status, got.text(".//status/value"), got.text(".//status/code")) == (200, value, code)
    assert (got.root.find(".//rrn_it_implicit") is not None) == (value == "DATA_FOUND")
    assert mock.verifies(got)


def test_a_replaced_number_comes_with_the_new_one(mock: Any) -> None:
    got = mock.ask(mock.people.number("replaced"))
    assert got.text(".//information/fieldName") == "newSSIN"
    newer = got.text(".//information/fieldValue")
    assert mock.people.replaced[mock.people.number("replaced")] == newer
    assert mock.ask(newer).text(".//status/value") == "DATA_FOUND"


def test_a_closed_file_comes_with_the_day_of_the_decease(mock: Any) -> None:
    got = mock.ask(mock.people.number("deceasedFileClosed"))
    assert got.text(".//information/fieldName") == "deceiseDate"
    assert got.text(".//information/fieldValue") == "1994-04-30"


def test_a_number_that_is_not_well_formed_has_a_status_of_its_own(mock: Any) -> None:
    assert mock.ask("12345678901").text(".//status/code") == "MSG00011"


def test_the_answer_repeats_the_question_and_files_it(mock: Any) -> None:
    number = mock.people.number("noBox")
    got = mock.ask(number, language="de", history=True)
    content = got.root.find(".//intf:retrieveTIGroupsResponse", {"intf": PEOPLE_INTF})
    assert [child.tag for child in content] == [
        "informationCustomer",
        "informationCBSS",
        "legalContext",
        "searchInformation",
        "status",
        "rrn_it_implicit",
    ]
    assert got.text(".//searchInformation/ssin") == number
    assert got.text(".//searchInformation/language") == "de"
    assert got.text(".//searchInformation/history") == "true"
    assert got.text(".//informationCustomer/ticket") == "t-1"
    assert got.text(".//legalContext") == "FIDUS"


PEOPLE_INTF = "http://kszbcss.fgov.be/intf/RetrieveTIGroupsService/v2"


@pytest.mark.parametrize(
    ("language", "street", "municipality", "status"),
    [
        pytest.param(None, "Rue de la Victoire", "Saint-Gilles", "Traitement réussi", id="french-by-default"),
        pytest.param("fr", "Rue de la Victoire", "Saint-Gilles", "Traitement réussi", id="french"),
        pytest.param("nl", "Overwinningsstraat", "Sint-Gillis", "Behandeling geslaagd", id="dutch"),
        pytest.param("de", "Rue de la Victoire", "Saint-Gilles", "Verarbeitung gelungen", id="german"),
    ],
)
def test_labels_are_in_the_asked_language(
    mock: Any, language: str | None, street: str, municipality: str, status: str
) -> None:
    got = mock.ask(mock.people.number("noBox"), language=language)
    assert got.text(".//rn:LegalMainAddress//rn:Label") == street
    assert got.text(".//rn:Residence/rn:Label") == municipality
    assert got.text(".//status/description") == status


def test_a_message_id_is_taken_once(mock: Any) -> None:
    question = mock.question(mock.people.number("noBox"))
    assert mock.post(question.bytes()).status == 200
    again = mock.post(question.bytes())
    assert again.status == 500
    assert "was used before" in again.text(".//faultstring")
    assert again.text("soap:Header/wsa:RelatesTo") == question.message_id
    assert mock.verifies(again)


def test_a_message_id_is_forgotten_when_it_is_too_old_to_come_again(mock: Any) -> None:
    old = f"urn:uuid:{uuid4()}"
    seen = {old: datetime.now(UTC) - timedelta(minutes=11), **mock.source._seen}
    mock.source._seen = seen
    assert mock.ask(mock.people.number("noBox"), message_id=old).status == 200


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        pytest.param({"method": "GET"}, 405, "The method is not POST", id="method"),
        pytest.param(
            {"Content-Type": "application/soap+xml; charset=utf-8"}, 415, "Content-Type is not", id="type"
        ),
        pytest.param({"Content-Type": "text/xml"}, 415, "Content-Type is not", id="no-charset"),
        pytest.param({"Content-Type": "text/xml; charset=latin-1"}, 415, "Content-Type is not", id="charset"),
        pytest.param({"Content-Encoding": "gzip"}, 415, "Content-Encoding is not used", id="coding"),
        pytest.param({"SOAPAction": '""'}, 500, "SOAPAction is none of", id="action"),
        pytest.param({"SOAPAction": ACTION.strip('"')}, 500, "in quotes", id="action-without-quotes"),
    ],
)
def test_http_has_to_be_right_too(mock: Any, change: dict[str, str], status: int, text: str) -> None:
    headers = RIGHT | {name: value for name, value in change.items() if name != "method"}
    body = b"" if "Content-Encoding" in change else mock.question(mock.people.number("noBox")).bytes()
    got = mock.post(body, method=change.get("method", "POST"), headers=headers)
    assert got.status == status
    assert text in got.text(".//soap:Fault/faultstring")
    assert got.text(".//detail/reasonCode") == "MSG00008"


def test_a_question_has_a_largest_size(mock: Any) -> None:
    got = mock.post(b"x" * (64 * 1024 + 1))
    assert got.status == 413
    assert "more than 65536 bytes" in got.text(".//faultstring")


@pytest.mark.parametrize(
    ("number", "path"),
    [
        pytest.param("123", "searchInformation/ssin: SCHEMAV_CVC_PATTERN_VALID", id="ssin"),
        pytest.param(
            "</ssin><other/><ssin>", "searchInformation/other: SCHEMAV_ELEMENT_CONTENT", id="element"
        ),
    ],
)
def test_a_question_against_the_schema_is_told_where_and_why(mock: Any, number: str, path: str) -> None:
    got = mock.ask(number)
    assert got.status == 500
    assert path in got.text(".//faultstring")
    assert "'123'" not in got.text(".//faultstring")
    assert mock.verifies(got), "the question was rightly signed, so the fault is too"


def test_another_operation_is_refused(mock: Any) -> None:
    def renamed(root: Any) -> None:
        content = root.find(f".//{{{PEOPLE_INTF}}}retrieveTIGroupsRequest")
        content.tag = f"{{{PEOPLE_INTF}}}retrieveTIGroupsResponse"

    got = mock.ask(mock.people.number("noBox"), change=renamed)
    assert "does not hold a retrieveTIGroupsRequest" in got.text(".//faultstring")


def test_another_path_is_not_there(mock: Any) -> None:
    connection = mock.connect()
    connection.request("POST", "/elsewhere", b"", RIGHT)
    assert connection.getresponse().status == 404
    connection.close()


def test_the_log_has_no_personal_data(mock: Any, caplog: pytest.LogCaptureFixture) -> None:
    number = mock.people.number("noBox")
    name = mock.people.persons[number].family_name
    with caplog.at_level(logging.DEBUG):
        mock.ask(number)
        mock.ask(number, signed=("body-1",))
        mock.ask("123")
    assert "refused: Timestamp is not signed" in caplog.text
    assert number not in caplog.text
    assert name not in caplog.text
    assert "'123'" not in caplog.text


@pytest.mark.parametrize(
    "missing", ["national-register-sign.crt", "national-register-sign.key", "hub-sign.crt"]
)
def test_a_home_without_keys_is_refused_by_name(home: Path, tmp_path: Path, missing: str) -> None:
    (tmp_path / "pki").mkdir()
    for file in (home / "pki").iterdir():
        if file.name != missing:
            (tmp_path / "pki" / file.name).write_bytes(file.read_bytes())
    with pytest.raises(UnusableHome, match=missing):
        national_register(tmp_path, PEOPLE)


def test_a_home_with_a_broken_certificate_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "pki").mkdir()
    for file in (home / "pki").iterdir():
        (tmp_path / "pki" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "pki" / "hub-sign.crt").write_bytes(b"nothing")
    with pytest.raises(UnusableHome):
        national_register(tmp_path, PEOPLE)
