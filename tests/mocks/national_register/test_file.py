"""What stands in a file: the information types, their codes and dates, with and without history."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from mocks.national_register.file import RN, File
from mocks.people import Person
from mocks.population import Population, population

PEOPLE = population()
NS = {"rn": RN}


def file(case: str, language: str = "fr", history: bool = False) -> etree._Element:
    person = PEOPLE.known(PEOPLE.number(case))
    assert isinstance(person, Person)
    return File(person, PEOPLE, language, history).write()


def texts(root: etree._Element, path: str) -> list[str | None]:
    return [node.text for node in root.iterfind(path, NS)]


def day(root: etree._Element, path: str) -> str:
    node = root.find(path, NS)
    assert node is not None
    return "-".join(str(part.text) for part in node)


def test_the_number_carries_birth_and_sex() -> None:
    person = PEOPLE.persons[PEOPLE.number("noBox")]
    root = file("noBox")
    assert texts(root, "rn:NationalNumber/rn:NationalNumber/rn:NationalNumber") == [person.number]
    assert texts(root, "rn:NationalNumber/rn:NationalNumber/rn:Sex") == [str(person.sex)]
    assert texts(root, "rn:Names/rn:Name/rn:Name/rn:LastName/rn:Label") == [person.family_name]
    assert texts(root, ".//rn:Name/rn:FirstName/rn:Label") == list(person.given_names)


def test_every_information_type_says_its_number() -> None:
    root = file("noBox", history=True)
    assert root.find("rn:LegalMainAddresses/rn:LegalMainAddress", NS).get("Type") == "020"  # type: ignore[union-attr]
    for node in root.iter(f"{{{RN}}}Date"):
        parent = node.getparent()
        assert parent is not None
        assert parent.get("Type") is not None or parent.tag == f"{{{RN}}}NationalNumber"


@pytest.mark.parametrize(
    ("case", "path", "written"),
    [
        pytest.param("incompleteBirthDate", "rn:NationalNumber//rn:Date", "19-74-03-00", id="birth-month"),
        pytest.param("birthYearOnly", "rn:NationalNumber//rn:Date", "19-68", id="birth-year"),
        pytest.param(
            "incompleteAddressDate", ".//rn:LegalMainAddress/rn:Date", "20-11-06-00", id="address-month"
        ),
        pytest.param("addressYearOnly", ".//rn:LegalMainAddress/rn:Date", "20-09", id="address-year"),
        pytest.param("addressYearOnly", ".//rn:Residences/rn:Date", "20-09", id="residence-year"),
    ],
)
def test_what_is_unknown_of_a_day_is_zero_or_left_out(case: str, path: str, written: str) -> None:
    assert day(file(case), path) == written


def test_history_gives_all_addresses_newest_first_and_today_only_one() -> None:
    person = PEOPLE.persons[PEOPLE.number("longHistory")]
    today, ever = file("longHistory"), file("longHistory", history=True)
    houses = [stay.address.house_number for stay in person.stays]
    assert texts(today, ".//rn:HouseNumber") == houses[-1:]
    assert texts(ever, ".//rn:HouseNumber") == houses[::-1]
    assert today.find(".//rn:DelDate", NS) is None
    assert len(ever.findall(".//rn:LegalMainAddress/rn:DelDate", NS)) == 13


def test_the_residence_on_the_day_of_an_address_is_its_municipality() -> None:
    root = file("sameStreetName", history=True)
    kept = {
        day(one, "rn:Date"): one.findtext("rn:Residence/rn:Code", None, NS)
        for one in root.iterfind("rn:FileOwner/*", NS)
    }
    assert [kept[day(one, "rn:Date")] for one in root.iterfind("rn:LegalMainAddresses/*", NS)] == [
        "21014",
        "21015",
        "21004",
    ]
    assert texts(root, ".//rn:Street/rn:Label") == ["Chaussée de Haecht"] * 3


@pytest.mark.parametrize(
    ("case", "house", "box"),
    [
        pytest.param("noBox", "96", None, id="no-box"),
        pytest.param("boxNumber", "168", "b 12", id="box"),
        pytest.param("boxWithSlash", "431", "4/D", id="slash"),
        pytest.param("houseNumberRange", "116-118", "1", id="range"),
        pytest.param("houseNumberLetter", "52A", None, id="letter"),
    ],
)
def test_house_number_and_box_stand_apart(case: str, house: str, box: str | None) -> None:
    root = file(case)
    assert (root.findtext(".//rn:HouseNumber", None, NS), root.findtext(".//rn:Box", None, NS)) == (
        house,
        box,
    )


def test_a_street_without_code_is_written_out() -> None:
    root = file("streetWithoutCode")
    assert texts(root, ".//rn:Street/rn:Graphic") == ["Clos des Merisiers Bleus"]
    assert root.find(".//rn:Street/rn:Code", NS) is None


@pytest.mark.parametrize(
    ("case", "code"),
    [
        pytest.param("abroad", "992", id="abroad"),
        pytest.param("deceased", "99990", id="deceased"),
        pytest.param("struckOff", "99991", id="struck-off"),
    ],
)
def test_who_is_not_here_any_more_has_a_special_residence_and_no_address(case: str, code: str) -> None:
    root = file(case)
    assert texts(root, "rn:FileOwner/rn:Residences/rn:Residence/rn:Code") == [code]
    assert root.find("rn:LegalMainAddresses", NS) is None
    assert file(case, history=True).find("rn:LegalMainAddresses", NS) is not None


def test_an_address_abroad_has_country_and_lines() -> None:
    root = file("abroad", "nl")
    assert texts(root, "rn:ResidenceAbroad//rn:Country/rn:Code") == ["123"]
    assert texts(root, "rn:ResidenceAbroad//rn:Graphic2") == ["4990-511 Ponte do Vale"]
    assert file("returnedFromAbroad").find("rn:ResidenceAbroad", NS) is None
    assert file("returnedFromAbroad", history=True).find("rn:ResidenceAbroad", NS) is not None


def test_a_secret_address_is_given_and_marked() -> None:
    root = file("secretAddress")
    assert root.find("rn:LegalMainAddresses", NS) is not None
    assert day(root, "rn:NotCommunicable/rn:StartDate") == "20-22-05-12"
    assert day(root, "rn:NotCommunicable/rn:EndDate") == ""
    assert day(file("formerlySecret"), "rn:NotCommunicable/rn:EndDate") == "20-19-12-31"


def test_the_other_marks_stand_where_they_belong() -> None:
    assert file("referenceAddress").find("rn:AddressReferences/rn:AddressReference", NS) is not None
    assert file("temporarilyAbsent").find("rn:TemporaryAbsences/rn:TemporaryAbsence", NS) is not None
    assert day(file("deceased"), "rn:Deceases/rn:Decease/rn:Date") == "20-21-11-09"
    assert file("bis").find("rn:RegistrationRegisters", NS) is None
    former = PEOPLE.persons[PEOPLE.number("replacement")].formers[0].number
    assert texts(file("replacement"), "rn:FileReferences//rn:NationalNumber/rn:NationalNumber") == [former]


def family() -> tuple[Person, ...]:
    """A household with a couple and a child."""
    for person in PEOPLE.persons.values():
        members = PEOPLE.household(person.number)
        if {"02", "03"} <= {member.role for member in members}:
            return members
    raise AssertionError("there is no family")


def test_the_reference_person_names_the_members_and_they_name_that_person() -> None:
    head, *others = family()
    of_head = File(head, PEOPLE, "fr", False).write()
    path = "rn:FamilyMembers/rn:FamilyMember/rn:NationalNumber/rn:NationalNumber"
    assert sorted(map(str, texts(of_head, path))) == sorted(other.number for other in others)
    for other in others:
        root = File(other, PEOPLE, "fr", False).write()
        assert texts(root, "rn:HeadOfFamily/*/rn:NationalNumber/rn:NationalNumber") == [head.number]
        assert texts(root, "rn:HeadOfFamily/*/rn:FamilyRole/rn:Code") == [other.role]


def test_spouses_and_parents_are_named() -> None:
    head, *others = family()
    spouse = next(other for other in others if other.role == "02")
    child = next(other for other in others if other.role == "03")
    root = File(head, PEOPLE, "fr", False).write()
    assert texts(root, "rn:CivilStates//rn:Spouse/rn:NationalNumber/rn:NationalNumber") == [spouse.number]
    of_child = File(child, PEOPLE, "fr", False).write()
    assert texts(of_child, "rn:Filiations//rn:NationalNumber/rn:NationalNumber") == [
        head.number,
        spouse.number,
    ]


def test_languages_and_history_change_nothing_but_labels_and_the_past() -> None:
    def shape(people: Population, person: Person, **how: Any) -> list[str]:
        return [str(node.tag) for node in File(person, people, **how).write().iter()]

    for person in list(PEOPLE.persons.values())[::20]:
        assert shape(PEOPLE, person, language="fr", history=False) == shape(
            PEOPLE, person, language="nl", history=False
        )
        assert len(shape(PEOPLE, person, language="fr", history=True)) >= len(
            shape(PEOPLE, person, language="fr", history=False)
        )


def test_a_birth_place_is_a_municipality_or_a_country() -> None:
    belgian, foreign = PEOPLE.persons[PEOPLE.number("twin")], PEOPLE.persons[PEOPLE.number("bis")]
    for person in (belgian, foreign):
        root = File(person, PEOPLE, "fr", history=False).write()
        country, place = person.birth_place
        at_home = country == "150"
        assert texts(root, "rn:BirthPlace/rn:Place1/rn:Code") == ([place] if at_home else [])
        assert texts(root, "rn:BirthPlace/rn:Place2/rn:Country/rn:Code") == ([] if at_home else [country])


def test_parents_and_children_name_each_other() -> None:
    child = next(person for person in PEOPLE.ordinary() if person.parents)
    root = File(child, PEOPLE, "fr", history=False).write()
    named = [
        texts(root, f"rn:Filiations/rn:Filiation/rn:Parent{place}//rn:NationalNumber/rn:NationalNumber")
        for place in (1, 2)
    ]
    assert [number for numbers in named for number in numbers] == list(child.parents)
    for parent in child.parents:
        root = File(PEOPLE.persons[parent], PEOPLE, "fr", history=False).write()
        path = "rn:DescendentFiliations/rn:DescendentFiliation/rn:Child//rn:NationalNumber/rn:NationalNumber"
        assert child.number in texts(root, path)


def test_civil_states_of_the_past_keep_their_spouse() -> None:
    root = file("divorced", history=True)
    codes = texts(root, "rn:CivilStates/rn:CivilState/rn:CivilState/rn:Code")
    assert codes == ["40", "20", "10"]
    (former,) = PEOPLE.cases["divorced"].others
    path = "rn:CivilStates/rn:CivilState/rn:Spouse//rn:NationalNumber/rn:NationalNumber"
    assert set(texts(root, path)) == {former.number}
