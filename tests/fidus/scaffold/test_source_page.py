"""What the page of a source tells."""

from __future__ import annotations

import pytest

from fidus.model import QueryMember, Service
from fidus.scaffold.source_page import source_page
from fidus.vocabulary import UnknownWord, read

NAME = {"fr": "Parc", "nl": "Park", "de": "Park", "en": "Fleet"}
TITLE = {"fr": "Engin", "nl": "Tuig", "de": "Gerät", "en": "Engine | motor"}
WORDS = read(
    "".join(
        f'[{name}]\ntype = "{kind}"\nmany = {many}\ntitle = {{ fr = "F", nl = "N", de = "D", en = "E" }}\n'
        'description = { fr = "f", nl = "n", de = "d", en = "it means this" }\n'
        for name, kind, many in (
            ("engine", "object", "true"),
            ("kind", "code", "false"),
            ("tags", "text", "true"),
        )
    )
)


def service(*leaves: str) -> Service:
    return Service(
        id="fleet/engine",
        title=TITLE,
        members=(QueryMember("plate", "plate", False, None), QueryMember("vin", "vin", False, None)),
        contracts={"v1": {"engine": leaves}},
        confirmable={"engine": ("kind",)},
        example={"plate": "1ABC123"},
        limits=frozenset({"periodYears"}),
        choices=(("plate",), ("vin",)),
    )


def test_each_field_stands_with_its_type_and_its_name_in_every_language() -> None:
    page = source_page("fleet", NAME, [service("engine.kind", "tags")], WORDS, {})
    assert "| `engine` † | `engine.kind` | code | F | N | D | E | it means this |" in page
    assert "| `engine` † | `tags` | text, several | F | N | D | E | it means this |" in page


def test_it_tells_how_to_ask() -> None:
    page = source_page("fleet", NAME, [service("engine.kind")], WORDS, {})
    assert page.startswith("# Fleet\n")
    assert "Asked with exactly one of: `plate`, or `vin`." in page
    assert '{"query": {"plate": "1ABC123"}}' in page
    assert "A flow may limit: `periodYears`." in page
    assert "[`fleet/engine`](#fleetengine)" in page


def test_codes_have_a_table_each_and_a_bar_does_not_break_it() -> None:
    page = source_page("fleet", NAME, [service("engine.kind")], WORDS, {"kind": {"1": TITLE}})
    assert "### kind" in page
    assert "| `1` | Engin | Tuig | Gerät | Engine &#124; motor |" in page
    assert "## Codes" not in source_page("fleet", NAME, [service("engine.kind")], WORDS, {})


def test_a_field_that_has_no_name_is_refused() -> None:
    with pytest.raises(UnknownWord, match="vocabulary"):
        source_page("fleet", NAME, [service("engine.colour")], WORDS, {})
