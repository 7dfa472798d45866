"""`fidus cbe …`: data are loaded beside a running hub, which answers from them at once, without the bank."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fidus.demo.home import DemoHome, prepare, write_settings
from tests.fidus.cbe import files
from tests.fidus.cbe.files import FIRST, bare
from tests.journeys.alone import NOWHERE, Alone, serving
from tests.journeys.commands import Done, fidus
from tests.journeys.trial import CONTEXT
from tests.journeys.world import ROOT
from tests.postgres import Database

pytestmark = pytest.mark.slow

FLOW = "municipality-enterprise"


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> DemoHome:
    """Whose bank is nowhere."""
    home = prepare(tmp_path / "home", ROOT / "flows")
    sqlite = request.param == "sqlite"
    database: Database | None = None if sqlite else request.getfixturevalue("database")
    write_settings(home, {"cbe": NOWHERE}, database="sqlite" if database is None else database.url)
    return home


def done(home: DemoHome, *words: str) -> Done:
    return fidus("cbe", *words, home=home.folder)


def asked(hub: Alone) -> Any:
    body = {"query": {"enterpriseNumber": bare(FIRST)}, "context": CONTEXT}
    return hub.client("municipality").post(f"/flows/{FLOW}/consult", json.dumps(body).encode())


def test_data_are_loaded_beside_a_running_hub(home: DemoHome, tmp_path: Path) -> None:
    full = files.full(tmp_path)
    update = files.update(tmp_path, {"denomination": [FIRST]}, {})
    with serving(home) as hub:
        assert fidus("flow", "apply", str(home.flows), home=home.folder).code == 0
        assert asked(hub).status == 503
        none = done(home, "status")
        assert (none.code, none.out[:24]) == (1, "No open data are loaded:")
        told = done(home, "load", str(full))
        assert (told.code, told.err) == (0, "")
        said = "Full file 140 of 2025-11-01 is loaded: 3 enterprises, 2 establishments.\n"
        assert told.out == said
        reply = asked(hub)
        assert (reply.status, reply.body["source"]["asOf"]) == (200, "2025-11-01")
        assert len(reply.body["data"]["denominations"]) == 3
        loaded = json.loads(done(home, "load", str(update), "--json").out)
        assert (loaded["extractType"], loaded["extractNumber"], loaded["resumed"]) == ("update", 141, False)
        assert "denominations" not in asked(hub).body["data"]
        status = json.loads(done(home, "status", "--json").out)
        assert (status["snapshotDate"], status["knownAfter"]) == ("2025-12-02", "2025-11-01")
        assert "Extract 141 of 2025-12-02 answers" in done(home, "status").out


def test_what_cannot_be_loaded_is_one_sentence_with_its_place(home: DemoHome, tmp_path: Path) -> None:
    bad = {**files.FULL, "address": [files.address(FIRST)[:-1]]}
    file = files.full(tmp_path, bad)
    told = done(home, "load", str(file))
    assert (told.code, told.out) == (1, "")
    assert told.err.replace("\n", " ").startswith(
        f"{file}/address.csv:2: the row has another number of columns."
    )
    assert done(home, "load", str(tmp_path / "missing.zip")).code == 2
