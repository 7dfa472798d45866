from __future__ import annotations

import hashlib
import hmac
import string
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.index import Tagger, normalise
from audit.log import Tag
from fidus.model import Subject, SubjectRole, SubjectType

if TYPE_CHECKING:
    from tests.audit.conftest import Events

KEY = bytes(range(32))
TAGGER = Tagger({1: KEY})
CAPITALS = string.ascii_uppercase + string.digits
VIN_LETTERS = "".join(letter for letter in CAPITALS if letter not in "IOQ")


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


def vehicles() -> st.SearchStrategy[str]:
    plates = st.builds(
        "plate:{}:{}".format,
        st.text(string.ascii_uppercase, min_size=1, max_size=3),
        st.text(CAPITALS, min_size=1, max_size=9),
    )
    return plates | st.text(VIN_LETTERS, min_size=17, max_size=17).map("vin:{}".format)


def addresses() -> st.SearchStrategy[str]:
    part = st.text(CAPITALS + "- ", max_size=5).map(str.strip)
    return st.builds("{}/{}/{}/{}".format, digits(5), digits(4), part, part)


IDENTIFIERS = st.one_of(
    st.tuples(st.just(SubjectType.PERSON), digits(11)),
    st.tuples(st.just(SubjectType.ENTERPRISE), digits(10)),
    st.tuples(st.just(SubjectType.ESTABLISHMENT), digits(10)),
    st.tuples(st.just(SubjectType.VEHICLE), vehicles()),
    st.tuples(st.just(SubjectType.ADDRESS), addresses()),
)
SPELLINGS: dict[SubjectType, list[Callable[[str], str]]] = {
    SubjectType.PERSON: [lambda i: f"{i[:6]}-{i[6:9]}.{i[9:]}", lambda i: " ".join(i)],
    SubjectType.ENTERPRISE: [lambda i: f"{i[:4]}.{i[4:7]}.{i[7:]}", lambda i: f"BE {i}", lambda i: f" be{i}"],
    SubjectType.ESTABLISHMENT: [lambda i: f"{i[0]}.{i[1:4]}.{i[4:7]}.{i[7:]}"],
    SubjectType.VEHICLE: [
        str.lower,
        lambda i: "-".join(i).replace(":-", ":").replace("-:", ":").replace("-", "", i.index(":") - 1),
    ],
    SubjectType.ADDRESS: [
        str.lower,
        lambda i: f"  {i} ",
        lambda i: i.removesuffix("/") if i.count("/") == 3 else i,
    ],
}


@given(IDENTIFIERS)
def test_a_normal_form_is_its_own_normal_form(typed: tuple[SubjectType, str]) -> None:
    type_, identifier = typed
    assert normalise(type_, identifier) == identifier


@given(IDENTIFIERS, st.data())
def test_every_accepted_spelling_finds_the_same(typed: tuple[SubjectType, str], data: st.DataObject) -> None:
    type_, identifier = typed
    spelling = data.draw(st.sampled_from(SPELLINGS[type_]))(identifier)
    assert TAGGER.tag(type_, spelling) == TAGGER.tag(type_, identifier)


@given(IDENTIFIERS, IDENTIFIERS)
def test_tags_are_equal_exactly_where_type_and_identifier_are(
    one: tuple[SubjectType, str], other: tuple[SubjectType, str]
) -> None:
    assert (TAGGER.tag(*one) == TAGGER.tag(*other)) is (one == other)


@given(digits(10))
def test_an_enterprise_is_never_found_as_an_establishment(number: str) -> None:
    assert TAGGER.tag(SubjectType.ENTERPRISE, number) != TAGGER.tag(SubjectType.ESTABLISHMENT, number)


@given(st.text(min_size=4), st.sampled_from(SubjectType))
def test_a_refusal_names_the_rule_and_never_the_value(text: str, type_: SubjectType) -> None:
    try:
        form = normalise(type_, text)
    except ValueError as error:
        form, told = None, str(error)
    assert text not in told if form is None else normalise(type_, form) == form


@pytest.mark.parametrize(
    ("type_", "text", "form"),
    [
        pytest.param(SubjectType.VEHICLE, "Plate:b:1-abc-234", "plate:B:1ABC234", id="plate"),
        pytest.param(SubjectType.VEHICLE, "VIN:wvwzzz1jz3w 386752", "vin:WVWZZZ1JZ3W386752", id="vin"),
        pytest.param(SubjectType.ADDRESS, "21004/1205/12a/b", "21004/1205/12A/B", id="address"),
        pytest.param(SubjectType.ADDRESS, "21004/1205/12", "21004/1205/12/", id="address-without-box"),
        pytest.param(
            SubjectType.ADDRESS, "21004/1205/12/14/3", "21004/1205/12/14/3", id="slash-in-house-number"
        ),
        pytest.param(
            SubjectType.ADDRESS, "21004/1205/1e\u0301/", "21004/1205/1\u00c9/", id="composed-accents"
        ),
    ],
)
def test_normal_forms(type_: SubjectType, text: str, form: str) -> None:
    assert normalise(type_, text) == form


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        pytest.param(SubjectType.PERSON, "1" * 10, id="ten-digits"),
        pytest.param(SubjectType.PERSON, "\u0661" * 11, id="other-digits"),
        pytest.param(SubjectType.ENTERPRISE, "BE", id="no-number"),
        pytest.param(SubjectType.ESTABLISHMENT, "BE" + "2" * 10, id="establishment-with-country"),
        pytest.param(SubjectType.VEHICLE, "1ABC234", id="plate-without-country"),
        pytest.param(SubjectType.VEHICLE, "plate:B:", id="empty-plate"),
        pytest.param(SubjectType.VEHICLE, "plate:BELG:1ABC234", id="long-country"),
        pytest.param(SubjectType.VEHICLE, "vin:WVWZZZ1JZ3W38675O", id="letter-o-in-vin"),
        pytest.param(SubjectType.VEHICLE, "chassis:1", id="unknown-kind"),
        pytest.param(SubjectType.ADDRESS, "2100/1205/12/", id="short-municipality"),
        pytest.param(SubjectType.ADDRESS, "21004//12/", id="no-street"),
        pytest.param(SubjectType.ADDRESS, "21004/1205", id="no-house"),
    ],
)
def test_what_has_no_normal_form_is_refused(type_: SubjectType, text: str) -> None:
    with pytest.raises(ValueError, match=r"has|reads"):
        normalise(type_, text)


def test_the_input_of_a_tag_is_type_zero_and_normal_form(events: Events) -> None:
    person = events.person()
    assert person.id is not None
    expected = hmac.new(KEY, b"person\x00" + person.id.encode(), hashlib.sha256).digest()
    assert TAGGER.tag(SubjectType.PERSON, person.id) == expected


def test_new_tags_stand_under_the_newest_epoch_and_search_asks_all(events: Events) -> None:
    tagger = Tagger({2: bytes(32), 1: KEY})
    person = events.person()
    assert person.id is not None
    assert tagger.epoch == 2
    assert tagger.every(person.type, person.id) == [
        (1, TAGGER.tag(person.type, person.id)),
        (2, tagger.tag(person.type, person.id)),
    ]


def test_each_number_and_role_has_one_tag_and_a_subject_without_number_none(events: Events) -> None:
    asked, shown = events.person(1), events.person(1, SubjectRole.DISCLOSED)
    nobody = Subject(SubjectType.PERSON, None, SubjectRole.LISTED)
    assert asked.id is not None
    tag = TAGGER.tag(asked.type, asked.id)
    assert TAGGER.tags([asked, nobody, shown, asked]) == (
        Tag(1, tag, SubjectRole.ASKED),
        Tag(1, tag, SubjectRole.DISCLOSED),
    )
