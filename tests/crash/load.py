"""Institutions that ask without pause, whatever becomes of the hub; one suspends a flow and resumes it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.crash.client import Asking, Client
from tests.crash.session import control
from tests.crash.world import (
    CONFIRM,
    DATA,
    ENDED,
    HOUSING,
    MUNICIPALITY,
    OTHER_DATA,
    World,
    confirmation,
    malformed,
    ordinary,
    question,
)

ASKING, CONFIRMING = 3, 2  # clients at once
PEOPLE = 12  # so few that guesses about them run out


class Load:
    """The clients of one home. `askings`: everything that they asked; `faults`: what they saw go wrong."""

    def __init__(self, world: World, home: Path, seed: int, suspending: bool = True) -> None:
        self._world = world
        self._home = home
        self._people = ordinary()[:PEOPLE]
        self._api = ""
        self._changed = threading.Condition()
        self._ended = False
        self.askings: list[Asking] = []
        self.faults: list[str] = []
        works = [(self._ask, MUNICIPALITY)] * ASKING + [(self._confirm, HOUSING)] * CONFIRMING
        works += [(self._stray, HOUSING), *([(self._suspend, MUNICIPALITY)] if suspending else [])]
        self._threads = [
            threading.Thread(target=self._work, args=(work, world.client(name), Random(f"{seed}:{number}")))
            for number, (work, name) in enumerate(works)
        ]

    @contextmanager
    def running(self) -> Iterator[None]:
        """All clients at work, until the end of the block."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self.meet("", ended=True)
            for thread in self._threads:
                thread.join()

    def meet(self, api: str, ended: bool = False) -> None:
        """From now on a hub listens here; "": none does."""
        with self._changed:
            self._api, self._ended = api, ended
            self._changed.notify_all()

    def _work(self, work: Callable[[Client, Random], None], client: Client, random: Random) -> None:
        api = ""
        while True:
            api = self._next(api)
            if not api:
                client.close()
                return
            client.connect(api)
            try:
                while True:
                    work(client, random)
            except OSError:
                continue  # this hub is gone

    def _next(self, known: str) -> str:
        """Wait for another hub than the known one; "" at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._api not in ("", known))
            return "" if self._ended else self._api

    def _told(self, client: Client, asking: Asking) -> str:
        """Ask, and give the reason why not, "" for an answer."""
        self.askings.append(asking)
        return client.ask(asking).reason

    def _ask(self, client: Client, random: Random) -> None:
        self._told(client, question(DATA, random.choice(self._people).number))

    def _confirm(self, client: Client, random: Random) -> None:
        person = random.choice(self._people)
        self._told(client, confirmation(CONFIRM, person, right=random.random() < 0.5))

    def _stray(self, client: Client, random: Random) -> None:
        number = random.choice(self._people).number
        asking = random.choice((question(ENDED, number), malformed(CONFIRM, number), question(DATA, number)))
        self._told(client, asking)

    def _suspend(self, client: Client, random: Random) -> None:
        """A suspension that was told holds, whatever happens, until somebody tries to resume."""
        if not self._is_suspended():
            control(self._home, "suspend", {"flow": OTHER_DATA, "reason": "load"})
        for _ in range(3):
            reason = self._told(client, question(OTHER_DATA, random.choice(self._people).number))
            if reason not in ("suspended", "tooManyRequests"):
                self.faults.append(f"a suspended flow answered {reason or 'with data'}")
        control(self._home, "resume", {"flow": OTHER_DATA, "reason": "load"})

    def _is_suspended(self) -> bool:
        flows = control(self._home, "flows", {})["flows"]
        return any(flow["id"] == OTHER_DATA and flow["suspended"] for flow in flows)
