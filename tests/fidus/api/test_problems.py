"""Every error is one problem, told in every language, and no problem tells a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

import pytest

from fidus.api.problems import EXCEEDED, PROBLEMS, REFUSED, all_types, document, problem_type, retry_after_s
from fidus.api.texts import DETAILS
from fidus.errors import (
    AuditUnavailable,
    ConfigurationFault,
    ConfigurationInvalid,
    ExchangeRefused,
    FidusError,
    IdentityReason,
    IdentityRejected,
    Issue,
    IssueType,
    MethodNotAllowed,
    PayloadTooLarge,
    QuotaExceeded,
    QuotaReason,
    RefusedBecause,
    RequestInvalid,
    SourceError,
    SourceUnavailable,
)
from fidus.model import LANGUAGES, TraceIds
from fidus.refusals import reason_of

TRACES = TraceIds(UUID("7a0b9d7e-1f2c-4b8e-a6b5-6f1d3c9e2a40"))
BASE = "https://fidus.example/fidus/v1"
CONSULTATION = UUID("0199b2c3-7c1e-7abc-8def-0123456789ab")


def leaves(error: type[FidusError]) -> Iterator[type[FidusError]]:
    below = error.__subclasses__()
    if not below:
        yield error
    for one in below:
        yield from leaves(one)


def errors() -> Iterator[FidusError]:
    """One of each leaf, and of those with reasons one of each reason."""
    for leaf in leaves(FidusError):
        if issubclass(leaf, SourceError):
            yield leaf("national-register", "said no")
        elif leaf is ExchangeRefused:
            yield from (ExchangeRefused(reason, 3) for reason in RefusedBecause)
        elif leaf is QuotaExceeded:
            yield from (QuotaExceeded(reason, 5, 77) for reason in QuotaReason)
        elif leaf is RequestInvalid:
            yield RequestInvalid((Issue(IssueType.UNKNOWN_INPUT, "query.x", "Leave it out"),))
        elif leaf is IdentityRejected:
            yield from (IdentityRejected(reason) for reason in IdentityReason)
        elif leaf is PayloadTooLarge:
            yield PayloadTooLarge(65_536)
        elif leaf is MethodNotAllowed:
            yield MethodNotAllowed(("GET",))
        elif leaf is ConfigurationInvalid:
            yield ConfigurationInvalid((ConfigurationFault("a.toml", 1, "wrong", "Correct it"),))
        else:
            yield leaf()


ALL = tuple(errors())


def ids(error: FidusError) -> str:
    return type(error).__name__


def test_every_error_has_a_problem() -> None:
    assert set(leaves(FidusError)) == PROBLEMS.keys()
    assert set(RefusedBecause) == REFUSED.keys()
    assert set(QuotaReason) == EXCEEDED.keys()


def test_every_problem_has_its_text_and_no_text_is_left_over() -> None:
    assert {kind.code for kind in all_types()} == DETAILS.keys()


@pytest.mark.parametrize("code", DETAILS)
def test_every_text_is_there_in_each_language(code: str) -> None:
    texts = DETAILS[code]
    assert tuple(texts) == LANGUAGES
    assert len(set(texts.values())) == len(LANGUAGES)
    assert all(text.endswith(".") and "{" not in text for text in texts.values())


def test_types_of_ours_and_of_belgif_are_well_formed() -> None:
    for kind in all_types():
        assert re.fullmatch(r"urn:problem-type:(belgif|fidus):[a-z][A-Za-z]*", kind.type)
        assert 400 <= kind.status <= 504


@pytest.mark.parametrize("error", ALL, ids=ids)
def test_the_log_names_the_same_reason(error: FidusError) -> None:
    if not isinstance(error, IdentityRejected | AuditUnavailable | ConfigurationInvalid):
        assert reason_of(error) == problem_type(error).code


@pytest.mark.parametrize("error", ALL, ids=ids)
def test_a_problem_has_what_the_conventions_ask(error: FidusError) -> None:
    members = document(error, TRACES, "nl", BASE)
    kind = problem_type(error)
    assert members["type"] == kind.type
    assert members["status"] == kind.status
    assert members.get("detail") == (None if kind.status == 500 else DETAILS[kind.code]["nl"])
    assert members["instance"] == "urn:uuid:7a0b9d7e-1f2c-4b8e-a6b5-6f1d3c9e2a40"
    assert members["href"].startswith((f"{BASE}/", "https://www.belgif.be/"))
    assert "consultationId" not in members
    assert ("issues" in members) == (kind.status == 400)


@pytest.mark.parametrize("error", ALL, ids=ids)
def test_origin_says_who_can_mend_it(error: FidusError) -> None:
    origin = problem_type(error).origin
    if isinstance(error, SourceError):
        assert origin == "source"
    else:
        assert (origin == "hub") == (problem_type(error).status >= 500)


@pytest.mark.parametrize("error", ALL, ids=ids)
def test_whoever_should_come_back_is_told_when(error: FidusError) -> None:
    seconds = retry_after_s(error)
    assert (seconds is not None) == (problem_type(error).status in (429, 503))
    assert document(error, TRACES, "en", BASE).get("retryAfterSec") == seconds


def test_guesses_that_are_spent_are_a_problem_of_their_own() -> None:
    assert problem_type(QuotaExceeded(QuotaReason.GUESSES_SPENT, 5, 9)).code == "tooManyFailedRequests"


def test_after_an_intent_the_consultation_is_named() -> None:
    error = SourceUnavailable("national-register", "refused")
    error.consultation = CONSULTATION
    members = document(error, TRACES, "en", BASE)
    assert members["consultationId"] == str(CONSULTATION)
    assert "national-register" not in str(members)


@pytest.mark.parametrize("type_", IssueType)
def test_every_kind_of_issue_can_be_told(type_: IssueType) -> None:
    issue = Issue(type_, "query.ssin", "A rule: what to do")
    (told,) = document(RequestInvalid((issue,)), TRACES, "en", BASE)["issues"]
    assert told.keys() == {"type", "title", "in", "name", "detail"}
    assert (told["type"], told["in"], told["name"]) == (type_.value, "body", "query.ssin")


def test_an_issue_about_the_whole_has_no_name() -> None:
    issue = Issue(IssueType.SCHEMA_VIOLATION, "", "The body is empty: send one JSON object")
    (told,) = document(RequestInvalid((issue,)), TRACES, "en", BASE)["issues"]
    assert "name" not in told


def test_limits_are_told() -> None:
    assert document(PayloadTooLarge(65_536), TRACES, "en", BASE)["limit"] == 65_536
