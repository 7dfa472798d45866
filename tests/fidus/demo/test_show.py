"""JSON as the demonstration shows it, and what institutions see side by side."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from audit.note import VerifierKey
from fidus.cli.client import Client, Reply
from fidus.demo.cast import Thing
from fidus.demo.show import Look, Show, folded

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_what_fits_stands_in_one_line() -> None:
    body = {"query": {"ssin": "68711164181"}, "context": {"caseReference": "2026-004711", "items": [1, 2]}}
    assert folded(body, 200) == json.dumps(body)
    assert folded(body, 60).split("\n") == [
        "{",
        '  "query": {"ssin": "68711164181"},',
        '  "context": {',
        '    "caseReference": "2026-004711",',
        '    "items": [1, 2]',
        "  }",
        "}",
    ]


@given(JSON, st.integers(min_value=1, max_value=120))
def test_it_stays_the_same_json(value: Any, width: int) -> None:
    assert json.loads(folded(value, width)) == value


class Answering(Client):
    """Answers each flow as it is told to."""

    said: ClassVar[dict[str, Reply]] = {
        "whole": Reply(
            200, {}, {"found": True, "data": {"address": {"postalCode": "1000", "houseNumber": "7"}}}
        ),
        "bare": Reply(200, {}, {"found": True, "data": {"address": {"postalCode": "1000"}}}),
        "refused": Reply(403, {}, {"status": 403}),
    }

    def post(self, path: str, body: bytes) -> Reply:
        return self.said[path.split("/")[2]]


def shown(tmp_path: Path, *flows: str, width: int = 80, terminal: bool = False) -> tuple[bool, str]:
    """What is printed of one thing, an institution for each flow."""
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, highlight=False)
    client = Answering("", tmp_path, None, None)
    looks = {
        f"Of {flow}": [] if flow == "none" else [Look(client, {"id": flow, "fields": ["address"]}, {})]
        for flow in flows
    }
    show = Show(console, tmp_path / "show", VerifierKey("demo", bytes(32)))
    well = show.side_by_side(Thing("A person", {}, ("name", "address")), looks)
    return well, out.getvalue()


def test_institutions_stand_side_by_side_with_what_each_may_see(tmp_path: Path) -> None:
    well, text = shown(tmp_path, "whole", "bare", "none")
    assert well
    assert "\x1b" not in text
    lines = text.splitlines()
    assert lines[0].strip() == "A person"
    (address,) = [line.split() for line in lines if line.strip().startswith("Address")]
    assert address == ["Address", "1000,", "7", "1000", "—"]
    assert not any(line.strip().startswith("Name") for line in lines)
    (under,) = [line.split() for line in lines if line.strip().startswith("under")]
    assert under == ["under", "whole", "bare", "no", "flow"]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_table_fits_its_terminal(tmp_path: Path, width: int) -> None:
    _, text = shown(tmp_path, "whole", "bare", "none", width=width, terminal=True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert plain != text
    assert max(len(line) for line in plain.splitlines()) <= width


def test_what_is_refused_is_not_well(tmp_path: Path) -> None:
    well, text = shown(tmp_path, "whole", "refused")
    assert not well
    assert "403" not in text
