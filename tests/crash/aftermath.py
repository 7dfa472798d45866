"""After a hub died: what it left behind, how the next one takes over, and whether all accounts agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fidus.settings import load_settings
from fidus.verification import verify_home
from tests.crash import compare
from tests.crash.client import Asking
from tests.crash.hubs import HubProcess
from tests.crash.recount import Ledger
from tests.crash.session import Session, apply, control
from tests.crash.world import CONFIRM, DATA, HOUSING, MUNICIPALITY, OTHER_DATA, World, ordinary, question


def at_death(session: Session, items: list[dict[str, Any]]) -> Iterator[str]:
    """What does not hold of what the dead hub left. `items`: what the source was asked meanwhile."""
    ledger = Ledger.of(session.home)
    if ledger is None:
        if session.askings or items or session.suspended:
            yield "there is no store, and somebody was answered or asked"
        return
    yield from ledger.faults()
    yield from compare.acknowledged(ledger, session.askings)
    yield from compare.asked(ledger, session.askings, items)
    yield from compare.published(ledger, session.home)
    if session.suspended and not suspended(ledger):
        yield "the suspension was answered and is not in the log"


def suspended(ledger: Ledger) -> bool:
    """Whether the log says that DATA is."""
    return any(entry["admin"].get("act") == "suspend" for entry in ledger.of_kind("admin"))


@dataclass
class Takeover:
    """The next hub on the same home. `open`: consultations that the dead one left without outcome."""

    world: World
    session: Session
    open: dict[str, str] = field(init=False)
    was_suspended: bool = field(init=False)

    def __post_init__(self) -> None:
        left = Ledger.of(self.session.home)
        intents = [] if left is None else left.of_kind("intent")
        unended = set() if left is None else left.unended()
        self.open = {one["consultation"]: one["flow"] for one in intents if one["consultation"] in unended}
        self.was_suspended = left is not None and suspended(left)

    def faults(self) -> Iterator[str]:
        """Start a hub, see what it did about its predecessor, use it, stop it."""
        home = self.session.home
        hub = HubProcess.start(home)
        if not hub.lives():
            yield f"no hub starts again:\n{(home / 'hub.log').read_text(encoding='utf-8')}"
            return
        yield from self._interruptions()
        if not control(home, "flows", {})["flows"]:
            apply(home)
        yield from self._answers(hub.api)
        if (code := hub.stop()) != 0:
            yield f"the next hub ended with {code}"

    def _interruptions(self) -> Iterator[str]:
        """A hub that listens has ended what its predecessor left open."""
        ledger = Ledger.of(self.session.home)
        assert ledger is not None, "a hub that listens has a store"
        ended = ledger.ended()
        if any(ended.get(one, {}).get("outcome") != "interrupted" for one in self.open):
            yield "what was left open was not interrupted"
        if ledger.unended():
            yield "something is still open"
        if len(ledger.leases) != 1:
            yield f"{len(ledger.leases)} leases are held by one hub"

    def _answers(self, api: str) -> Iterator[str]:
        *_, one, other = ordinary()
        expected = {DATA: "suspended" if self.was_suspended else "", OTHER_DATA: ""}
        client = self.world.client(MUNICIPALITY)
        client.connect(api)
        for flow, person in ((DATA, one), (OTHER_DATA, other)):
            asking = question(flow, person.number)
            self.session.askings.append(asking)
            told = client.ask(asking)
            if told.reason != expected[flow]:
                yield f"{flow} is answered {told.status} {told.reason}"
        client.close()
        for consultation, flow in self.open.items():
            client = self.world.client(HOUSING if flow == CONFIRM else MUNICIPALITY)
            client.connect(api)
            shown = client.receipt(consultation)
            if shown.body.get("outcome") != "interrupted":
                yield f"the receipt of an interrupted consultation is {shown.status}"
            client.close()


def at_rest(home: Path, askings: list[Asking], items: list[dict[str, Any]]) -> Iterator[str]:
    """What does not hold once the last hub has stopped in good order."""
    ledger = Ledger.of(home)
    assert ledger is not None
    yield from ledger.faults()
    yield from compare.acknowledged(ledger, askings)
    yield from compare.asked(ledger, askings, items)
    yield from compare.published(ledger, home)
    if ledger.open or ledger.leases:
        yield "consultations or leases are left open"
    report = verify_home(load_settings(home))
    yield from (f"entry {fault.index}: {fault.what}" for fault in report.faults)
    if report.size != ledger.size:
        yield f"verified are {report.size} of {ledger.size} entries"
