"""Who somebody is, with whom they live, whose child and parent they are, their civil statuses."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fidus.model import Absent, Subject, SubjectRole, SubjectType, Why
from tests.adapters.national_register.conftest import UNKNOWN, coded, day, invented

TODAY = date(2026, 3, 1)
PERSON, HOUSEHOLD = "national-register/person", "national-register/household"
FILIATION, CIVIL_STATUS = "national-register/filiation", "national-register/civil-status"
ALPHA, BETA = invented("726105124"), invented("106105126")
LABELS = {"fr": "Belgique", "nl": "België", "de": "Belgien", "en": "Belgium"}
BELGIUM = {"code": "150", "label": LABELS, "known": True}


def named(family: str, *given: str) -> str:
    first = "".join(f"<FirstName><Label>{one}</Label></FirstName>" for one in given)
    return f"<Name><LastName><Code>0</Code><Label>{family}</Label></LastName>{first}</Name>"


def numbered(number: str, birth: str = "1972-01-05", sex: str = "2") -> str:
    inner = f"<NationalNumber>{number}</NationalNumber>{day('Date', birth)}<Sex>{sex}</Sex>"
    return f"<NationalNumber>{inner}</NationalNumber>"


def item(tag: str, content: str, since: str = "2001-02-03", until: str | None = None) -> str:
    return f"<{tag}>{day('Date', since)}{day('DelDate', until)}{content}</{tag}>"


def shown(by: str, *numbers: str | None) -> tuple[Subject, ...]:
    fields = frozenset({by})
    return tuple(Subject(SubjectType.PERSON, one, SubjectRole.DISCLOSED, fields) for one in numbers)


def read(register: Any, service: str, more: str) -> Any:
    return register.read(register.file(more=more), register.query(service))


def test_a_person_is_told_as_of_today(register: Any) -> None:
    more = (
        f"<Names>{item('Name', named('Perredaelens', 'Inessa', 'Zinebelle'))}"
        f"{item('Name', named('Merlehovens'), until='2001-02-03')}</Names>"
        f"<Nationalities>{item('Nationality', coded('Nationality', '150', 'Belge'))}</Nationalities>"
        f"<BirthPlace>{day('Date', '1980-01-05')}<ActNumber>1</ActNumber>"
        f"{coded('Place1', '21004', 'Bruxelles')}</BirthPlace>"
        f"<CivilStates>{item('CivilState', coded('CivilState', '30', 'Veuf'))}</CivilStates>"
        "<RegistrationRegisters>"
        f"{item('RegistrationRegister', coded('RegistrationRegister', '2', 'x'))}</RegistrationRegisters>"
    )
    answer = register.found(register.file(more=more), register.query(PERSON))
    fields = dict(answer.fields)
    assert fields["ssin"] == register.ASKED
    assert fields["name"] == {"familyName": "Perredaelens", "givenNames": ["Inessa", "Zinebelle"]}
    assert fields["birth"] == {
        "date": "1980-01-05",
        "place": {
            "nisCode": "21004",
            "municipality": {"fr": "Bruxelles", "nl": "Brussel"},
            "country": BELGIUM,
        },
    }
    assert fields["nationalities"] == [{"nationality": BELGIUM, "since": "2001-02-03"}]
    assert (fields["civilStatus"]["status"]["code"], fields["civilStatus"]["since"]) == ("30", "2001-02-03")
    assert fields["sex"]["label"]["en"] == "Male"
    assert fields["register"]["known"] is True
    assert "death" not in fields
    assert answer.subjects == ()


def test_a_death_is_told_with_its_place(register: Any) -> None:
    act = (
        f"<Decease><ActNumber>1</ActNumber><Place2>{coded('Country', '123', 'P')}"
        "<Graphic>Ponte</Graphic></Place2></Decease>"
    )
    answer = read(register, PERSON, f"<Deceases>{item('Decease', act, '2024-05-00')}</Deceases>")
    death = answer.fields["death"]
    assert death["date"] == "2024-05-00"
    assert death["place"]["text"] == "Ponte"
    assert death["place"]["country"]["label"]["en"] == "Portugal"


def test_what_a_file_does_not_say_is_left_out(register: Any) -> None:
    assert read(register, PERSON, "").fields.keys() == {"ssin", "birth", "sex"}


def test_a_code_that_nobody_explained_passes_and_is_counted(register: Any) -> None:
    UNKNOWN.clear()
    more = f"<Nationalities>{item('Nationality', coded('Nationality', '997', 'Ailleurs'))}</Nationalities>"
    (told,) = read(register, PERSON, more).fields["nationalities"]
    assert told["nationality"] == {"code": "997", "label": {"fr": "Ailleurs"}, "known": False}
    assert UNKNOWN == ["country"]


def member(tag: str, role: str, number: str | None, family: str = "Corvagnaux") -> str:
    told = "" if number is None else numbered(number)
    coded_parts = coded("Housing", "00", "Ménage") + coded("FamilyRole", role, "x")
    return item(tag, f"{coded_parts}{told}{named(family)}")


def test_the_reference_persons_file_names_the_whole_household(register: Any) -> None:
    more = f"<FamilyMembers>{member('FamilyMember', '02', ALPHA)}{member('FamilyMember', '03', BETA)}"
    answer = read(register, HOUSEHOLD, f"{more}{member('FamilyMember', '12', None)}</FamilyMembers>")
    household = answer.fields["household"]
    assert (household["role"]["code"], household["housing"]["code"]) == ("01", "00")
    assert (household["complete"], household["size"]) == (True, 4)
    assert [one.get("ssin") for one in household["members"]] == [ALPHA, BETA, None]
    assert [one["role"]["code"] for one in household["members"]] == ["02", "03", "12"]
    assert household["members"][0]["name"] == {"familyName": "Corvagnaux"}
    assert household["members"][0]["birthDate"] == "1972-01-05"
    assert answer.subjects == shown("household.members", ALPHA, BETA, None)


def test_a_members_file_names_the_reference_person_only(register: Any) -> None:
    more = f"<HeadOfFamily>{member('HeadOfFamily', '03', ALPHA)}</HeadOfFamily>"
    answer = read(register, HOUSEHOLD, more)
    household = answer.fields["household"]
    assert (household["role"]["code"], household["complete"]) == ("03", False)
    assert "size" not in household
    assert [(one["ssin"], one["role"]["code"]) for one in household["members"]] == [(ALPHA, "01")]
    assert answer.subjects == shown("household.members", ALPHA)


def test_who_lives_somewhere_and_with_nobody_lives_alone(register: Any) -> None:
    content = register.file(homes=register.home("2010-05-01"), stays=register.stay("2015-06-02"))
    answer = register.found(content, register.query(HOUSEHOLD))
    assert answer.fields["household"]["size"] == 1
    assert answer.fields["household"]["members"] == []
    assert answer.subjects == ()


@pytest.mark.parametrize("service", [HOUSEHOLD, FILIATION, CIVIL_STATUS])
def test_nothing_on_record_is_an_answer(register: Any, service: str) -> None:
    assert read(register, service, "") == Absent(Why.NOTHING_IN_PERIOD, TODAY)


def test_parents_and_children_are_disclosed(register: Any) -> None:
    kind = coded("FiliationType", "00", "Enfant")
    parents = f"<Parent1>{numbered(ALPHA)}{named('Dele')}</Parent1><Parent2>{named('Fari')}</Parent2>"
    child = f"<Child>{numbered(BETA, '2011-06-00', '1')}{named('Dele', 'Joriel')}</Child>"
    more = (
        f"<Filiations>{item('Filiation', kind + parents)}</Filiations>"
        f"<DescendentFiliations>{item('DescendentFiliation', kind + child)}</DescendentFiliations>"
    )
    answer = read(register, FILIATION, more)
    first, second = answer.fields["parents"]
    assert (first["ssin"], first["name"]["familyName"]) == (ALPHA, "Dele")
    assert second == {"name": {"familyName": "Fari"}, "filiation": first["filiation"], "since": "2001-02-03"}
    (child_told,) = answer.fields["children"]
    assert (child_told["ssin"], child_told["birthDate"]) == (BETA, "2011-06-00")
    assert answer.subjects == (*shown("parents", ALPHA, None), *shown("children", BETA))


def test_what_stands_in_the_place_of_a_number_is_none(register: Any) -> None:
    child = f"<Child>{numbered('00000000000')}{named('Dele')}</Child>"
    kind = coded("FiliationType", "00", "Enfant")
    told = item("DescendentFiliation", kind + child)
    answer = read(register, FILIATION, f"<DescendentFiliations>{told}</DescendentFiliations>")
    assert "ssin" not in answer.fields["children"][0]
    assert answer.subjects == shown("children", None)


def test_civil_statuses_come_newest_first_with_the_spouse_of_the_time(register: Any) -> None:
    spouse = f"<Spouse>{numbered(ALPHA)}{named('Dele')}</Spouse>"
    place = f"<Lieu>{coded('Place1', '21004', 'Bruxelles')}</Lieu>"
    married = coded("CivilState", "20", "Marié") + spouse + place
    more = (
        item("CivilState", coded("CivilState", "10", "x"), "1980-01-05", "2001-02-03")
        + item("CivilState", married, "2001-02-03", "2014-09-30")
        + item("CivilState", coded("CivilState", "40", "x") + spouse, "2014-09-30")
    )
    answer = read(register, CIVIL_STATUS, f"<CivilStates>{more}</CivilStates>")
    told = answer.fields["civilStatuses"]
    assert [(one["status"]["code"], one["since"], one.get("until")) for one in told] == [
        ("40", "2014-09-30", None),
        ("20", "2001-02-03", "2014-09-30"),
        ("10", "1980-01-05", "2001-02-03"),
    ]
    assert told[1]["spouse"]["name"] == {"familyName": "Dele"}
    assert told[1]["place"]["nisCode"] == "21004"
    assert answer.subjects == shown("civilStatuses.spouse", ALPHA), "each once"
