"""What may stand in the files of flows/, and what they become."""

from __future__ import annotations

import base64
from datetime import date
from hashlib import sha256

import pytest

from fidus.catalogue import parse_catalogue
from fidus.errors import ConfigurationFault, ConfigurationInvalid
from fidus.model import Catalogue, Channel, Deliberation, Key, Mode, Quota, Role, Service

TITLE = {"fr": "f", "nl": "n", "de": "d", "en": "e"}
TEXTS = '{ fr = "f", nl = "n", de = "d", en = "e" }'
SPKI = base64.b64encode(sha256(b"key").digest()).decode()
SERVICES = {
    service.id: service
    for service in (
        Service(
            id="reg/address",
            title=TITLE,
            members=(),
            contracts={"v1": {"address": ("address.street", "address.postalCode"), "age": ("age",)}},
            confirmable={"address": ("street", "postalCode")},
            example={},
            limits=frozenset({"periodYears"}),
        ),
        Service(
            id="reg/history",
            title=TITLE,
            members=(),
            contracts={
                "v1": {"addresses": ("addresses.street",)},
                "v2": {"addresses": ("addresses.street",)},
            },
            confirmable={},
            example={},
        ),
    )
}
INSTITUTION = f"""
number = "0999000129"
kind = "supplier"
name = {TEXTS}
dpo = ["An officer"]
valid_from = 2026-01-01
valid_until = 2027-12-31
[[keys]]
spki_sha256 = "{SPKI}"
roles = ["exchange", "dpo"]
valid_from = 2026-01-02
valid_until = 2026-12-31
"""
FLOW = f"""
service = "reg/address"
mode = "data"
purpose = {TEXTS}
legal_basis = ["an invented law"]
fields = ["address"]
channels = ["api", "batch"]
valid_from = 2026-02-01
valid_until = 2028-01-31
quota = {{ per_second = 20, per_day = 5000 }}
contract = "v1"
"""


def parse(flow: str = FLOW, institution: str = INSTITUTION) -> Catalogue:
    files = {"town/institution.toml": institution.encode(), "town/town-address.toml": flow.encode()}
    return parse_catalogue(files, SERVICES, 7, frozenset({"former"}))


def faults(flow: str = FLOW, institution: str = INSTITUTION) -> tuple[ConfigurationFault, ...]:
    with pytest.raises(ConfigurationInvalid) as error:
        parse(flow, institution)
    return error.value.faults


def test_a_flow_file_becomes_a_flow_with_what_is_usual() -> None:
    flow = parse().flows["town-address"]
    assert (flow.id, flow.institution, flow.service, flow.contract) == (
        "town-address",
        "0999000129",
        "reg/address",
        "v1",
    )
    assert (flow.mode, flow.fields) == (Mode.DATA, ("address.postalCode", "address.street"))
    assert (dict(flow.purpose), flow.legal_basis) == (TITLE, ("an invented law",))
    assert flow.channels == frozenset({Channel.API, Channel.BATCH})
    assert (flow.valid_from, flow.valid_until) == (date(2026, 2, 1), date(2028, 1, 31))
    assert (flow.quota, flow.deliberation, dict(flow.limits)) == (Quota(20, 5000), None, {})
    assert (flow.existence, flow.max_guesses, flow.follow_replaced) == (True, 5, False)
    assert (flow.requires_case, flow.requires_end_user, flow.requires_dossier) == (True, True, False)
    assert flow.digest == sha256(FLOW.encode()).digest()


def test_a_flow_file_may_say_more() -> None:
    more = """
    existence = false
    max_guesses = 2
    follow_replaced = true
    requires_case = false
    requires_end_user = false
    requires_dossier = true
    limits = { periodYears = 3 }
    deliberation = { number = "12/2026", date = 2026-01-12 }
    """
    flow = parse(FLOW.replace('"data"', '"confirm"') + more).flows["town-address"]
    assert flow.mode is Mode.CONFIRM
    assert flow.fields == ("address.postalCode", "address.street")
    assert (flow.existence, flow.max_guesses, flow.follow_replaced) == (False, 2, True)
    assert (flow.requires_case, flow.requires_end_user, flow.requires_dossier) == (False, False, True)
    assert (dict(flow.limits), flow.deliberation) == (
        {"periodYears": 3},
        Deliberation("12/2026", date(2026, 1, 12)),
    )


def test_an_institution_file_becomes_an_institution() -> None:
    institution = parse().institutions["0999000129"]
    assert (institution.number, institution.slug, institution.kind) == ("0999000129", "town", "supplier")
    assert (dict(institution.name), institution.dpo) == (TITLE, ("An officer",))
    assert (institution.valid_from, institution.valid_until) == (date(2026, 1, 1), date(2027, 12, 31))
    roles = frozenset({Role.EXCHANGE, Role.DPO})
    assert institution.keys == (Key(SPKI, roles, date(2026, 1, 2), date(2026, 12, 31)),)


def test_an_institution_needs_neither_keys_nor_validity_of_its_own() -> None:
    institution = parse(institution=f'number = "0999000129"\nkind = "institution"\nname = {TEXTS}')
    plain = institution.institutions["0999000129"]
    assert (plain.keys, plain.valid_from, plain.valid_until) == ((), date.min, date.max)


@pytest.mark.parametrize(
    ("fields", "leaves"),
    [
        pytest.param('["age", "address.street"]', ("address.street", "age"), id="leaves"),
        pytest.param('["address"]', ("address.postalCode", "address.street"), id="group"),
        pytest.param('["address", "age"]', ("address.postalCode", "address.street", "age"), id="both"),
    ],
)
def test_groups_are_written_out(fields: str, leaves: tuple[str, ...]) -> None:
    assert parse(FLOW.replace('["address"]', fields)).flows["town-address"].fields == leaves


@pytest.mark.parametrize(
    ("old", "new", "problem", "cure"),
    [
        pytest.param(
            '"reg/address"', '"reg/income"', "no such service", "reg/address, reg/history", id="service"
        ),
        pytest.param('"reg/address"', '"reg/*"', "wildcard", "national-register", id="any-service"),
        pytest.param('"v1"', '"v9"', "has no such contract", "There are: v1", id="contract"),
        pytest.param('["address"]', '["income"]', "no field `income` in contract v1", "address", id="field"),
        pytest.param('["address"]', '["*"]', "wildcard", "", id="all-fields"),
        pytest.param('["address"]', '["address.?"]', "wildcard", "", id="some-fields"),
        pytest.param('["address"]', '["age", "age"]', "`age` is named twice", "", id="field-twice"),
        pytest.param(
            '["address"]',
            '["address", "address.street"]',
            "is in a group that is named too",
            "",
            id="covered",
        ),
        pytest.param('["address"]', "[]", "`fields` has less than 1", "fields = [", id="no-field"),
        pytest.param('["api", "batch"]', '["api", "*"]', "is not 'api'", "soap", id="any-channel"),
        pytest.param('["api", "batch"]', '["api", "api"]', "`api` is named twice", "", id="channel-twice"),
        pytest.param('["api", "batch"]', "[]", "`channels` has less than 1", "", id="no-channel"),
        pytest.param('"data"', '"all"', "is not 'data' or 'confirm'", 'mode = "data"', id="mode"),
        pytest.param("2028-01-31", "2026-01-31", "`valid_until` is before", "", id="ends-before-it-begins"),
        pytest.param(
            "per_day = 5000", "per_day = 0", "`quota.per_day` is less than 1", "quota =", id="quota-none"
        ),
        pytest.param("per_day = 5000", "per_day = -1", "is less than 1", "", id="quota-negative"),
        pytest.param("20, per", "2000000000, per", "is more than 1000000000", "", id="quota-endless"),
        pytest.param(", per_day = 5000", "", "`quota.per_day` is missing", "quota =", id="quota-half"),
        pytest.param('["an invented law"]', "[]", "`legal_basis` has less", "", id="no-legal-basis"),
        pytest.param('["an invented law"]', '["*"]', "wildcard", "", id="any-law"),
        pytest.param('["an invented law"]', '[" "]', "is blank", "", id="blank-law"),
        pytest.param('de = "d", ', "", "`purpose.de` is missing", "purpose =", id="language-missing"),
        pytest.param('de = "d"', 'de = ""', "`purpose.de` is blank", "", id="language-empty"),
        pytest.param(
            'de = "d"', 'de = "d", it = "i"', "`purpose.it` is not a member", "", id="language-more"
        ),
        pytest.param(
            'contract = "v1"', 'contract = "v1"\nexistence = false', "confirm mode only", "", id="existence"
        ),
        pytest.param(
            'contract = "v1"', 'contract = "v1"\nmax_guesses = 6', "is more than 5", "", id="guesses"
        ),
        pytest.param(
            'contract = "v1"', 'contract = "v1"\nmax_guesses = 0', "is less than 1", "", id="no-guesses"
        ),
        pytest.param(
            'contract = "v1"',
            'contract = "v1"\nlimits = { age = 1 }',
            "`age` is no limit",
            "periodYears",
            id="limit",
        ),
        pytest.param(
            'contract = "v1"',
            'contract = "v1"\nlimits = { periodYears = 0 }',
            "is less than 1",
            "",
            id="limit-none",
        ),
        pytest.param(
            'contract = "v1"',
            'contract = "v1"\ndeliberation = { number = "1" }',
            "`deliberation.date` is missing",
            "",
            id="deliberation-half",
        ),
        pytest.param(
            'contract = "v1"', 'contract = "v1"\nfield = 1', "`field` is not a member", "", id="unknown"
        ),
    ],
)
def test_a_fault_of_a_flow_is_told_with_its_line(old: str, new: str, problem: str, cure: str) -> None:
    flow = FLOW.replace(old, new)
    assert flow != FLOW
    found = [fault for fault in faults(flow) if problem in fault.problem]
    pairs = zip(FLOW.split("\n"), flow.split("\n"), strict=False)
    line = next(number for number, (before, after) in enumerate(pairs, start=1) if before != after)
    assert [(fault.file, fault.line) for fault in found] == [("town/town-address.toml", line)]
    assert cure in found[0].cure


@pytest.mark.parametrize(
    "member", ["service", "mode", "purpose", "legal_basis", "fields", "valid_from", "valid_until", "quota"]
)
def test_what_a_flow_must_say_cannot_be_left_out(member: str) -> None:
    without = "\n".join(line for line in FLOW.split("\n") if not line.startswith(f"{member} ="))
    (fault,) = faults(without)
    assert (fault.line, fault.problem) == (0, f"`{member}` is missing")
    assert fault.cure.startswith(f"Write it like this: {member} = ")


@pytest.mark.parametrize(
    ("service", "fields", "problem", "cure"),
    [
        pytest.param(
            "reg/address", "age", "`age` cannot be compared", "there are: address", id="not-comparable"
        ),
        pytest.param(
            "reg/address", "address.street", "cannot be compared", "whole groups", id="part-of-a-group"
        ),
        pytest.param(
            "reg/history", "addresses", "cannot be compared", "make it a data flow", id="nothing-comparable"
        ),
    ],
)
def test_a_confirm_flow_names_groups_that_can_be_compared(
    service: str, fields: str, problem: str, cure: str
) -> None:
    flow = (
        FLOW.replace("reg/address", service)
        .replace('"data"', '"confirm"')
        .replace('["address"]', f'["{fields}"]')
    )
    (fault,) = faults(flow)
    assert fault.line == 6
    assert problem in fault.problem
    assert cure in fault.cure


def test_a_service_without_limits_says_so() -> None:
    flow = FLOW.replace("reg/address", "reg/history").replace('["address"]', '["addresses"]')
    (fault,) = faults(flow + "limits = { periodYears = 1 }")
    assert (fault.line, fault.cure) == (12, "There are: none; take it out")


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        pytest.param("0999000129", "0999000128", 2, "check digits", id="check-digits"),
        pytest.param("0999000129", "999000129", 2, "10 digits", id="nine-digits"),
        pytest.param("0999000129", "0999.000.129", 2, "more than digits", id="dots"),
        pytest.param('"supplier"', '"tenant"', 3, "is not 'institution'", id="kind"),
        pytest.param('en = "e"', 'en = " "', 4, "`name.en` is blank", id="language-blank"),
        pytest.param('"An officer"', '""', 5, "`dpo` is blank", id="dpo"),
        pytest.param("2027-12-31", "2025-12-31", 7, "`valid_until` is before", id="validity"),
        pytest.param(SPKI, SPKI[:-1], 9, "is not base64 of 32 bytes", id="key-without-padding"),
        pytest.param(SPKI, SPKI[:40], 9, "is not base64 of 32 bytes", id="key-too-short"),
        pytest.param(SPKI, "é", 9, "is not base64 of 32 bytes", id="key-no-base64"),
        pytest.param('"dpo"]', '"exchange"]', 10, "`exchange` is named twice", id="role-twice"),
        pytest.param('"dpo"]', '"king"]', 10, "is not 'exchange'", id="role-unknown"),
        pytest.param('"exchange", "dpo"', "", 10, "`keys.roles` has less than 1", id="no-role"),
        pytest.param("2026-12-31", "2025-12-31", 12, "`valid_until` is before", id="key-validity"),
        pytest.param(
            "valid_until = 2026-12-31", "", 8, "`keys.valid_until` is missing", id="key-without-end"
        ),
    ],
)
def test_a_fault_of_an_institution_is_told_with_its_line(old: str, new: str, line: int, problem: str) -> None:
    changed = INSTITUTION.replace(old, new)
    assert changed != INSTITUTION
    (fault,) = faults(institution=changed)
    assert (fault.file, fault.line) == ("town/institution.toml", line)
    assert problem in fault.problem
    assert fault.cure


def test_base64_has_one_spelling() -> None:
    """The last character of 43 carries two spare bits: with them set it names the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    spare = alphabet[alphabet.index(SPKI[42]) | 1]
    other = f"{SPKI[:42]}{spare}="
    assert base64.b64decode(other) == base64.b64decode(SPKI)
    (fault,) = faults(institution=INSTITUTION.replace(SPKI, other))
    assert fault.line == 9


def test_what_is_right_is_checked_further_beside_what_is_wrong() -> None:
    """One wrong member hides no fault of another."""
    flow = (
        FLOW.replace('["api", "batch"]', '["any"]')
        .replace("2028", "2025")
        .replace('["address"]', '["income"]')
    )
    assert sorted((fault.line, fault.problem.split("`")[1]) for fault in faults(flow + "more = 1")) == [
        (6, "income"),
        (7, "channels"),
        (9, "valid_until"),
        (12, "more"),
    ]
    institution = INSTITUTION.replace('"supplier"', "1").replace("129", "128").replace(SPKI, "AA")
    assert [fault.line for fault in faults(institution=institution)] == [2, 3, 9]


@pytest.mark.parametrize(
    "wrong",
    ['"reg/address"', '"data"', '["address"]', '"v1"', "2026-02-01", "2028-01-31", '["api", "batch"]'],
)
def test_a_wrong_member_makes_no_other_member_wrong(wrong: str) -> None:
    assert len(faults(FLOW.replace(wrong, "0.5"))) == 1
