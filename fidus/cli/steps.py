"""What is looked at step by step, told as it goes: each step, and what to do where one is not right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fidus.cli.output import console, print_json


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at. `cure` says what to do where it is not right."""

    what: str
    ok: bool
    cure: str = ""

    def as_json(self) -> dict[str, Any]:
        """For programs: a cure only where there is something to cure."""
        return {"step": self.what, "ok": self.ok, **({} if self.ok else {"cure": self.cure})}


def tell(steps: Iterable[Step], *, as_json: bool) -> int:
    """Show each step when it is done, for programs all at the end. 0: all are right, 1: one is not."""
    seen = []
    for step in steps:
        seen.append(step)
        if not as_json:
            console.print(f"{'[green]ok [/]' if step.ok else '[red]no [/]'} ", end="")
            console.print(step.what, markup=False)
            if not step.ok:
                console.print(f"    → {step.cure}", markup=False)
    if as_json:
        print_json([step.as_json() for step in seen])
    return 0 if all(step.ok for step in seen) else 1
