"""What the pages tell can be done as they tell it: commands, options, targets, links and settings."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from fidus.cli.main import app
from fidus.settings import load_settings

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE = re.compile(r"^ {4,}(.+)$|`([^`\n]+)`", re.M)


def code_of(page: Path) -> Iterator[str]:
    """Lines and words that stand as code."""
    for line, span in CODE.findall(page.read_text(encoding="utf-8")):
        yield (line or span).strip()


def commands() -> list[Any]:
    """Each `fidus …` and `bin/fidus …`, with its page."""
    return [
        pytest.param(shlex.split(code, comments=True)[1:], id=f"{page.name}-{code}"[:70])
        for page in PAGES
        for code in code_of(page)
        if re.match(r"(bin/)?fidus\s+\S", code)
    ]


@pytest.mark.parametrize("words", commands())
def test_a_command_takes_what_its_page_gives_it(words: list[str]) -> None:
    command: Any = typer.main.get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    assert not getattr(command, "commands", {}) or not words or words[0].startswith("-"), words
    known = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    known |= {"--help"} | ({"--install-completion"} if command.name == "fidus" else set())
    assert {word for word in words if word.startswith("--")} <= known


def test_there_are_commands_to_look_at() -> None:
    assert len(commands()) > 12


def test_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    told = {name for page in PAGES for code in code_of(page) for name in re.findall(r"^make ([a-z-]+)", code)}
    assert "demo" in told
    assert told <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_the_operators_sample_of_settings_is_taken(tmp_path: Path) -> None:
    """As it is written: a hub outside a demonstration."""
    page = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
    (sample,) = re.findall(r"^(?: {4}.*\n|\n)*? {4}\[api\]\n(?: {4}.*\n|\n)+", page, re.M)
    text = re.sub(r"^ {4}", "", sample, flags=re.M)
    (tmp_path / "fidus.toml").write_text(text, encoding="utf-8")
    settings = load_settings(tmp_path, {})
    assert settings.demonstration is False
    assert settings.catalogue.approvals_needed == 2
    assert tomllib.loads(text)["log"]["retention_years"] == settings.log.retention_years
