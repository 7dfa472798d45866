"""What a demonstration shows: an answer from question to verified receipt, a refusal, confirmations, and one
thing through every institution's eyes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from audit.note import VerifierKey
from audit.receipt import verify_receipt
from fidus.cli.client import Client, Reply
from fidus.demo.cast import Thing
from fidus.demo.eyes import NOTHING, Seen, rows

WIDTH = 100  # of shown JSON, also where the terminal is wider
NAMES = 26  # of the column that names rows


@dataclass(frozen=True, slots=True)
class Scene:
    """One question: who asks, under which flow, with which body; `says` tells why, in plain words."""

    title: str
    says: str
    client: Client
    flow: Mapping[str, Any]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """One question of many about the same thing."""

    client: Client
    flow: Mapping[str, Any]
    body: Mapping[str, Any]


class Show:
    """Prints the scenes. Degrades to plain text where there is no terminal."""

    def __init__(self, console: Console, folder: Path, vkey: VerifierKey) -> None:
        self._console = console
        self._folder = folder
        self._vkey = vkey
        folder.mkdir(mode=0o700, exist_ok=True)

    def consultation(self, scene: Scene) -> bool:
        """An answer with data, and its receipt opened offline; True if every step of that says yes."""
        reply = self._play(scene)
        if reply.status != 200:
            return False
        body = json.dumps(scene.body, ensure_ascii=False).encode()
        report = verify_receipt(reply.body, self._vkey, body)
        (self._folder / "answer.json").write_text(
            json.dumps(reply.body, ensure_ascii=False), encoding="utf-8"
        )
        (self._folder / "body.json").write_bytes(body)
        self._console.print("[bold]The receipt[/], opened with the log's public key and nothing else:")
        for step in report.steps:
            self._console.print(f"  {'[green]✓[/]' if step.ok else '[red]✗[/]'} {step.text}")
        self._console.print()
        return report.ok

    def refusal(self, scene: Scene, status: int) -> bool:
        """A refusal with its reason; True if it was refused with this status."""
        return self._play(scene).status == status

    def confirmation(self, scene: Scene, expected: str) -> bool:
        """A comparison; True if it says what is expected, and no data came along."""
        reply = self._play(scene)
        body = reply.body if isinstance(reply.body, dict) else {}
        return "data" not in body and expected in body.get("confirmed", {}).values()

    def side_by_side(self, thing: Thing, looks: Mapping[str, Sequence[Look]]) -> bool:
        """What each institution, by its name, sees of one thing; True if every question was answered."""
        eyes: list[list[Seen]] = []
        well = True
        for own in looks.values():
            seen = []
            for look in own:
                reply = self._ask(look.client, look.flow, look.body)
                well &= reply.status == 200
                if reply.status == 200:
                    seen.append(Seen(look.flow["id"], tuple(look.flow["fields"]), reply.body))
            eyes.append(seen)
        table = Table("", *looks, title=thing.title, title_justify="left", title_style="bold", box=box.SIMPLE)
        table.columns[0].max_width = NAMES
        for name, cells in rows(thing, eyes):
            table.add_row(name, *(Text(cell, "dim" if cell == NOTHING else "") for cell in cells))
        table.add_section()
        under = ("\n".join(one.flow for one in seen) or "no flow" for seen in eyes)
        table.add_row("under", *(Text(names, "dim") for names in under))
        self._console.print(table)
        return well

    def _ask(self, client: Client, flow: Mapping[str, Any], body: Mapping[str, Any]) -> Reply:
        return client.post(f"/flows/{flow['id']}/consult", json.dumps(body, ensure_ascii=False).encode())

    def _play(self, scene: Scene) -> Reply:
        out = self._console
        out.rule(f"[bold]{scene.title}", align="left")
        out.print(scene.says)
        out.print(f"[dim]flow[/] {scene.flow['id']}   [dim]purpose[/] {scene.flow['purpose']['en']}")
        out.print(f"[dim]law[/]  {'; '.join(scene.flow['legalBasis'])}")
        self._json("asked", scene.body)
        reply = self._ask(scene.client, scene.flow, scene.body)
        shown = reply.body
        if isinstance(shown, dict) and "receipt" in shown:
            shown = {**shown, "receipt": "… see below" if "data" in shown else "…"}
        self._json(f"answered {reply.status}", shown)
        return reply

    def _json(self, title: str, value: Any) -> None:
        text = folded(value, min(self._console.width - 4, WIDTH))
        if not self._console.is_terminal:
            self._console.print(f"{title}:\n{text}", markup=False)
            return
        syntax = Syntax(text, "json", theme="ansi_light", background_color="default", word_wrap=True)
        self._console.print(Panel(syntax, title=title, title_align="left", border_style="dim", expand=False))


def folded(value: Any, width: int, indent: str = "", name: str = "") -> str:
    """JSON in which whatever fits in a line of this width stands in one: read in a glance, not scrolled.

    `indent`: what stands before each of its lines; `name`: what stands before it on its first.
    """
    text = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(name) + len(text) < width or not isinstance(value, dict | list) or not value:
        return f"{indent}{name}{text}"
    items: Iterable[Any] = value.values() if isinstance(value, dict) else value
    names = (f"{json.dumps(key, ensure_ascii=False)}: " if isinstance(value, dict) else "" for key in value)
    members = zip(names, items, strict=True)
    inner = (folded(item, width, f"{indent}  ", before) for before, item in members)
    first, last = "{}" if isinstance(value, dict) else "[]"
    lines = ",\n".join(inner)
    return f"{indent}{name}{first}\n{lines}\n{indent}{last}"
