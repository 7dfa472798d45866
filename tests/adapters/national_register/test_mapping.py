"""The question to the register, and the address of today in our words. All persons are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from lxml import etree

from adapters._lib.operation import Asking
from adapters.national_register.mapping import HISTORY, NotAsAgreed, write_question
from fidus.model import Absent, Found, Subject, SubjectRole, SubjectType, Why

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(("service", "history"), [("national-register/address", "false"), (HISTORY, "true")])
def test_the_question_is_as_the_contract_says(register: Any, service: str, history: str) -> None:
    ticket, now = "00000000-0000-4000-8000-000000000000", datetime(2026, 3, 1, tzinfo=UTC)
    raw = write_question(register.query(service), Asking("0000000097", "A & B <c>", ticket, now))
    root = etree.fromstring(raw)
    register.SCHEMA.assertValid(root)
    assert root.findtext("searchInformation/ssin") == register.ASKED
    assert root.findtext("searchInformation/history") == history
    assert root.findtext("legalContext") == "A & B <c>"


def test_the_address_of_today_is_told_in_both_languages(register: Any) -> None:
    stays = register.stay("2015-06-02", box="b3")
    answer = register.found(register.file(homes=register.home("2010-05-01"), stays=stays))
    assert answer.as_of == TODAY
    assert answer.fields == {
        "address": {
            "street": {"fr": "Rue Neuve", "nl": "Nieuwstraat"},
            "municipality": {"fr": "Bruxelles", "nl": "Brussel"},
            "houseNumber": "12",
            "box": "b3",
            "postalCode": "1000",
            "nisCode": "21004",
            "streetCode": "3837",
            "country": "BE",
            "since": "2015-06-02",
        }
    }


@pytest.mark.parametrize(
    ("street", "number", "box", "identifier"),
    [
        pytest.param(("3837", "Rue Neuve"), "12a", "b3", "21004/3837/12A/B3", id="box"),
        pytest.param(("3837", "Rue Neuve"), "12", "", "21004/3837/12/", id="no-box"),
        pytest.param("Chemin sans code", "12", "", None, id="unnumbered"),
    ],
)
def test_the_address_is_a_subject(
    register: Any, street: Any, number: str, box: str, identifier: str | None
) -> None:
    stays = register.stay("2015-06-02", None, street, number, box)
    answer = register.found(register.file(homes=register.home("2010-05-01"), stays=stays))
    shown_by = frozenset({"address.houseNumber", "address.box"})
    assert answer.subjects == (Subject(SubjectType.ADDRESS, identifier, SubjectRole.DISCLOSED, shown_by),)


@pytest.mark.parametrize(
    ("street", "told"),
    [
        pytest.param(("9999", "Rue Inconnue"), {"fr": "Rue Inconnue"}, id="unknown-code"),
        pytest.param(("3837", ""), {"fr": "Rue Neuve", "nl": "Nieuwstraat"}, id="no-label"),
        pytest.param(("3837", "Rue neuve"), {"fr": "Rue neuve", "nl": "Nieuwstraat"}, id="source-wins"),
        pytest.param("Sentier", {"fr": "Sentier"}, id="no-code"),
    ],
)
def test_a_street_is_named_as_far_as_it_is_known(register: Any, street: Any, told: dict[str, str]) -> None:
    stays = register.stay("2015-06-02", street=street)
    assert register.address(register.file(homes=register.home("2010-05-01"), stays=stays))["street"] == told


def test_a_municipality_outside_brussels_keeps_the_label_received(register: Any) -> None:
    homes = register.home("2010-05-01", code="62063", label="Liège")
    address = register.address(register.file(homes=homes, stays=register.stay("2015-06-02")))
    assert address["municipality"] == {"fr": "Liège"}
    assert address["nisCode"] == "62063"


@pytest.mark.parametrize("since", ["2015-06-00", "2015-00-00", "2015-06", "2015"])
def test_incomplete_dates_stay_incomplete(register: Any, since: str) -> None:
    content = register.file(homes=register.home("2010-05-01"), stays=register.stay(since))
    assert register.address(content)["since"] == since + "-00" * (2 - since.count("-"))


def test_todays_municipality_counts_though_it_merged_after_the_move(register: Any) -> None:
    homes = register.home("2010-05-01", "2025-01-01", "21001", "Anderlecht") + register.home("2025-01-01")
    assert (
        register.address(register.file(homes=homes, stays=register.stay("2015-06-02")))["nisCode"] == "21004"
    )


@pytest.mark.parametrize("until", [None, "2020-01-01"])
@pytest.mark.parametrize("code", ["992", "99990", "99991", "99992", "99996", "99997"])
def test_whoever_left_died_or_was_struck_off_has_no_address(register: Any, code: str, until: Any) -> None:
    homes = register.home("2010-05-01", "2020-01-01") + register.home("2020-01-01", code=code, label="x")
    content = register.file(homes=homes, stays=register.stay("2015-06-02", until))
    assert register.read(content) == Absent(Why.NOTHING_IN_PERIOD, TODAY)


def test_a_file_without_address_or_municipality_has_no_address(register: Any) -> None:
    nothing = Absent(Why.NOTHING_IN_PERIOD, TODAY)
    assert register.read(register.file(homes=register.home("2010-05-01"))) == nothing
    assert register.read(register.file(stays=register.stay("2010-05-01"))) == nothing


def test_two_addresses_of_today_are_against_the_contract(register: Any) -> None:
    stays = register.stay("2015-06-02") + register.stay("2016-01-01")
    with pytest.raises(NotAsAgreed, match="more than one"):
        register.read(register.file(homes=register.home("2010-05-01"), stays=stays))


@pytest.mark.parametrize(
    ("since", "changes", "phrase"),
    [
        pytest.param("2015-13-01", {}, "does not exist", id="no-such-month"),
        pytest.param("2015-02-30", {}, "does not exist", id="no-such-day"),
        pytest.param("", {}, "since when", id="no-date"),
        pytest.param("2015-06-02", {"number": ""}, "lacks", id="no-house-number"),
        pytest.param("2015-06-02", {"street": ("1", "")}, "lacks", id="no-street"),
    ],
)
def test_a_broken_address_is_refused(register: Any, since: str, changes: dict[str, Any], phrase: str) -> None:
    content = register.file(homes=register.home("2010-05-01"), stays=register.stay(since, **changes))
    with pytest.raises(NotAsAgreed, match=phrase):
        register.read(content)


@pytest.mark.parametrize(
    ("start", "end", "deleted", "withheld"),
    [
        pytest.param("2026-03-01", "2026-03-01", None, True, id="today-alone"),
        pytest.param("2026-02-28", "", None, True, id="no-end"),
        pytest.param("", "", None, True, id="no-start"),
        pytest.param("2026-03-02", "", None, False, id="from-tomorrow"),
        pytest.param("2020-01-01", "2026-02-28", None, False, id="until-yesterday"),
        pytest.param("2026-03-00", "", None, True, id="some-day-this-month"),
        pytest.param("2020-01-01", "2026-03-00", None, True, id="until-some-day-this-month"),
        pytest.param("2020-01-01", "2026-00-00", None, True, id="until-some-day-this-year"),
        pytest.param("2020-01-01", "2025-00-00", None, False, id="until-some-day-last-year"),
        pytest.param("2020-01-01", "", "2026-03-01", False, id="lifted-today"),
        pytest.param("2020-01-01", "", "2026-03-02", True, id="lifted-tomorrow"),
        pytest.param("2020-01-01", "", "2026-03-00", True, id="lifted-some-day-this-month"),
    ],
)
@pytest.mark.parametrize(
    ("service", "group"), [("national-register/address", "address"), (HISTORY, "addresses")]
)
def test_what_may_not_be_communicated_is_withheld(
    register: Any, start: str, end: str, deleted: str | None, withheld: bool, service: str, group: str
) -> None:
    content = register.file(
        homes=register.home("2010-05-01"),
        stays=register.stay("2015-06-02"),
        more=register.silence(start, end, deleted),
    )
    answer = register.found(content, register.query(service))
    if withheld:
        assert answer == Found({}, TODAY, withheld=frozenset({group}))
    else:
        assert answer.withheld == frozenset()
        assert group in answer.fields
