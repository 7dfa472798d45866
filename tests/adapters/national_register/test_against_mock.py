"""The adapter against the mock of the National Register: its people by case, and each of its misdeeds."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from adapters.national_register.adapter import NationalRegister
from adapters.national_register.mapping import HISTORY
from fidus.errors import (
    SourceAnswerInvalid,
    SourceError,
    SourceFault,
    SourceSignatureInvalid,
    SourceTimeout,
    SourceUnavailable,
)
from fidus.model import Absent, Answer, Found, Query, Subject, SubjectRole, SubjectType, Why
from tests.adapters.national_register.conftest import adapter

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
ADDRESS = "national-register/address"


@dataclass(frozen=True)
class Mock:
    """The mock as a process of its own, and who lives in its world."""

    ready: dict[str, Any]
    cases: dict[str, str]
    make: Callable[..., NationalRegister]

    def control(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.ready[path], data, method=method)
        with urllib.request.urlopen(request, timeout=5) as response:
            text = response.read()
        return json.loads(text) if text else None

    def ask(self, case: str, service: str = ADDRESS, **values: Any) -> Answer:
        return self.ask_number(self.cases[case], service, **values)

    def ask_number(self, number: str, service: str = ADDRESS, **values: Any) -> Answer:
        subject = Subject(SubjectType.PERSON, number, SubjectRole.ASKED)
        return self.fetch(Query(service, {"ssin": number, **values}, (subject,)))

    def fetch(self, query: Query, unknown_code: Callable[[str], None] = lambda _: None) -> Answer:
        async def story() -> Answer:
            asking = self.make(unknown_code=unknown_code)
            try:
                return await asking.fetch(query)
            finally:
                await asking.close()

        return asyncio.run(story())

    def found(self, case: str, service: str = ADDRESS, **values: Any) -> dict[str, Any]:
        answer = self.ask(case, service, **values)
        assert isinstance(answer, Found)
        assert answer.as_of >= datetime.now(UTC).date() - timedelta(days=1)
        return dict(answer.fields)

    def absent(self, case: str, service: str = ADDRESS) -> Why:
        answer = self.ask(case, service)
        assert isinstance(answer, Absent)
        return answer.why


def key_material(certificates: Any, home: Path) -> None:
    """What the mock reads below `pki/`."""
    (home / "pki").mkdir()
    for name, of in {
        "national-register": "tls",
        "national-register-sign": "source",
        "hub-sign": "hub",
    }.items():
        pair = certificates.get(of)
        shutil.copy(pair.certificate, home / "pki" / f"{name}.crt")
        shutil.copy(pair.key, home / "pki" / f"{name}.key")


@pytest.fixture(scope="module")
def mock(certificates: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    home = tmp_path_factory.mktemp("mock")
    key_material(certificates, home)
    mocks = [sys.executable, "-m", "mocks"]
    world = subprocess.run([*mocks, "world", "--json"], cwd=ROOT, check=True, capture_output=True)
    cases = {one["case"]: one["ssin"] for one in json.loads(world.stdout) if "case" in one}
    command = [*mocks, "national-register", "--home", str(home), "--until-stdin-closes"]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )
    assert process.stdout is not None
    assert process.stdin is not None
    ready = json.loads(process.stdout.readline())
    yield Mock(ready, cases, partial(adapter, certificates, url=ready["url"], timeout_s=10.0))
    process.stdin.close()
    process.stdout.close()
    assert process.wait(10) == 0


@pytest.fixture
def misdeed(mock: Mock) -> Iterator[Callable[..., None]]:
    """Make the mock misbehave until the end of the test."""
    yield lambda kind, **values: mock.control("PUT", "faults", {"kind": kind, **values})
    mock.control("DELETE", "faults")


# --- people


def test_an_ordinary_address(mock: Mock) -> None:
    address = mock.found("boxNumber")["address"]
    assert address.keys() >= {"street", "houseNumber", "box", "postalCode", "nisCode", "streetCode", "since"}
    assert address["street"].keys() == address["municipality"].keys() == {"fr", "nl"}
    assert address["country"] == "BE"


@pytest.mark.parametrize(
    ("case", "shown"),
    [
        pytest.param("noBox", lambda address: "box" not in address, id="no-box"),
        pytest.param("houseNumberRange", lambda address: "-" in address["houseNumber"], id="range"),
        pytest.param("boxWithSlash", lambda address: "/" in address["box"], id="slash"),
        pytest.param("streetWithoutCode", lambda address: "streetCode" not in address, id="no-street-code"),
        pytest.param("incompleteAddressDate", lambda address: address["since"][7:] == "-00", id="no-day"),
        pytest.param("addressYearOnly", lambda address: address["since"][4:] == "-00-00", id="year-only"),
        pytest.param("formerlySecret", lambda address: bool(address["street"]), id="formerly-secret"),
        pytest.param("returnedFromAbroad", lambda address: bool(address["street"]), id="returned"),
        pytest.param("bis", lambda address: bool(address["street"]), id="bis"),
        pytest.param("replacement", lambda address: bool(address["street"]), id="newer-number"),
        pytest.param("referenceAddress", lambda address: bool(address["street"]), id="reference"),
        pytest.param("temporarilyAbsent", lambda address: bool(address["street"]), id="elsewhere"),
    ],
)
def test_an_address_of_its_own_kind(mock: Mock, case: str, shown: Callable[[dict[str, Any]], bool]) -> None:
    assert shown(mock.found(case)["address"])


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("unknown", Why.UNKNOWN_SUBJECT),
        ("noFile", Why.UNKNOWN_SUBJECT),
        ("replaced", Why.REPLACED),
        ("deceased", Why.NOTHING_IN_PERIOD),
        ("deceasedFileClosed", Why.NOTHING_IN_PERIOD),
        ("struckOff", Why.NOTHING_IN_PERIOD),
        ("abroad", Why.NOTHING_IN_PERIOD),
    ],
)
def test_an_absence(mock: Mock, case: str, why: Why) -> None:
    assert mock.absent(case) is why


def test_a_replaced_number_names_the_one_in_use(mock: Mock) -> None:
    answer = mock.ask("replaced")
    assert isinstance(answer, Absent)
    assert answer.replaced_by is not None
    assert answer.replaced_by.id is not None
    assert isinstance(mock.ask_number(answer.replaced_by.id), Found)


@pytest.mark.parametrize(("service", "group"), [(ADDRESS, "address"), (HISTORY, "addresses")])
def test_a_secret_address_is_withheld(mock: Mock, service: str, group: str) -> None:
    answer = mock.ask("secretAddress", service)
    assert isinstance(answer, Found)
    assert not answer.fields
    assert answer.withheld == {group}


def test_addresses_over_time_newest_first(mock: Mock) -> None:
    addresses = mock.found("longHistory", HISTORY)["addresses"]
    assert len(addresses) > 2
    since = [address["since"] for address in addresses]
    assert since == sorted(since, reverse=True)
    assert [address["until"] for address in addresses[1:]] == since[:-1]
    period = {"startDate": since[1], "endDate": since[1]}
    assert mock.found("longHistory", HISTORY, period=period)["addresses"] == [addresses[1]]


@pytest.mark.parametrize("case", ["deceased", "struckOff", "abroad"])
def test_whoever_left_keeps_a_past(mock: Mock, case: str) -> None:
    addresses = mock.found(case, HISTORY)["addresses"]
    assert all("until" in address for address in addresses)


def test_the_examples_of_the_manifest_are_answered(mock: Mock) -> None:
    manifest = tomllib.loads((ROOT / "adapters/national_register/manifest.toml").read_text(encoding="utf-8"))
    for name, service in manifest["services"].items():
        example = dict(service["example"])
        assert isinstance(mock.fetch(Query(f"{manifest['slug']}/{name}", example, ())), Found), name


# --- the other services


def test_who_somebody_is(mock: Mock) -> None:
    person = mock.found("deceased", "national-register/person")
    assert person.keys() >= {"ssin", "name", "birth", "sex", "nationalities", "civilStatus", "death"}
    assert person["death"]["date"] == "2021-11-09"


@pytest.mark.parametrize(
    ("case", "statuses"),
    [("divorced", ["40", "20", "10"]), ("widowed", ["30", "20", "10"]), ("noBox", ["10"])],
)
def test_civil_statuses_over_time(mock: Mock, case: str, statuses: list[str]) -> None:
    told = mock.found(case, "national-register/civil-status")["civilStatuses"]
    assert [one["status"]["code"] for one in told] == statuses
    assert ["spouse" in one for one in told] == [status != "10" for status in statuses]


def test_a_code_without_meaning_is_passed_on_and_counted(mock: Mock) -> None:
    counted: list[str] = []
    query = Query("national-register/person", {"ssin": mock.cases["unexplainedCode"]}, ())
    answer = mock.fetch(query, counted.append)
    assert isinstance(answer, Found)
    (told,) = answer.fields["nationalities"]
    assert (told["nationality"]["known"], told["nationality"]["code"]) == (False, "997")
    assert "country" in counted


def looked_for(family: str, given: str, born: str, **more: Any) -> Query:
    values = {"familyName": family, "givenName": given, "birthDate": born, **more}
    return Query("national-register/search", values, ())


def test_a_search_lists_whoever_sounds_alike(mock: Mock) -> None:
    person = mock.found("twin", "national-register/person")
    written = looked_for("Swillingsmoelen", "Lievelose", person["birth"]["date"])
    answer = mock.fetch(written)
    assert isinstance(answer, Found)
    assert {one["ssin"] for one in answer.fields["candidates"]} == {mock.cases["twin"]}
    assert [subject.role for subject in answer.subjects] == [SubjectRole.LISTED]


def test_a_search_for_nobody_and_one_for_too_many_are_answers(mock: Mock) -> None:
    nobody = mock.fetch(looked_for("Nobodyatall", "Inessa", "1980-00-00"))
    assert (isinstance(nobody, Absent) and nobody.why) is Why.UNKNOWN_SUBJECT
    many = mock.fetch(looked_for("Overaltegaer", "Mykolas", "1962-00-00", toleranceYears=10))
    assert (isinstance(many, Absent) and many.why) is Why.TOO_MANY_CANDIDATES
    some = mock.fetch(looked_for("Overaltegaer", "Mykolas", "1962-00-00", toleranceYears=7))
    assert isinstance(some, Found)
    assert 50 < len(some.fields["candidates"]) <= 100
    assert len(some.subjects) == len(some.fields["candidates"])


@pytest.mark.parametrize("case", ["replaced", "replacement", "noBox"])
def test_all_numbers_of_a_person(mock: Mock, case: str) -> None:
    numbers = mock.found(case, "national-register/ssin-history")["numbers"]
    asked = mock.cases[case]
    assert asked in (numbers["current"], *numbers["related"])
    assert numbers["canceled"] is False
    assert (numbers.get("replaces") == asked) is (case == "replaced")
    assert bool(numbers["related"]) is (case != "noBox")


def test_the_numbers_of_nobody(mock: Mock) -> None:
    assert mock.absent("unknown", "national-register/ssin-history") is Why.UNKNOWN_SUBJECT


# --- misdeeds


@pytest.mark.parametrize(
    ("kind", "values", "error"),
    [
        ("reset", {}, SourceUnavailable),
        ("status", {"status": 429}, SourceUnavailable),
        ("status", {"status": 503}, SourceUnavailable),
        ("status", {"status": 500}, SourceFault),
        ("status", {"status": 404}, SourceFault),
        ("soapFault", {}, SourceFault),
        ("truncate", {"bytes": 0}, SourceAnswerInvalid),
        ("truncate", {"bytes": 1000}, SourceAnswerInvalid),
        ("hugeBody", {"bytes": 50_000_000}, SourceAnswerInvalid),
        ("doctype", {}, SourceAnswerInvalid),
        ("wrongSubject", {}, SourceAnswerInvalid),
        ("expired", {}, SourceAnswerInvalid),
        ("replayed", {}, SourceAnswerInvalid),
        ("badSignature", {}, SourceSignatureInvalid),
        ("unsigned", {}, SourceSignatureInvalid),
        ("wrongSigner", {}, SourceSignatureInvalid),
        ("wrappedSignature", {}, SourceSignatureInvalid),
    ],
)
@pytest.mark.parametrize("case", ["boxNumber", "unknown"])
def test_each_misdeed_leads_to_its_error(
    mock: Mock, misdeed: Callable[..., None], case: str, kind: str, values: dict[str, Any], error: type
) -> None:
    misdeed(kind, count=1, **values)
    with pytest.raises(SourceError) as caught:
        mock.ask(case)
    assert type(caught.value) is error
    assert mock.cases[case] not in repr(caught.value)
    assert mock.ask("noBox"), "it was only once"


@pytest.mark.parametrize(("kind", "values"), [("delay", {"seconds": 3}), ("slowBody", {})])
def test_what_comes_too_late_is_a_timeout(
    mock: Mock, misdeed: Callable[..., None], kind: str, values: dict[str, Any]
) -> None:
    impatient = replace(mock, make=partial(mock.make, timeout_s=0.5))
    misdeed(kind, count=1, **values)
    with pytest.raises(SourceTimeout):
        impatient.ask("boxNumber")


def test_a_short_delay_is_borne(mock: Mock, misdeed: Callable[..., None]) -> None:
    misdeed("delay", seconds=0.2, count=1)
    assert mock.found("boxNumber")


def test_a_question_is_asked_once_whatever_comes_of_it(mock: Mock, misdeed: Callable[..., None]) -> None:
    before = len(mock.control("GET", "asked")["items"])
    misdeed("reset", count=1)
    with pytest.raises(SourceUnavailable):
        mock.ask("boxNumber")
    items = mock.control("GET", "asked")["items"]
    assert len(items) == before + 1
    assert items[-1]["key"] == mock.cases["boxNumber"]


def test_a_hub_that_the_register_does_not_know_gets_a_fault(mock: Mock, certificates: Any) -> None:
    stranger = certificates.get("stranger")
    make = partial(mock.make, signing_certificate=stranger.certificate, signing_key=stranger.key)
    with pytest.raises(SourceFault):
        replace(mock, make=make).ask("boxNumber")
