"""A person's addresses over time, and which of them a period shows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.national_register.mapping import NotAsAgreed
from fidus.model import Absent, Found, Why

TODAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def life(register: Any) -> str:
    """Four addresses in three municipalities; of two moves the day is not known."""
    homes = (
        register.home("2016-03-15", code="21009", label="Ixelles")
        + register.home("2012-01-01", "2016-03-15")
        + register.home("2001-09-00", "2012-01-01", "21001", "Anderlecht")
    )
    stays = (
        register.stay("2016-03-15", street=("0", "C"), number="3")
        + register.stay("2014-00-00", "2016-03-15", number="2")
        + register.stay("2012-01-01", "2014-00-00", number="1", box="9")
        + register.stay("2001-09-10", "2012-01-01", street=("1737", "Rue Wayez"), number="0")
    )
    return str(register.file(homes=homes, stays=stays))


def told(register: Any, content: str, **period: str) -> list[dict[str, Any]]:
    return list(register.found(content, register.history(**period)).fields["addresses"])


def test_all_addresses_newest_first_each_in_its_municipality(register: Any, life: str) -> None:
    addresses = told(register, life)
    shown = [(one["houseNumber"], one["since"], one.get("until"), one["nisCode"]) for one in addresses]
    assert shown == [
        ("3", "2016-03-15", None, "21009"),
        ("2", "2014-00-00", "2016-03-15", "21004"),
        ("1", "2012-01-01", "2014-00-00", "21004"),
        ("0", "2001-09-10", "2012-01-01", "21001"),
    ]
    assert addresses[-1]["street"] == {"fr": "Rue Wayez", "nl": "Wayezstraat"}


@pytest.mark.parametrize(
    ("period", "numbers"),
    [
        ({"startDate": "2016-03-15"}, ["3"]),
        ({"startDate": "2016-03-14"}, ["3", "2"]),
        ({"startDate": "2014-06-01", "endDate": "2014-06-30"}, ["2", "1"]),  # the move was some day in 2014
        ({"startDate": "1990-01-01", "endDate": "2001-09-10"}, ["0"]),
        ({"startDate": "2013-01-01", "endDate": "2013-12-31"}, ["1"]),
    ],
)
def test_only_addresses_that_held_in_the_period(
    register: Any, life: str, period: dict[str, str], numbers: list[str]
) -> None:
    assert [one["houseNumber"] for one in told(register, life, **period)] == numbers


def test_nothing_in_the_period_is_an_answer(register: Any, life: str) -> None:
    asked = register.history(startDate="1990-01-01", endDate="2001-09-09")
    assert register.read(life, asked) == Absent(Why.NOTHING_IN_PERIOD, TODAY)


def test_each_address_of_the_list_is_a_subject(register: Any, life: str) -> None:
    answer = register.found(life, register.history())
    identifiers = [subject.id for subject in answer.subjects]
    assert identifiers == ["21009/0/3/", "21004/3837/2/", "21004/3837/1/9", "21001/1737/0/"]
    shown_by = {subject.fields for subject in answer.subjects}
    assert shown_by == {frozenset({"addresses.houseNumber", "addresses.box"})}


def test_a_municipality_that_began_in_the_month_of_the_move_counts(register: Any) -> None:
    homes = register.home("2012-05-15", "2020-01-01", "21009", "Ixelles")
    homes += register.home("2000-01-01", "2012-05-15")
    (address,) = told(register, register.file(homes=homes, stays=register.stay("2012-05-00", "2020-01-01")))
    assert address["nisCode"] == "21009"


@pytest.mark.parametrize(
    "home",
    [
        pytest.param(None, id="none"),
        pytest.param({"since": "2013-01-01", "code": "99991", "label": "x"}, id="struck-off"),
        pytest.param({"since": "2013-01-01", "code": "", "label": ""}, id="no-code"),
        pytest.param({"since": "2021-01-01"}, id="begun-later"),
    ],
)
def test_an_address_without_municipality_is_against_the_contract(register: Any, home: Any) -> None:
    homes = "" if home is None else register.home(**home)
    content = register.file(homes=homes, stays=register.stay("2015-06-02", "2020-01-01"))
    with pytest.raises(NotAsAgreed, match="no municipality"):
        register.read(content, register.history())


DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))


@given(DAYS, DAYS)
def test_a_period_shows_exactly_what_overlaps_it(register: Any, one: date, other: date) -> None:
    first, last = min(one, other).isoformat(), max(one, other).isoformat()
    stays = register.stay("2015-06-02", number="2") + register.stay("2001-09-10", "2015-06-02", number="1")
    content = register.file(homes=register.home("2000-01-01"), stays=stays)
    answer = register.read(content, register.history(startDate=first, endDate=last))
    expected = ["2"] if last >= "2015-06-02" else []
    expected += ["1"] if last >= "2001-09-10" and first < "2015-06-02" else []
    addresses = answer.fields["addresses"] if isinstance(answer, Found) else []
    assert [each["houseNumber"] for each in addresses] == expected
