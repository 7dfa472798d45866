"""Sources are made from settings, renewed while calls are under way, watched, and have gates of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from adapters._lib.gate import Gate, Word
from fidus.adapter import Adapter
from fidus.errors import ConfigurationFault, ConfigurationInvalid, SourceError, SourceUnavailable
from fidus.model import Answer, Query
from fidus.settings import Settings, SourceSettings
from fidus.sources import Sources, with_instances
from tests.fidus.desk import SERVICES
from tests.fidus.questions import asked, found, person
from tests.fidus.surroundings import Troubles

NOWHERE = Path("nowhere.pem")
HERE = "national-register"


@dataclass
class Fake:
    """A source in memory behind a gate. `go_on`: until when an answer takes."""

    gate: Gate
    asked: list[str] = field(default_factory=list)
    pings: list[SourceError | None] = field(default_factory=list)
    closed: bool = False
    closed_at: float = 0.0
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def fetch(self, query: Query) -> Answer:
        return await self.gate.run(lambda: self._answer(query))

    async def _answer(self, query: Query) -> Answer:
        self.asked.append(query.service)
        await self.go_on.wait()
        return found()

    async def ping(self) -> None:
        error = self.pings.pop(0) if self.pings else None
        if error is not None:
            raise error

    async def close(self) -> None:
        self.closed, self.closed_at = True, asyncio.get_running_loop().time()


def settings(**sources: dict[str, Any]) -> Settings:
    """`sources`: by slug with `_` for `-`, what is not as usual."""
    return Settings.model_validate(
        {
            "home": Path("home"),
            "api": {"certificate": NOWHERE, "key": NOWHERE, "client_issuers": NOWHERE},
            "log": {"origin": "log.example", "retention_years": 10},
            "sources": {
                slug.replace("_", "-"): {
                    "url": "https://localhost/",
                    "ca": NOWHERE,
                    "legal_context": "WHOLE",
                    **changes,
                }
                for slug, changes in sources.items()
            },
        }
    )


class Makers:
    """Makes fakes, and keeps them in `made`."""

    def __init__(self) -> None:
        self.made: list[Fake] = []

    def make(self, _: Settings, source: SourceSettings, gate: Gate) -> Adapter:
        if source.options["legal_context"] == "BROKEN":
            raise ConfigurationInvalid((ConfigurationFault("key.pem", 0, "it is no key", "Give one"),))
        self.made.append(Fake(gate))
        return self.made[-1]

    def sources(self) -> Sources:
        return Sources({HERE: self.make})


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


def query(service: str) -> Query:
    return Query(service, {"ssin": person()}, (asked(person()),))


def test_a_second_instance_has_services_gate_and_connections_of_its_own() -> None:
    async def story() -> None:
        makers = Makers()
        sources = makers.sources()
        more = settings(national_register={"at_once": 1}, second={"adapter": HERE, "at_once": 1})
        sources.renew(more)
        first, second = makers.made
        assert first.gate is not second.gate
        services = with_instances(SERVICES, more)
        own = [name for slug, _, name in (service.partition("/") for service in SERVICES) if slug == HERE]
        assert services.keys() == {*SERVICES, *(f"second/{name}" for name in own)}
        assert services["second/address"].members == SERVICES[f"{HERE}/address"].members
        asking = asyncio.create_task(sources.adapters["second"].fetch(query("second/address")))
        await asyncio.sleep(0)
        assert second.asked == [f"{HERE}/address"]  # the adapter knows one name only
        assert (second.gate.under_way, first.gate.under_way) == (1, 0)
        first.go_on.set()
        await sources.adapters[HERE].fetch(query(f"{HERE}/address"))  # the slow one is in nobody's way
        second.go_on.set()
        await asking
        await sources.adapters["second"].ping()
        await sources.close()
        assert first.closed
        assert second.closed

    asyncio.run(story())


def test_renewing_leaves_calls_gates_and_words_as_they_are() -> None:
    async def story() -> None:
        makers = Makers()
        sources = makers.sources()
        sources.renew(settings(national_register={"timeout_s": 5}))
        sources.say({HERE: "allow", "gone": "block"})
        adapters, gate = sources.adapters, sources.gates[HERE]
        asking = asyncio.create_task(adapters[HERE].fetch(query(f"{HERE}/address")))
        await asyncio.sleep(0)
        sources.renew(
            settings(national_register={"timeout_s": 7, "at_once": 3, "queue": 1}, gone={"adapter": HERE})
        )
        former, now, other = makers.made
        assert sources.adapters is adapters
        assert adapters[HERE] is now
        assert now.gate is former.gate is gate
        assert (gate.limits.deadline_s, gate.limits.at_once, gate.limits.may_wait) == (7, 3, 1)
        assert (gate.word, gate.under_way, other.gate.word) == (Word.ALLOW, 1, Word.BLOCK)
        assert not former.closed
        former.go_on.set()
        await asking
        sources.renew(settings())
        assert (adapters, sources.gates) == ({}, {})
        await sources.close()
        assert [fake.closed for fake in makers.made] == [True] * 3

    asyncio.run(story())


def test_settings_of_no_use_change_nothing() -> None:
    async def story() -> None:
        makers = Makers()
        sources = makers.sources()
        sources.renew(settings(national_register={}))
        kept = sources.adapters[HERE]
        for bad, why in (
            ({"national_register": {"legal_context": "BROKEN"}}, "it is no key"),
            ({"national_register": {}, "other": {}}, r"sources\.other: there is no adapter other"),
            ({"other": {"adapter": "another"}}, "there is no adapter another"),
        ):
            with pytest.raises(ConfigurationInvalid, match=why):
                sources.renew(settings(**bad))
            assert sources.adapters == {HERE: kept}
        await sources.close()

    asyncio.run(story())


def test_it_knows_who_can_be_reached() -> None:
    async def story() -> None:
        makers = Makers()
        sources = makers.sources()
        sources.renew(settings(national_register={}, second={"adapter": HERE}))
        makers.made[0].pings = [SourceUnavailable(HERE, "it cannot be reached")]
        assert await sources.reachable() == {HERE: "sourceUnavailable", "second": "up"}
        sources.say({"second": "block"})
        makers.made[1].pings = [SourceUnavailable(HERE, "who is blocked is left in peace")]
        assert await sources.reachable() == {HERE: "up", "second": "blocked"}
        assert len(makers.made[1].pings) == 1
        await sources.close()

    asyncio.run(story())


def test_the_watch_looks_again_and_again_and_ends_what_was_retired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fidus.sources.LOOK_EVERY_S", 0.01)

    async def story() -> None:
        makers, troubles = Makers(), Troubles()
        sources = makers.sources()
        sources.renew(settings(national_register={"timeout_s": 0.01}))
        sources.watch(troubles)
        monkeypatch.setattr("fidus.sources.PARTING_S", 0.0)
        sources.renew(settings(national_register={"timeout_s": 0.01}))
        former, now = makers.made
        now.pings = [SourceUnavailable(HERE, "it cannot be reached")]
        await until(lambda: former.closed and not now.pings)
        monkeypatch.setattr(now, "ping", None)  # a bug
        await until(lambda: bool(troubles.duties))
        assert troubles.duties[0] == ("sources", TypeError)
        assert not now.closed
        await sources.close()
        assert now.closed

    asyncio.run(story())


def test_a_retired_adapter_lives_for_both_questions_of_who_follows_a_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each of the two has the whole deadline, and the second may begin at the end of the first."""
    monkeypatch.setattr("fidus.sources.LOOK_EVERY_S", 0.01)
    monkeypatch.setattr("fidus.sources.PARTING_S", 0.0)

    async def story() -> None:
        makers = Makers()
        sources = makers.sources()
        sources.renew(settings(national_register={"timeout_s": 0.1}))
        sources.watch(Troubles())
        renewed = asyncio.get_running_loop().time()
        sources.renew(settings(national_register={"timeout_s": 0.1}))
        former = makers.made[0]
        await until(lambda: former.closed)
        assert former.closed_at - renewed >= 2 * 0.1
        await sources.close()

    asyncio.run(story())
