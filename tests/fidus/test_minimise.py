"""An answer is built from the granted leaves: nothing else ever stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidus.minimise import disclosed, keep, narrowed
from fidus.model import Subject, SubjectRole, SubjectType

STREET = {"fr": "Rue Inventée", "nl": "Verzonnen Straat"}
ONE = {"address": {"street": STREET, "houseNumber": "7", "postalCode": "1000", "box": None}}
TWO = {"addresses": [{"houseNumber": "7", "until": "2020-01-01"}, {"houseNumber": "9"}], "age": 40}


@pytest.mark.parametrize(
    ("fields", "leaves", "data", "handed_over"),
    [
        pytest.param(
            ONE, ["address.postalCode"], {"address": {"postalCode": "1000"}}, ["address.postalCode"], id="one"
        ),
        pytest.param(
            ONE,
            ["address.street", "address.houseNumber"],
            {"address": {"street": STREET, "houseNumber": "7"}},
            ["address.houseNumber", "address.street"],
            id="sorted-and-a-leaf-is-copied-whole",
        ),
        pytest.param(ONE, [], {}, [], id="nothing-granted"),
        pytest.param({}, ["address.street"], {}, [], id="nothing-there"),
        pytest.param(ONE, ["address.box"], {}, [], id="null-is-absent"),
        pytest.param(ONE, ["address.country"], {}, [], id="absent-stays-absent"),
        pytest.param(ONE, ["address.houseNumber.digits"], {}, [], id="path-through-a-text"),
        pytest.param(ONE, ["name", "addresses.street"], {}, [], id="other-groups"),
        pytest.param(
            TWO,
            ["addresses.houseNumber"],
            {"addresses": [{"houseNumber": "7"}, {"houseNumber": "9"}]},
            ["addresses.houseNumber"],
            id="through-a-list",
        ),
        pytest.param(
            TWO,
            ["addresses.until"],
            {"addresses": [{"until": "2020-01-01"}]},
            ["addresses.until"],
            id="empty-items-go",
        ),
        pytest.param({"addresses": []}, ["addresses.street"], {}, [], id="empty-list-on-the-way"),
        pytest.param({"addresses": {}}, ["addresses.street"], {}, [], id="empty-object-on-the-way"),
        pytest.param({"names": []}, ["names"], {"names": []}, ["names"], id="empty-list-as-value"),
        pytest.param({"names": ()}, ["names"], {"names": []}, ["names"], id="tuple-reads-as-list"),
        pytest.param(
            {"old": False, "no": 0}, ["old", "no"], {"old": False, "no": 0}, ["no", "old"], id="falsy-values"
        ),
        pytest.param(
            ONE | {"age": 4},
            ["address", "address.street"],
            {"address": ONE["address"]},
            ["address", "address.street"],
            id="a-part-beside-its-whole",
        ),
        pytest.param(
            {"a": {"b": {"c": 1, "d": 2}}},
            ["a", "a.b.c"],
            {"a": {"b": {"c": 1, "d": 2}}},
            ["a", "a.b.c"],
            id="a-deep-part-beside-its-whole",
        ),
        pytest.param(
            {"a": [[{"b": 1, "c": 2}], []]}, ["a.b"], {"a": [[{"b": 1}]]}, ["a.b"], id="lists-of-lists"
        ),
    ],
)
def test_kept_is_what_is_granted_and_there(
    fields: dict[str, Any], leaves: list[str], data: dict[str, Any], handed_over: list[str]
) -> None:
    assert keep(fields, leaves) == (data, tuple(handed_over))


def test_a_value_that_json_does_not_have_is_refused_without_showing_it() -> None:
    with pytest.raises(TypeError) as error:
        keep({"since": date(2020, 1, 2)}, ["since"])
    assert "2020" not in str(error.value)


NAMES = st.sampled_from(["a", "b", "c", "d"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("xy.", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.dictionaries(NAMES, VALUES, max_size=4)
LEAVES = st.lists(st.lists(NAMES, min_size=1, max_size=3).map(".".join), max_size=5)


def paths(value: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every member in a value, lists passed through."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield (*above, name)
            yield from paths(member, (*above, name))
    if isinstance(value, list):
        for item in value:
            yield from paths(item, above)


def on_the_way(path: tuple[str, ...], leaves: list[str]) -> bool:
    """True for a granted leaf, what lies in it, and what leads to it."""
    return any(one == other for leaf in leaves for one, other in [tuple(_cut(path, tuple(leaf.split("."))))])


def _cut(one: tuple[str, ...], other: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    length = min(len(one), len(other))
    yield one[:length]
    yield other[:length]


@given(FIELDS, LEAVES)
def test_no_member_stands_in_the_data_off_a_granted_path(fields: dict[str, Any], leaves: list[str]) -> None:
    data, handed_over = keep(fields, leaves)
    assert all(on_the_way(path, leaves) for path in paths(data))
    assert set(handed_over) <= set(leaves)
    assert list(handed_over) == sorted(handed_over)
    assert {".".join(path) for path in paths(data)} >= set(handed_over)


@given(FIELDS, LEAVES)
def test_a_granted_leaf_that_is_there_is_never_lost(fields: dict[str, Any], leaves: list[str]) -> None:
    data, handed_over = keep(fields, leaves)
    for leaf in leaves:
        values = [value for value in _at(fields, leaf.split(".")) if value is not None]
        assert [value for value in _at(data, leaf.split(".")) if value is not None] == values
        assert leaf in handed_over or not values


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    if not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])
    elif isinstance(value, list):
        for item in value:
            yield from _at(item, path)


@given(FIELDS, LEAVES)
def test_more_leaves_never_give_less_and_nothing_is_kept_twice(
    fields: dict[str, Any], leaves: list[str]
) -> None:
    data, handed_over = keep(fields, leaves)
    assert keep(data, leaves) == (data, handed_over)
    assert set(keep(fields, leaves[:1])[1]) <= set(handed_over)


GRANTED = ("address.street", "address.postalCode", "addresses.street", "sex")


@pytest.mark.parametrize(
    ("select", "wanted"),
    [
        pytest.param(None, set(GRANTED), id="all"),
        pytest.param(["sex"], {"sex"}, id="a-leaf"),
        pytest.param(["address"], {"address.street", "address.postalCode"}, id="what-lies-in-a-name"),
        pytest.param(["address", "address.street"], {"address.street", "address.postalCode"}, id="twice"),
        pytest.param(["name", "addr", "address.street.fr"], set(), id="what-is-not-granted"),
        pytest.param([], set(), id="nothing"),
    ],
)
def test_an_answer_is_narrowed_to_what_is_named(select: list[str] | None, wanted: set[str]) -> None:
    assert narrowed(GRANTED, select) == wanted


@given(st.lists(st.sampled_from([*GRANTED, "address", "other", ""])), st.sets(st.sampled_from(GRANTED)))
def test_narrowing_never_adds(select: list[str], leaves: set[str]) -> None:
    assert narrowed(leaves, select) <= leaves


@given(FIELDS, LEAVES)
def test_data_shares_nothing_with_what_the_source_gave(fields: dict[str, Any], leaves: list[str]) -> None:
    before = repr(fields)
    _spoil(keep(fields, leaves)[0])
    assert repr(fields) == before


def _spoil(value: Any) -> None:
    if isinstance(value, dict):
        for member in value.values():
            _spoil(member)
        value["spoilt"] = True
    elif isinstance(value, list):
        for item in value:
            _spoil(item)
        value.append("spoilt")


def shown(*fields: str) -> Subject:
    return Subject(SubjectType.ADDRESS, "1/2/3/", SubjectRole.DISCLOSED, frozenset(fields))


@pytest.mark.parametrize(
    ("subject", "handed_over", "shows"),
    [
        pytest.param(shown(), [], True, id="always"),
        pytest.param(shown("address.houseNumber"), [], False, id="nothing-left"),
        pytest.param(shown("address.houseNumber"), ["address.postalCode"], False, id="another-leaf"),
        pytest.param(shown("address.houseNumber"), ["address.houseNumberish"], False, id="a-longer-name"),
        pytest.param(shown("address.houseNumber", "x"), ["address.houseNumber"], True, id="its-leaf"),
        pytest.param(shown("address"), ["address.houseNumber"], True, id="a-part-of-it"),
        pytest.param(shown("address.houseNumber"), ["address"], True, id="more-than-it"),
    ],
)
def test_a_subject_shows_when_a_leaf_of_it_leaves(
    subject: Subject, handed_over: list[str], shows: bool
) -> None:
    assert disclosed([subject], handed_over) == ((subject,) if shows else ())
