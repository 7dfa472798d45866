"""What every request meets: identity, role, traces, headers, and a problem for whatever goes wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from fidus.errors import (
    AuditUnavailable,
    FidusError,
    MethodNotAllowed,
    MissingPermission,
    NotFound,
    QuotaExceeded,
    QuotaReason,
)

if TYPE_CHECKING:
    from tests.fidus.api.conftest import Reply, World

OWN = "0999999922"
TRACE = "0d4d5c2e-6c1f-4a7e-9c0c-0b8d8f1a2f11"
OPEN = ["/health", "/doc", "/doc/openapi.yaml", "/doc/openapi.json"]
CLOSED = ["/flows", "/flows/own-address", "/refData/problemTypes", "/auditLog/checkpoint", "/nothing"]


def told(reply: Reply) -> Mapping[str, object]:
    """The members of a problem, after a look at what all of them have."""
    members: dict[str, object] = reply.json
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert members["status"] == reply.status
    assert members["instance"] == f"urn:uuid:{reply.headers['BelGov-Trace-Id']}"
    return members


@pytest.mark.parametrize("path", OPEN)
def test_health_and_documentation_are_open(world: World, path: str) -> None:
    assert world.ask(path, who=None).status == 200
    assert world.hub.strangers == []


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize(("who", "why"), [(None, "noCertificate"), ("unknown", "notEnrolled")])
def test_everything_else_needs_an_institution(world: World, path: str, who: str | None, why: str) -> None:
    reply = world.ask(path, who=who)
    members = told(reply)
    assert reply.status == 401
    assert members["type"] == "urn:problem-type:fidus:clientCertificateNotRecognized"
    assert str(members["href"]).endswith("/fidus/v1/doc#clientCertificateNotRecognized")
    assert world.hub.strangers == [why]


def test_strangers_are_told_the_same_whatever_the_reason(world: World) -> None:
    one, two = (world.ask("/flows", who=who) for who in (None, "unknown"))
    assert _without_traces(one) == _without_traces(two)


def test_a_revoked_key_ends_an_open_connection(world: World) -> None:
    connection = world.connect()
    connection.request("GET", "/fidus/v1/flows")
    first = connection.getresponse()
    first.read()
    institutions = dict(world.hub.catalogue.institutions)
    own = institutions["0999999922"]
    keys = tuple(replace(key, valid_until=date(2026, 1, 1)) for key in own.keys)
    institutions["0999999922"] = replace(own, keys=keys)
    world.hub.catalogue = replace(world.hub.catalogue, institutions=institutions)
    connection.request("GET", "/fidus/v1/flows")
    second = connection.getresponse()
    second.read()
    connection.close()
    assert (first.status, second.status) == (200, 401)


def test_unknown_and_anothers_flow_read_the_same(world: World) -> None:
    """In status, text and headers; only the trace id differs."""
    for method, path in (("GET", "/flows/{}"), ("POST", "/flows/{}/consult")):
        unknown, another = (
            world.ask(path.format(name), method, body={} if method == "POST" else None)
            for name in ("never-address", "other-address")
        )
        assert unknown.status == another.status == 404
        assert told(unknown)["type"] == "urn:problem-type:belgif:resourceNotFound"
        assert _without_traces(unknown) == _without_traces(another)
        assert "RateLimit-Policy" not in unknown.headers


def _without_traces(reply: Reply) -> tuple[int, bytes, list[tuple[str, str]]]:
    text = reply.body.replace(reply.headers["BelGov-Trace-Id"].encode(), b"")
    kept = [(name, value) for name, value in reply.headers.items() if name not in ("BelGov-Trace-Id", "Date")]
    return reply.status, text, sorted(kept)


@pytest.mark.parametrize(
    ("method", "path", "recorded"),
    [
        ("GET", "/flows", False),
        ("GET", "/flows/own-address", False),
        ("POST", "/flows/own-address/consult", True),
        ("GET", "/consultations/0199b2c3-7c1e-7abc-8def-0123456789ab/receipt", False),
    ],
)
def test_a_key_without_the_role_is_refused(world: World, method: str, path: str, recorded: bool) -> None:
    reply = world.ask(path, method, who="auditor", body=b"{}" if method == "POST" else None)
    assert reply.status == 403
    assert told(reply)["type"] == "urn:problem-type:belgif:missingPermission"
    assert [(type(error), flow) for _, error, flow in world.hub.refusals] == (
        [(MissingPermission, "own-address")] if recorded else []
    )
    assert world.hub.consulted == []


@pytest.mark.parametrize("path", ["/auditLog/checkpoint", "/auditLog/tile/0/000"])
def test_the_log_is_for_auditors(world: World, path: str) -> None:
    reply = world.ask(path)
    assert (reply.status, told(reply)["type"]) == (403, "urn:problem-type:belgif:missingPermission")
    assert [(institution, flow) for institution, _, flow in world.hub.refusals] == [("0999999922", None)]


def test_beyond_the_bound_of_records_a_refusal_becomes_too_many(world: World) -> None:
    world.hub.told_instead = QuotaExceeded(QuotaReason.REFUSALS, 300, 17)
    reply = world.ask("/auditLog/checkpoint")
    assert (reply.status, reply.headers["Retry-After"], told(reply)["limit"]) == (429, "17", 300)


def test_the_callers_trace_comes_back_beside_our_own(world: World) -> None:
    reply = world.ask("/health", headers={"BelGov-Trace-Id": TRACE.upper()})
    assert reply.headers["BelGov-Related-Trace-Id"] == TRACE
    assert UUID(reply.headers["BelGov-Trace-Id"]).version == 4
    assert reply.headers["BelGov-Trace-Id"] != TRACE


@pytest.mark.parametrize(
    "sent", ["62691699717", f"{{{TRACE}}}", TRACE.replace("-", ""), f"{TRACE}0", "", f"urn:uuid:{TRACE}"]
)
def test_a_trace_that_is_no_uuid_is_not_echoed(world: World, sent: str) -> None:
    reply = world.ask("/nothing", headers={"BelGov-Trace-Id": sent})
    assert "BelGov-Related-Trace-Id" not in reply.headers
    assert not sent or sent.encode() not in reply.body


@pytest.mark.parametrize(("path", "who"), [(path, None) for path in OPEN + CLOSED] + [("/flows", "own")])
def test_every_answer_has_its_headers(world: World, path: str, who: str | None) -> None:
    headers = world.ask(path, who=who).headers
    assert re.fullmatch(r"[0-9a-f-]{36}", headers["BelGov-Trace-Id"])
    assert headers["Cache-Control"] == ("private, max-age=3600" if path.startswith("/doc") else "no-store")
    assert headers["Content-Language"] == "en"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] == "fidus"


@pytest.mark.parametrize(
    ("asked", "language", "word"),
    [
        ("fr-BE, fr;q=0.9", "fr", "institution"),
        ("nl-BE", "nl", "instelling"),
        ("de", "de", "Einrichtung"),
        ("es, en;q=0.1", "en", "institution"),
        ("es", "en", "institution"),
    ],
)
def test_problems_speak_the_callers_language(world: World, asked: str, language: str, word: str) -> None:
    reply = world.ask("/nothing", headers={"Accept-Language": asked})
    assert reply.headers["Content-Language"] == language
    assert word in str(told(reply)["detail"])
    assert told(reply)["title"] == "Resource Not Found"


@pytest.mark.parametrize(
    "path", ["/flow", "/flows/", "/Flows", "//flows", "/flows/a/b/c", "/doc/openapi", "/"]
)
def test_paths_that_are_not_ours(world: World, path: str) -> None:
    reply = world.ask(path)
    assert (reply.status, told(reply)["type"]) == (404, "urn:problem-type:belgif:resourceNotFound")


@pytest.mark.parametrize("base", ["", "/fidus", "/fidus/v2"])
def test_nothing_stands_beside_the_base(world: World, base: str) -> None:
    assert world.ask("/flows", base=base).status == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/flows", "GET, HEAD"),
        ("DELETE", "/flows/own-address", "GET, HEAD"),
        ("GET", "/flows/own-address/consult", "POST"),
        ("PUT", "/auditLog/tile/0/000", "GET, HEAD"),
        ("OPTIONS", "/refData/problemTypes", "GET, HEAD"),
    ],
)
def test_a_method_that_a_path_does_not_have(world: World, method: str, path: str, allowed: str) -> None:
    reply = world.ask(path, method)
    assert (reply.status, reply.headers["Allow"]) == (405, allowed)
    assert told(reply)["type"] == "urn:problem-type:fidus:methodNotAllowed"


@pytest.mark.parametrize(
    ("method", "path", "kind", "flow"),
    [
        ("GET", "/flows/own-address/consult", MethodNotAllowed, "own-address"),
        ("HEAD", "/flows/other-address/consult", MethodNotAllowed, "other-address"),
        ("OPTIONS", "/flows/a%2Fb/consult", MethodNotAllowed, "a/b"),
        ("POST", "/flows/own-address/consult/", NotFound, "own-address"),
        ("POST", "/flows/own-address/batches", NotFound, "own-address"),
        ("POST", "/flows/own-address/dossiers/query", NotFound, "own-address"),
        ("DELETE", "/auditLog/checkpoint", MethodNotAllowed, None),
        ("GET", "/auditLog", NotFound, None),
        ("GET", "/auditLog/nothing", NotFound, None),
    ],
)
def test_what_leads_astray_where_refusals_are_recorded_is_recorded(
    world: World, method: str, path: str, kind: type[FidusError], flow: str | None
) -> None:
    """Every 4xx to an institution on consult and auditLog is a refusal, whatever its reason."""
    status = world.ask(path, method).status
    assert status == (405 if kind is MethodNotAllowed else 404)
    assert [(number, type(error), name) for number, error, name in world.hub.refusals] == [(OWN, kind, flow)]


def test_what_is_told_of_it_is_what_the_record_allows(world: World) -> None:
    world.hub.told_instead = QuotaExceeded(QuotaReason.REFUSALS, 300, 7)
    assert world.ask("/flows/own-address/consult").status == 429


@pytest.mark.parametrize("path", ["/flows", "/flows/own-address", "/nothing"])
def test_elsewhere_it_is_not(world: World, path: str) -> None:
    world.ask(path, "POST")
    assert world.hub.refusals == []


def test_the_wrong_method_on_an_open_path_needs_no_institution(world: World) -> None:
    assert world.ask("/health", "POST", who=None).status == 405
    assert world.ask("/flows", "POST", who=None).status == 401


def test_head_answers_like_get_without_body(world: World) -> None:
    got, headed = world.ask("/flows"), world.ask("/flows", "HEAD")
    assert (headed.status, headed.body) == (200, b"")
    assert headed.headers["Content-Length"] == str(len(got.body))


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/flows", "text/html"),
        ("/health", "application/json;q=0, */*"),
        ("/doc", "application/json"),
        ("/flows", "nonsense"),
    ],
)
def test_what_cannot_be_given_is_not_acceptable(world: World, path: str, accept: str) -> None:
    reply = world.ask(path, headers={"Accept": accept})
    assert (reply.status, told(reply)["type"]) == (406, "urn:problem-type:fidus:notAcceptable")


def test_query_parameters_are_refused_each_by_its_name(world: World) -> None:
    reply = world.ask("/flows?page=2&ssin=62691699717&page=3&62691699717=1")
    issues = told(reply)["issues"]
    assert reply.status == 400
    assert isinstance(issues, list)
    assert [(issue["in"], issue.get("name")) for issue in issues] == [
        ("query", "page"),
        ("query", "ssin"),
        ("query", None),
    ]
    assert {issue["type"].rpartition(":")[2] for issue in issues} == {"unknownInput"}
    assert b"62691699717" not in reply.body


def test_a_bug_is_told_without_any_detail(world: World) -> None:
    world.hub.failure = ZeroDivisionError("62691699717 is nobody")
    reply = world.consult()
    members = told(reply)
    assert reply.status == 500
    assert members.keys() == {"type", "href", "title", "status", "origin", "instance"}
    assert members["origin"] == "hub"
    assert members["instance"] == f"urn:uuid:{reply.headers['BelGov-Trace-Id']}"
    assert b"62691699717" not in reply.body
    assert [type(bug) for bug in world.hub.trouble.bugs] == [ZeroDivisionError]


def test_a_flow_tells_its_quota(world: World) -> None:
    reply = world.ask("/flows/own-address")
    assert reply.headers["RateLimit-Policy"] == '"second";q=20;w=1, "day";q=5000;w=86400'
    match = re.fullmatch(r'"day";r=4959;t=(\d+)', reply.headers["RateLimit"])
    assert match is not None
    assert 1 <= int(match[1]) <= 90_000


def test_a_refusal_of_ones_own_flow_tells_its_quota_too(world: World) -> None:
    world.hub.used = 6000
    reply = world.consult(body=b"")
    assert reply.status == 400
    assert reply.headers["RateLimit"].startswith('"day";r=0;')


def test_where_the_count_cannot_be_read_the_policy_is_told_alone(world: World) -> None:
    world.hub.used = None
    world.hub.failure = AuditUnavailable()
    reply = world.consult()
    assert (reply.status, reply.headers["Retry-After"], told(reply)["origin"]) == (503, "5", "hub")
    assert "RateLimit-Policy" in reply.headers
    assert "RateLimit" not in reply.headers


def test_a_store_that_has_just_failed_is_not_asked_for_the_count(world: World) -> None:
    """A thousand callers would stand before a database that hangs once more."""
    world.hub.failure = AuditUnavailable()
    reply = world.consult()
    assert (reply.status, "RateLimit-Policy" in reply.headers) == (503, True)
    assert "RateLimit" not in reply.headers


@pytest.mark.parametrize(
    "host",
    [
        "fidus.example",
        "fidus.example.:8443",
        "hub-2.region.example",
        "localhost:1",
        "127.0.0.1:44321",
        "[::1]:8443",
    ],
)
def test_links_are_absolute_as_the_caller_came(world: World, host: str) -> None:
    assert world.ask("/flows", headers={"Host": host}).json["self"] == f"https://{host}/fidus/v1/flows"


@pytest.mark.parametrize(
    "host",
    [
        *(
            "a\\b<script>",
            "68711164181",
            "68711164181:443",
            "a68711164181.example",
            "68.71.11-641.81",
            "68.71.11.64181",
        ),
        *("[68711164181]", "[68.71.11.641.81]", "300.1.1.1", "a..b", "-" * 254, "fidus.example:443443"),
    ],
)
def test_a_host_that_is_none_makes_no_link(world: World, host: str) -> None:
    """Nor one that may be somebody's number."""
    reply = world.ask("/flows", headers={"Host": host})
    assert reply.status == 400 or reply.json["self"] == "https://localhost/fidus/v1/flows"
