"""A manifest becomes services, or says everything that is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fidus.errors import ConfigurationFault, ConfigurationInvalid
from fidus.identifiers import check_digits
from fidus.model import QueryMember, SubjectType
from fidus.services import load_services

SSIN = f"906215001{check_digits('906215001', 1900):02}"
TEXTS = '{ fr = "f", nl = "n", de = "d", en = "e" }'
MANIFEST = f"""
slug = "a-source"
name = {TEXTS}

[services.address]
title = {TEXTS}
members = [ {{ name = "ssin", kind = "ssin", required = true, subject = "person" }} ]
example = {{ ssin = "{SSIN}" }}

[services.address.contracts.v1]
address = ["address.street", "address.houseNumber", "address.postalCode"]
age = ["age"]

[services.address.confirmable]
address = ["street", "houseNumber", "postalCode"]

[services.history]
title = {TEXTS}
members = [
  {{ name = "ssin", kind = "ssin", required = true, subject = "person" }},
  {{ name = "period", kind = "period" }},
]
example = {{ ssin = "{SSIN}", period = {{ startDate = "2020-01-01" }} }}
limits = ["periodYears"]

[services.history.contracts.v1]
addresses = ["addresses.street"]

[services.history.contracts.v2]
addresses = ["addresses.street", "addresses.until"]
"""


def write(adapters: Path, manifest: str, folder: str = "a_source") -> Path:
    (adapters / folder).mkdir()
    (adapters / folder / "manifest.toml").write_text(manifest, encoding="utf-8")
    return adapters


def faults(adapters: Path) -> tuple[ConfigurationFault, ...]:
    with pytest.raises(ConfigurationInvalid) as error:
        load_services(adapters)
    return error.value.faults


def test_a_manifest_becomes_services(tmp_path: Path) -> None:
    services = load_services(write(tmp_path, MANIFEST))
    assert sorted(services) == ["a-source/address", "a-source/history"]
    address, history = services["a-source/address"], services["a-source/history"]
    assert address.members == (QueryMember("ssin", "ssin", True, SubjectType.PERSON),)
    assert address.contracts["v1"]["age"] == ("age",)
    assert address.confirmable == {"address": ("street", "houseNumber", "postalCode")}
    assert address.title["nl"] == "n"
    assert history.members[1] == QueryMember("period", "period", False, None)
    assert history.limits == frozenset({"periodYears"})
    assert history.example["period"] == {"startDate": "2020-01-01"}
    assert history.contracts["v2"]["addresses"] == ("addresses.street", "addresses.until")


def test_folders_that_are_no_source_and_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "_lib").mkdir()
    (tmp_path / "__init__.py").write_text("")
    assert load_services(tmp_path) == {}


@pytest.mark.parametrize(
    ("old", "new", "at", "problem"),
    [
        pytest.param(
            'slug = "a-source"', 'slug = "another"', "slug", "`slug` is not the name", id="slug-of-another"
        ),
        pytest.param(
            'slug = "a-source"', 'slug = "A Source"', "slug", "`slug` is not the name", id="slug-no-slug"
        ),
        pytest.param(
            "services.history",
            "services.History",
            "[services.History]",
            "holds more than a-z",
            id="service-name",
        ),
        pytest.param('"periodYears"', '"ages"', "limits", "no policy can judge", id="limit"),
        pytest.param(
            'name = "period"', 'name = "a_b"', "members = [\n", "is no name of a member", id="member-name"
        ),
        pytest.param('name = "period"', 'name = "ssin"', "members = [\n", "or another's", id="member-twice"),
        pytest.param(
            'kind = "period"', 'kind = "smell"', "members = [\n", "there is no kind `smell`", id="kind"
        ),
        pytest.param(
            ', subject = "person" } ]',
            " } ]",
            "members",
            "no required member says who",
            id="nobody-is-asked-about",
        ),
        pytest.param(
            'kind = "period"',
            'kind = "period", subject = "address"',
            "members = [\n",
            "the log would know of nobody asked about",
            id="subject-of-what-names-nobody",
        ),
        pytest.param(
            'subject = "person" } ]',
            'subject = "vehicle" } ]',
            "members",
            "what a `ssin` names is of type person",
            id="subject-of-another-type",
        ),
        pytest.param(
            '"address.street", ',
            "",
            'address = ["street"',
            "what its contract does not hold",
            id="compares-what-is-not-there",
        ),
        pytest.param(
            'address = ["street"',
            'place = ["street"',
            "place =",
            "no contract has a group `place`",
            id="confirmable-unknown",
        ),
        pytest.param(
            'address = ["street", ',
            "address = [",
            'address = ["houseNumber"',
            "cannot be compared by these",
            id="confirmable-without-street",
        ),
        pytest.param(
            '"postalCode"]',
            '"postalCode", "planet"]',
            'address = ["street"',
            "cannot be compared by these",
            id="confirmable-with-more",
        ),
        pytest.param("age = [", "Age_ = [", "Age_", "is no name of a group", id="group-name"),
        pytest.param(
            '["age"]',
            '["address.age", "age"]',
            "age =",
            "is no name of a group",
            id="group-named-like-a-leaf",
        ),
        pytest.param('["age"]', "[]", "age =", "has no leaves", id="group-empty"),
        pytest.param('["age"]', '["years", "years"]', "age =", "one twice", id="leaf-twice"),
        pytest.param('["age"]', '["age..x"]', "age =", "one that is no path", id="leaf-no-path"),
        pytest.param(
            '["age"]',
            '["address"]',
            "[services.address.contracts.v1]",
            "has leaves below it",
            id="leaf-above-leaves",
        ),
        pytest.param(
            "example = { ssin",
            "example = { ssim",
            "example",
            "`example` is no query",
            id="example-of-another-shape",
        ),
        *(
            pytest.param(
                'limits = ["periodYears"]', f"choices = [{choices}]", "choices", problem, id=f"choice-{name}"
            )
            for name, choices, problem in (
                ("of-nothing", "[], ['period']", "a choice names nothing"),
                ("member-twice", "['period', 'period'], ['x']", "a choice names nothing, a member twice"),
                ("of-a-required-member", "['ssin'], ['period']", "one that is no optional one"),
                ("of-an-unknown-member", "['planet'], ['period']", "one that is no optional one"),
                ("within-another", "['period'], ['period']", "a choice holds another one"),
                ("alone", "['period']", "one choice is none"),
            )
        ),
        pytest.param('kind = "ssin"', 'sort = "ssin"', "members", "is missing", id="member-without-kind"),
        pytest.param(", en = ", ", xx = ", "name", "`name.en` is missing", id="language-missing"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, at: str, problem: str) -> None:
    manifest = MANIFEST.replace(old, new)
    assert manifest != MANIFEST
    line = manifest[: manifest.index(at)].count("\n") + 1
    found = faults(write(tmp_path, manifest))
    assert any(fault.line == line and problem in fault.problem and fault.cure for fault in found), found


CHOICE = f"""
slug = "a-source"
name = {TEXTS}

[services.vehicle]
title = {TEXTS}
members = [
  {{ name = "plate", kind = "plate", subject = "vehicle" }},
  {{ name = "vin", kind = "vin", subject = "vehicle" }},
  {{ name = "unifier", kind = "unifier" }},
]
choices = [["plate"], ["vin", "unifier"]]
example = {{ plate = "0ABC123" }}

[services.vehicle.contracts.v1]
colours = ["colours"]
"""


def test_a_subject_may_be_named_in_one_way_of_several(tmp_path: Path) -> None:
    service = load_services(write(tmp_path, CHOICE))["a-source/vehicle"]
    assert service.choices == (("plate",), ("vin", "unifier"))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('example = { plate = "0ABC123" }', 'example = { unifier = "01" }', "`example` is no query"),
        ('kind = "vin", subject = "vehicle"', 'kind = "vin"', "no required member says who"),
    ],
)
def test_every_way_names_a_subject(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert any(problem in fault.problem for fault in faults(write(tmp_path, CHOICE.replace(old, new))))


def test_nothing_compares_a_group_without_a_judge(tmp_path: Path) -> None:
    manifest = MANIFEST.replace(
        "[services.address.confirmable]", '[services.address.confirmable]\nage = ["years"]'
    )
    assert "nothing compares `age`" in faults(write(tmp_path, manifest))[0].problem


def test_all_manifests_are_read_before_anything_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write(tmp_path, MANIFEST.replace("a-source", "x"))
    write(tmp_path, "slug = ", "broken")
    assert [fault.file for fault in faults(tmp_path)] == [
        "a_source/manifest.toml",
        "broken/manifest.toml",
        "empty/manifest.toml",
    ]


@pytest.mark.parametrize("month", ["02", "62"], ids=["real-looking", "wrong-check-digits"])
def test_an_example_is_a_synthetic_number_with_right_check_digits(tmp_path: Path, month: str) -> None:
    nine = f"90{month}15001"
    number = f"{nine}{check_digits(nine, 1900) - (month == '62'):02}"
    assert "`example` is no query" in faults(write(tmp_path, MANIFEST.replace(SSIN, number, 1)))[0].problem


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(st.binary(max_size=40), st.integers(0, len(MANIFEST)), st.integers(0, 60))
def test_any_manifest_is_read_or_refused(tmp_path: Path, noise: bytes, at: int, cut: int) -> None:
    raw = MANIFEST.encode()
    folder = tmp_path / "a_source"
    folder.mkdir(exist_ok=True)
    (folder / "manifest.toml").write_bytes(raw[:at] + noise + raw[at + cut :])
    found: tuple[ConfigurationFault, ...] = ()
    try:
        load_services(tmp_path)
    except ConfigurationInvalid as invalid:
        found = invalid.faults
    assert all(fault.problem and fault.cure for fault in found)


LISTING = f"""
slug = "a-source"
name = {TEXTS}

[services.search]
title = {TEXTS}
lists = true
members = [ {{ name = "familyName", kind = "name", required = true }} ]
example = {{ familyName = "Dele" }}

[services.search.contracts.v1]
candidates = ["candidates.ssin"]
"""


def test_a_search_names_nobody(tmp_path: Path) -> None:
    (service,) = load_services(write(tmp_path, LISTING)).values()
    assert [member.subject for member in service.members] == [None]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(("lists = true\n", ""), "no required member says who", id="not-a-search"),
        pytest.param(
            (
                'candidates = ["candidates.ssin"]',
                'name = ["name.familyName"]\n\n[services.search.confirmable]\nname = ["familyName"]',
            ),
            "a search cannot be confirmed",
            id="confirmed",
        ),
    ],
)
def test_only_a_search_names_nobody_and_it_cannot_be_confirmed(
    tmp_path: Path, change: tuple[str, str], problem: str
) -> None:
    found = faults(write(tmp_path, LISTING.replace(*change)))
    assert problem in " ".join(fault.problem for fault in found)
