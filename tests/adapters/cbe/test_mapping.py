"""What the mapping makes of answers, beyond what the element lists show."""

from __future__ import annotations

import pytest

from adapters._lib.codes import NotAsAgreed
from adapters.cbe.mapping import OPERATIONS
from fidus.model import Absent, Answer, Found, Subject, SubjectRole, SubjectType, Why
from tests.adapters.cbe import samples
from tests.adapters.cbe.samples import ENTERPRISE, OTHER, REPLIES, THIRD, read, reply


def found(answer: Answer) -> Found:
    assert isinstance(answer, Found)
    return answer


def test_what_held_before_or_holds_later_is_no_name_activity_or_situation_of_today() -> None:
    fields = found(read("enterprise")).fields
    assert [row["denomination"] for row in fields["denominations"]] == ["Menuiserie Inventée", "MENUI"]
    assert [row["activity"]["code"] for row in fields["activities"]] == ["43320"]
    assert (fields["legal"]["situation"]["code"], fields["legal"]["situationSince"]) == ("000", "2019-04-01")


def test_an_ended_enterprise_keeps_its_last_situation() -> None:
    only = REPLIES["enterprise"].replace("2019-04-01</", "2027-04-01</")
    assert found(read("enterprise", only)).fields["legal"]["situation"]["code"] == "000"


def test_a_natural_person_is_counted_where_its_name_is_shown() -> None:
    answer = found(read("enterprise", reply("ReadEnterprise", samples.enterprise(kind="1"))))
    people = [one for one in answer.subjects if one.type is SubjectType.PERSON]
    assert people == [Subject(SubjectType.PERSON, None, SubjectRole.DISCLOSED, frozenset({"denominations"}))]


def test_enterprises_with_a_function_or_link_are_numbered_and_people_counted() -> None:
    subjects = found(read("functions")).subjects
    told = [(one.type, one.id, sorted(one.fields)) for one in subjects]
    assert told == [
        (SubjectType.ENTERPRISE, OTHER, ["functions"]),
        (SubjectType.ENTERPRISE, THIRD, ["links"]),
        (SubjectType.PERSON, None, ["functions"]),
        (SubjectType.PERSON, None, ["functions"]),
    ]
    assert {one.role for one in subjects} == {SubjectRole.DISCLOSED}


def test_nobody_directs_it() -> None:
    bare = samples.enterprise(functions=False)
    start, end = bare.index("<Qualification"), bare.index("<Activity")
    bare = bare[:start] + bare[end:]
    start, end = bare.index("<LinkedEnterprise"), bare.index("<FinancialData")
    answer = read("functions", reply("ReadEnterprise", bare[:start] + bare[end:]))
    assert answer == Absent(Why.NOTHING_IN_PERIOD, samples.TODAY)


def test_it_has_no_establishment() -> None:
    answer = read("establishments", reply("ReadEstablishmentByEnterpriseNumber"))
    assert answer == Absent(Why.NOTHING_IN_PERIOD, samples.TODAY)


def test_the_search_finds_nobody() -> None:
    answer = read("search", reply("ReadEnterpriseByPhoneme"))
    assert answer == Absent(Why.UNKNOWN_SUBJECT, samples.TODAY)


def test_whom_a_search_lists() -> None:
    subjects = found(read("search")).subjects
    assert {one.role for one in subjects} == {SubjectRole.LISTED}
    assert [one.id for one in subjects if one.type is SubjectType.ENTERPRISE] == [ENTERPRISE, THIRD]
    assert [one.fields for one in subjects if one.type is SubjectType.PERSON] == [
        frozenset({"candidates.denominations"})
    ]


@pytest.mark.parametrize(
    ("service", "content"),
    [
        pytest.param("enterprise", reply("ReadEnterprise", samples.enterprise(OTHER)), id="another"),
        pytest.param("functions", reply("ReadEnterprise", samples.enterprise(OTHER)), id="anothers-people"),
        pytest.param(
            "establishments",
            reply("ReadEstablishmentByEnterpriseNumber", samples.establishment(of=OTHER)),
            id="anothers-establishment",
        ),
        pytest.param(
            "establishments",
            reply("ReadEstablishmentByEnterpriseNumber", *[samples.establishment()] * 2),
            id="an-establishment-twice",
        ),
        pytest.param(
            "search", reply("ReadEnterpriseByPhoneme", *[samples.enterprise()] * 2), id="listed-twice"
        ),
        pytest.param(
            "search",
            reply("ReadEnterpriseByPhoneme", samples.enterprise("0999000328")),
            id="check-digits",
        ),
        pytest.param(
            "functions",
            REPLIES["functions"].replace(f">{OTHER}<", ">0999000427<"),
            id="a-holder-that-is-none",
        ),
        pytest.param(
            "enterprise", REPLIES["enterprise"].replace("2031-01-01<", "12031-01-01<"), id="year-12031"
        ),
    ],
)
def test_what_cannot_be_so_is_refused(service: str, content: str) -> None:
    with pytest.raises(NotAsAgreed) as raised:
        read(service, content)
    assert not any(character.isdigit() for character in str(raised.value))


def test_a_name_is_written_as_text_and_never_as_xml() -> None:
    asked = samples.query("search", name='<O\'Neill> & "Zn" ]]>', postalCode="1000")
    written = OPERATIONS["cbe/search"].write(asked, samples.ASKING)
    node = samples.parsed(written.decode())
    assert [one.text for one in node] == ['<O\'Neill> & "Zn" ]]>', "1000", "100"]
