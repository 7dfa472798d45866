"""The page of a mock: what stands in it, that it needs nothing else, and that everybody can read it."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from lxml import html

from mocks.asked import Asked
from mocks.faults import ALL_KINDS, Faults
from mocks.pages import HEADERS, page
from mocks.personas import Persona, personas
from mocks.world import world

PERSONAS = personas("cbe", world())
ASKED = Asked(datetime(2026, 1, 1, tzinfo=UTC), "cbe/ReadEnterprise", "0999200067", "id-of-a-question")


def read(faults: Faults | None = None, asked: int = 0, people: tuple[Persona, ...] = tuple(PERSONAS)) -> Any:
    return html.document_fromstring(page("cbe", people, faults or Faults(), [ASKED] * asked))


def test_every_persona_is_a_row_with_a_heading() -> None:
    rows = read().findall(".//tbody/tr")
    told = [
        (row.find("th").text_content(), [cell.text_content() for cell in row.findall("td")]) for row in rows
    ]
    assert told == [(one.name, [f"{one.member} {one.key}", one.shows]) for one in PERSONAS]
    assert all(row.find("th").get("scope") == "row" for row in rows)


def test_what_is_in_force_stands_there_and_every_kind_that_could_be() -> None:
    faults = Faults(frozenset(ALL_KINDS))
    assert "Not now." in read(faults).text_content()
    faults.add({"kind": "delay", "seconds": 3, "count": 2, "key": "0999200067"})
    told = read(faults).text_content()
    assert "kind: delay, seconds: 3, count: 2, key: 0999200067" in told
    assert "Not now." not in told
    kinds = [one.text_content().split()[0] for one in read(faults).findall(".//ul")[-1]]
    assert kinds == sorted(ALL_KINDS)


@pytest.mark.parametrize(("times", "words"), [(0, "0 times"), (1, "once"), (2, "2 times")])
def test_it_counts_what_was_asked_and_tells_nothing_of_it(times: int, words: str) -> None:
    told = read(asked=times).text_content()
    assert f"It was asked {words}: " in told
    assert "id-of-a-question" not in told


def test_nobody_in_particular() -> None:
    shown = read(people=())
    assert shown.find(".//table") is None
    assert "names nobody in particular" in shown.text_content()


def test_what_is_written_is_text_and_never_markup() -> None:
    evil = "<script>alert('&')</script>"
    faults = Faults()
    faults.add({"kind": "reset", "key": evil})
    raw = page(evil, [Persona(evil, evil, evil, evil)], faults, [])
    assert "<script" not in raw
    assert unescape(raw).count(evil) == 7


def test_it_needs_no_script_and_nothing_from_elsewhere() -> None:
    shown = read()
    assert shown.findall(".//script") == shown.findall(".//img") == shown.findall(".//link") == []
    links = {one.get("href") for one in shown.findall(".//a")}
    assert links == {"/faults", "/asked"}
    assert all(
        name.startswith("data-") or not name.startswith("on") for one in shown.iter() for name in one.attrib
    )
    assert "default-src 'none'" in HEADERS["Content-Security-Policy"]


def test_everybody_can_read_it() -> None:
    """WCAG 2.1 1.3.1, 2.4.2, 2.4.6, 3.1.1, 4.1.1: what a machine can look at."""
    shown = read()
    assert shown.get("lang") == "en"
    assert shown.findtext(".//title") == "cbe: mock source"
    assert len(shown.findall(".//main")) == 1
    assert [one.tag for one in shown.iter("h1", "h2", "h3")] == ["h1", "h2", "h2", "h2"]
    assert all(one.get("scope") in ("row", "col") for one in shown.iter("th"))
    assert shown.findtext(".//caption") == f"{len(PERSONAS)} that show one thing each"
    region = shown.find(".//*[@role='region']")
    assert region is not None
    assert region.get("tabindex") == "0"
    assert shown.get_element_by_id(region.get("aria-labelledby")).text == "What to ask for"
    ids = [one.get("id") for one in shown.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    assert "maximum-scale" not in page("cbe", PERSONAS, Faults(), [])


def test_the_policy_names_the_style_of_the_page() -> None:
    style = read().findtext(".//style")
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert re.findall(r"'sha256-([^']+)'", HEADERS["Content-Security-Policy"]) == [digest]
