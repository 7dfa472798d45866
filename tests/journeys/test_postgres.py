"""A demonstration on PostgreSQL, from the first question to the export, as an institution and an operator see
it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.world import World, start, stop
from tests.postgres import Cluster

pytestmark = pytest.mark.slow

DATA, CONFIRM, ENDED = "municipality-address", "slrb-confirm-address", "slrb-waiting-list-2024"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[World]:
    """A running demonstration on a database of its own."""
    name = cluster.create()
    running = start(tmp_path_factory.mktemp("postgres") / "home", "--database", cluster.url(name))
    try:
        yield running
    finally:
        ended = stop(running)
        cluster.drop(name)
    assert ended == 0


def run(shared: World, *words: str, code: int = 0) -> str:
    done = shared.run(*words)
    assert done.returncode == code, done.stderr
    return done.stdout


def test_the_show_goes_as_it_must_and_nothing_is_kept_in_a_file(shared: World) -> None:
    shown = shared.output.read_text(encoding="utf-8")
    assert shown.count("✓") == 6
    assert "✗" not in shown
    assert not (shared.home / "fidus.db").exists()
    assert shared.told["database"].startswith("postgresql://")


def test_a_question_is_answered_with_a_receipt_that_can_be_fetched_again(
    shared: World, tmp_path: Path
) -> None:
    body = shared.body(DATA)
    told = shared.consult(DATA, body)
    assert told.status == 200
    receipt = shared.client(DATA).get(f"/consultations/{told.body['consultationId']}/receipt")
    assert receipt.body["receipt"]["index"] == told.body["receipt"]["index"]
    answer = tmp_path / "answer.json"
    answer.write_text(json.dumps(told.body), encoding="utf-8")
    assert run(shared, "receipt", "verify", str(answer), "--vkey", shared.told["audit"]["vkey"])


def test_what_is_not_granted_is_refused_and_what_is_compared_is_only_confirmed(shared: World) -> None:
    refused = shared.consult(ENDED, shared.body(ENDED))
    assert (refused.status, refused.body["type"]) == (403, "urn:problem-type:fidus:notInForce")
    confirmed = shared.consult(CONFIRM, shared.about(CONFIRM, "unknown"))
    assert confirmed.status == 200
    assert "data" not in confirmed.body


def test_a_suspension_holds_until_it_is_ended(shared: World) -> None:
    run(shared, "flow", "suspend", DATA, "--reason", "a test")
    assert shared.consult(DATA, shared.body(DATA)).body["type"] == "urn:problem-type:fidus:suspended"
    run(shared, "flow", "resume", DATA, "--reason", "a test")
    assert shared.consult(DATA, shared.body(DATA)).status == 200


def test_a_source_that_fails_leaves_a_failed_outcome(shared: World) -> None:
    body = shared.body(DATA)
    shared.fault(kind="status", status=500, count=1, key=body["query"]["ssin"])
    told = shared.consult(DATA, body)
    assert (told.status, told.body["origin"]) == (502, "source")
    rows = json.loads(run(shared, "audit", "search", "--outcome", "failed", "--json"))["rows"]
    assert told.body["consultationId"] in {row["consultation"] for row in rows}


def test_the_log_is_verified_searched_and_exported(shared: World, tmp_path: Path) -> None:
    report = json.loads(run(shared, "audit", "verify", "--json"))
    assert report["ok"], report
    assert report["size"] > 10
    found = json.loads(run(shared, "audit", "search", "--flow", DATA, "--limit", "5", "--json"))
    assert len(found["rows"]) == 5
    lines = run(shared, "audit", "export", "--ndjson", "--to", "10").splitlines()
    assert [json.loads(line)["v"] for line in lines] == [1] * 10
    target = tmp_path / "export"
    run(shared, "audit", "export", str(target))
    run(shared, "audit", "verify", str(target), "--vkey", str(target / "log.vkey"))


def test_commands_work_without_a_hub_and_a_later_start_goes_on(shared: World) -> None:
    """The database stays the one of the home, also where the demonstration is not told again."""
    settings = tomllib.loads((shared.home / "fidus.toml").read_text(encoding="utf-8"))
    assert settings["database"] == shared.told["database"]
    before = json.loads(run(shared, "audit", "verify", "--json"))["size"]
    assert stop(shared) == 0
    assert json.loads(run(shared, "flow", "list", "--json"))["flows"]
    assert json.loads(run(shared, "audit", "verify", "--json"))["ok"]
    again = start(shared.home)
    shared.process, shared.told, shared.output = again.process, again.told, again.output
    assert json.loads(run(shared, "audit", "verify", "--json"))["size"] > before
    assert not (shared.home / "fidus.db").exists()
