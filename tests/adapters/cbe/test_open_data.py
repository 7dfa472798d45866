"""Public facts are answered from what was loaded, without a call; all else by the bank."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from adapters.cbe.mapping import MOST_CHANGES
from fidus.cbe.load import load
from fidus.errors import SourceFault, SourceUnavailable
from fidus.model import Absent, Answer, Found, SubjectRole, SubjectType, Why
from fidus.opendata import Change, Changes, NoOpenData
from fidus.store.cbe_reader import CbeOpenData
from fidus.store.cbe_shelf import shelf_of
from tests.adapters.cbe import samples
from tests.adapters.cbe.conftest import Bank, says
from tests.adapters.cbe.samples import query
from tests.fidus.cbe import files
from tests.fidus.cbe.files import FIRST, OTHER_PLACE, PLACE, SECOND, THIRD, bare

PERIOD = {"startDate": "2026-02-02", "endDate": "2026-02-28"}
MAKE = Callable[..., Bank]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("open-data")
    load(files.full(folder, day="01-02-2026"), shelf_of(folder, "sqlite"))
    deleted = {"denomination": [FIRST], "enterprise": [SECOND], "establishment": [OTHER_PLACE]}
    inserted = {"denomination": [[FIRST, "1", "001", "Menuiserie Renommée"]]}
    load(files.update(folder, deleted, inserted, day="15-02-2026"), shelf_of(folder, "sqlite"))
    return folder


@pytest.fixture
def loaded(bank: MAKE, home: Path) -> Iterator[Bank]:
    """A bank that answers whatever is asked as about the sample enterprise, beside open data."""
    server = bank(says(samples.error("1"), 500))
    server.data = CbeOpenData(home, "sqlite")
    yield server
    server.data.close()


def found(answer: Answer) -> Found:
    assert isinstance(answer, Found)
    return answer


def test_an_enterprise_is_told_without_a_call_and_dated_by_the_snapshot(loaded: Bank) -> None:
    answer = found(loaded.fetched(query("enterprise", enterpriseNumber=bare(FIRST))))
    assert loaded.asked == []
    assert answer.as_of == date(2026, 2, 15)
    fields = answer.fields
    assert fields["enterprise"]["since"] == "2019-02-03"
    assert [(row["denomination"], row.get("language")) for row in fields["denominations"]] == [
        ("Menuiserie Renommée", "fr")
    ]
    (seat,) = fields["addresses"]
    assert (seat["street"], seat["houseNumber"]) == ({"fr": "Rue Inventée", "nl": "Verzonnenstraat"}, "12")
    (activity,) = fields["activities"]
    assert activity["activity"]["label"] == {"fr": "Travaux de menuiserie", "nl": "Schrijnwerk"}
    assert (activity["naceVersion"], activity["activityGroup"]["code"]) == ("2008", "003")
    assert [(one.type, one.id) for one in answer.subjects] == [(SubjectType.ADDRESS, None)]


def test_a_code_that_only_the_data_explain_is_told_as_unknown_with_their_label(loaded: Bank) -> None:
    server = loaded
    asked = query("enterprise", enterpriseNumber=bare(THIRD))
    fields = found(server.fetched(asked)).fields
    assert fields["legal"]["form"] == {"code": "999", "label": {"fr": "Forme inventée"}, "known": False}
    assert server.unknown == ["form"]


def test_establishments_are_told_without_a_call(loaded: Bank) -> None:
    answer = found(loaded.fetched(query("establishments", enterpriseNumber=bare(FIRST))))
    assert loaded.asked == []
    (row,) = answer.fields["establishments"]
    assert (row["establishmentNumber"], row["since"]) == (bare(PLACE), "2020-03-04")
    assert row["address"]["houseNumber"] == "14"
    assert {one.id for one in answer.subjects if one.type is SubjectType.ESTABLISHMENT} == {bare(PLACE)}


@pytest.mark.parametrize(
    ("service", "number"),
    [
        pytest.param("enterprise", SECOND, id="no-longer-there"),
        pytest.param("establishments", SECOND, id="no-establishment-there"),
        pytest.param("functions", FIRST, id="not-public"),
    ],
)
def test_what_the_data_do_not_tell_is_asked_for(loaded: Bank, service: str, number: str) -> None:
    answer = loaded.fetched(query(service, enterpriseNumber=bare(number)))
    assert answer == Absent(Why.UNKNOWN_SUBJECT, samples.TODAY)
    assert len(loaded.asked) == 1


@pytest.mark.parametrize(("days", "calls"), [(15, 0), (14, 1), (0, 1)])
def test_data_that_are_too_old_do_not_answer(loaded: Bank, days: int, calls: int) -> None:
    """They are of 14 days ago."""
    loaded.more = {"open_data_days": days}
    loaded.fetched(query("enterprise", enterpriseNumber=bare(FIRST)))
    assert len(loaded.asked) == calls


def test_changes_are_listed_by_number(loaded: Bank) -> None:
    answer = found(loaded.fetched(query("changes", period=PERIOD)))
    assert loaded.asked == []
    rows = answer.fields["changes"]
    assert [row.get("enterpriseNumber") or row["establishmentNumber"] for row in rows] == [
        bare(FIRST),
        bare(SECOND),
        bare(OTHER_PLACE),
    ]
    assert [[part["code"] for part in row["changedParts"]] for row in rows] == [
        ["denomination"],
        ["enterprise"],
        ["establishment"],
    ]
    assert [row["removed"] for row in rows] == [False, True, True]
    assert {row["date"] for row in rows} == {"2026-02-15"}
    assert {(one.id, one.role) for one in answer.subjects} == {
        (number, SubjectRole.LISTED) for number in map(bare, (FIRST, SECOND, OTHER_PLACE))
    }


def test_changes_of_one_enterprise_list_no_other(loaded: Bank) -> None:
    asked = query("changes", period={"startDate": "2026-02-02"}, enterpriseNumber=bare(FIRST))
    answer = found(loaded.fetched(asked))
    assert [row["enterpriseNumber"] for row in answer.fields["changes"]] == [bare(FIRST)]
    assert answer.subjects == ()


def test_nothing_changed(loaded: Bank) -> None:
    before = query("changes", period={"startDate": "2026-02-02", "endDate": "2026-02-14"})
    assert loaded.fetched(before) == Absent(Why.NOTHING_IN_PERIOD, date(2026, 2, 15))
    other = query("changes", period={"startDate": "2026-02-15"}, enterpriseNumber=bare(THIRD))
    assert loaded.fetched(other) == Absent(Why.NOTHING_IN_PERIOD, date(2026, 2, 15))


def test_days_of_which_no_changes_are_known_are_an_error_and_not_nothing(loaded: Bank) -> None:
    with pytest.raises(SourceFault, match="so early a day"):
        loaded.fetched(query("changes", period=PERIOD | {"startDate": "2026-02-01"}))


def test_days_after_the_last_update_are_not_yet_known_and_not_nothing(loaded: Bank) -> None:
    with pytest.raises(SourceUnavailable, match="so late a day"):
        loaded.fetched(query("changes", period={"startDate": "2026-02-16"}))


def test_changes_without_data_are_unavailable(bank: MAKE) -> None:
    with pytest.raises(SourceUnavailable, match="no open data are loaded"):
        bank(says("")).fetched(query("changes", period=PERIOD))


def test_too_many_changes_are_none(bank: MAKE) -> None:
    class Busy(NoOpenData):
        """A country on a busy day."""

        def changes(self, first: str, last: str, number: str | None, most: int) -> Changes | None:
            assert most == MOST_CHANGES + 1
            one = Change("2026-02-15", bare(FIRST), ("address",), removed=False)
            return Changes(date(2026, 1, 1), date(2026, 2, 15), (one,) * most)

    server = bank(says(""))
    server.data = Busy()
    answer = server.fetched(query("changes", period=PERIOD))
    assert answer == Absent(Why.TOO_MANY_CANDIDATES, date(2026, 2, 15))
