"""What an operator can have done goes in as JSON and comes out as JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from adapters._lib.gate import Gate, Limits
from fidus.app import Hub
from fidus.errors import AuditUnavailable, ConfigurationInvalid
from fidus.model import Caller, TraceIds
from fidus.operations import operations
from tests.fidus.home import Home
from tests.fidus.questions import FILES, TOWN, body, flow_file, person


class Operator:
    """Has operations done by a hub."""

    def __init__(self, home: Home, hub: Hub) -> None:
        self.home, self.hub = home, hub

    def do(self, operation: str, **arguments: Any) -> Mapping[str, Any]:
        """Through JSON, as through the socket."""
        given = json.loads(json.dumps(arguments))
        told: Mapping[str, Any] = json.loads(json.dumps(self.home.run(self._do(operation, given))))
        return told

    async def _do(self, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        return await operations(self.hub)[operation](arguments)

    def ask(self) -> None:
        caller, traces = Caller(TOWN, frozenset()), TraceIds(uuid4())
        self.home.run(self.hub.consult(caller, "town-whole", body(person()), traces))

    def newest(self) -> dict[str, Any]:
        entry: dict[str, Any] = json.loads(self.hub.reader.entry(self.hub.reader.head().size - 1))
        return entry


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    home = Home(tmp_path / "home")
    with home.open() as hub:
        yield Operator(home, hub)
    home.runner.close()


def test_a_catalogue_is_applied(operator: Operator) -> None:
    more = {**FILES, "town/town-more.toml": flow_file()}
    files = {path: base64.b64encode(text).decode() for path, text in more.items()}
    told = operator.do("apply", files=files, approvals=[])
    assert told == {
        "digest": operator.hub.catalogue.digest.hex(),
        "index": 1,
        "added": ["town-more"],
        "changed": [],
        "removed": [],
    }
    with pytest.raises(ConfigurationInvalid):
        operator.do("apply", files={"x.toml": ""}, approvals=[])


def test_flows_are_suspended_resumed_and_listed(operator: Operator) -> None:
    assert operator.do("suspend", flow="town-address", reason="a test") == {"index": 1}
    told = operator.do("flows")
    assert (told["epoch"], told["digest"]) == (2, operator.hub.catalogue.digest.hex())
    listed = {flow["id"]: flow for flow in told["flows"]}
    assert list(listed) == ["housing-confirm", "housing-discreet", "town-address", "town-whole"]
    assert listed["town-address"]["suspended"] is True
    assert listed["town-address"]["fields"] == ["address.postalCode", "address.street"]
    assert listed["housing-confirm"]["mode"] == "confirm"
    assert operator.do("resume", flow="town-address", reason="a test") == {"index": 2}
    with pytest.raises(LookupError):
        operator.do("suspend", flow="town-nothing", reason="a test")


def test_a_source_is_blocked_and_set_free_and_both_are_entries(operator: Operator) -> None:
    operator.hub.sources.gates["national-register"] = gate = Gate("national-register", Limits(1, 8))
    assert operator.do("say", source="national-register", word="block", reason="a test") == {"index": 1}
    assert gate.word.value == "block"
    told = operator.do("sources")["sources"]
    assert [(one["slug"], one["reachable"], one["word"], one["atOnce"]) for one in told] == [
        ("national-register", "blocked", "block", 8)
    ]
    assert operator.newest()["admin"] == {"act": "blockSource", "object": "national-register"}
    assert operator.do("say", source="national-register", word="auto", reason="a test") == {"index": 2}
    assert gate.word.value == "auto"
    with pytest.raises(LookupError, match="no source another"):
        operator.do("say", source="another", word="block", reason="a test")


def test_a_search_is_itself_an_entry_before_anything_is_shown(operator: Operator) -> None:
    operator.ask()
    told = operator.do("search", identifier=["person", person()], since="2026-10-05T00:00:00+02:00", limit=5)
    assert [row["kind"] for row in told["rows"]] == ["intent"]
    assert told["rows"][0].keys() == {
        "index",
        "at",
        "kind",
        "institution",
        "flow",
        "channel",
        "consultation",
        "number",
        "roles",
    }
    entry = operator.newest()
    assert entry["read"] == {"act": "search", "query": ["identifier", "since"], "count": 1}
    assert entry.keys() == {"v", "kind", "at", "sealed", "read"}
    opened = operator.hub.recorder.open_sealed(entry)
    assert opened == {"subjects": [{"type": "person", "id": person(), "role": "asked"}]}
    again = operator.do("search", identifier=["person", person()])
    assert [row["kind"] for row in again["rows"]] == ["read", "intent"]


def test_a_search_looks_for_what_it_is_told(operator: Operator) -> None:
    operator.ask()
    for criteria, found in (
        ({"kind": "outcome"}, ["outcome"]),
        ({"flow": "town-whole", "outcome": "found"}, ["outcome"]),
        ({"role": "disclosed"}, ["outcome"]),
        ({"institution": TOWN, "until": "2026-10-05T00:00:00+02:00"}, []),
    ):
        told = operator.do("search", **criteria)
        assert [row["kind"] for row in told["rows"]] == found
    page = operator.do("search", institution=TOWN, limit=1)
    older = operator.do("search", institution=TOWN, limit=1, cursor=page["cursor"])
    assert [row["kind"] for row in (*page["rows"], *older["rows"])] == ["outcome", "intent"]


@pytest.mark.parametrize(
    "criteria",
    [
        {"kind": "nothing"},
        {"role": "nobody"},
        {"identifier": ["person", "12"]},
        {"identifier": ["plant", "12"]},
        {"since": "2026-10-05T00:00:00"},
        {"until": "yesterday"},
        {"limit": 0},
    ],
)
def test_a_search_for_nonsense_is_refused_and_shows_nothing(
    operator: Operator, criteria: Mapping[str, Any]
) -> None:
    size = operator.hub.reader.head().size
    with pytest.raises(ValueError):
        operator.do("search", **criteria)
    assert operator.hub.reader.head().size == size


def test_a_search_that_cannot_be_recorded_shows_nothing(operator: Operator) -> None:
    operator.ask()
    operator.home.run(operator.hub.log.close())
    with pytest.raises(AuditUnavailable):
        operator.do("search", kind="outcome")
