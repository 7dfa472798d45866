"""The sources of a running hub: an adapter and a gate for each, kept warm, renewed without a failed call.

`[sources.SLUG]` names the adapter of the same slug; with `adapter = "…"` it is another instance of that one,
with services, connections, gate and settings of its own: `SLUG/address` beside `national-register/address`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from adapters._lib.gate import Gate, Limits, Word
from fidus.adapter import Adapter
from fidus.errors import ConfigurationFault, ConfigurationInvalid, FidusError
from fidus.makers import Maker
from fidus.model import Answer, Query, Service
from fidus.refusals import reason_of
from fidus.settings import Settings, SourceSettings
from fidus.trouble import Trouble

LOOK_EVERY_S: Final = 5.0  # shorter than a warm connection is kept
QUESTIONS: Final = 2  # of one consultation at most, one after the other: a replaced number is followed once
PARTING_S: Final = 1.0  # after the deadline of its last call, before a former adapter is closed
UP: Final = "up"


class Instance:
    """An adapter under another slug than its own."""

    def __init__(self, adapter: Adapter, of: str) -> None:
        """`of`: the slug that the adapter knows itself by."""
        self._adapter = adapter
        self._of = of

    async def fetch(self, query: Query) -> Answer:
        """See `Adapter.fetch`."""
        _, _, name = query.service.partition("/")
        return await self._adapter.fetch(replace(query, service=f"{self._of}/{name}"))

    async def ping(self) -> None:
        """See `Adapter.ping`."""
        await self._adapter.ping()

    async def close(self) -> None:
        """See `Adapter.close`."""
        await self._adapter.close()


def with_instances(services: Mapping[str, Service], settings: Settings) -> Mapping[str, Service]:
    """The services that adapters offer, and those of further instances under their own slugs."""
    more = dict(services)
    for slug, source in settings.sources.items():
        for service in services.values():
            of, _, name = service.id.partition("/")
            if source.adapter == of:
                more[f"{slug}/{name}"] = replace(service, id=f"{slug}/{name}")
    return more


class Sources:
    """By slug. For one event loop. `adapters`: as the exchange sees them, always the newest."""

    def __init__(self, makers: Mapping[str, Maker]) -> None:
        """`makers`: by the name of the adapter."""
        self._makers = makers
        self.adapters: dict[str, Adapter] = {}
        self.gates: dict[str, Gate] = {}
        self._words: Mapping[str, str] = {}
        self._known: dict[str, str] = {}
        self._retired: list[tuple[float, Adapter]] = []
        self._watching: asyncio.Task[None] | None = None

    def renew(self, settings: Settings) -> None:
        """Make all adapters anew, from settings and files as they are now: keys, certificates, signers.

        Gates stay, with their calls, their breaker and the operator's word. What is under way goes on with
        what it began with. Raises ConfigurationInvalid; everything is as before then.
        """
        gates = {slug: self.gates.get(slug) or Gate(slug, _limits(one)) for slug, one in _all(settings)}
        made = {slug: self._make(settings, slug, one, gates[slug]) for slug, one in _all(settings)}
        until = asyncio.get_running_loop().time()
        for slug, former in self.adapters.items():
            longest = self.gates[slug].limits.deadline_s if slug in self.gates else 0.0
            self._retired.append((until + QUESTIONS * longest + PARTING_S, former))
        for slug, one in _all(settings):
            gates[slug].limit(_limits(one))
        self.gates = gates
        self.adapters.clear()
        self.adapters.update(made)
        self.say(self._words)

    def say(self, words: Mapping[str, str]) -> None:
        """The operator's word about each source that there is one about."""
        self._words = words
        for slug, gate in self.gates.items():
            gate.word = Word(words.get(slug, Word.AUTO))

    def look(self) -> Mapping[str, Mapping[str, str | int]]:
        """Each gate, for the operator."""
        return {slug: gate.look() for slug, gate in self.gates.items()}

    async def reachable(self) -> Mapping[str, str]:
        """For each source "up", or why it cannot be reached: as of the last look, if they are watched."""
        if self._watching is None:
            await self._look()
        return {slug: self._known.get(slug, UP) for slug in self.adapters}

    def watch(self, trouble: Trouble) -> None:
        """From now on keep connections warm and know who can be reached, until `close`."""
        self._watching = asyncio.create_task(self._keep_watch(trouble), name="sources")

    async def close(self) -> None:
        """Give back all connections."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        adapters = [*self.adapters.values(), *(former for _, former in self._retired)]
        self._retired.clear()
        await asyncio.gather(*(adapter.close() for adapter in adapters))

    async def _keep_watch(self, trouble: Trouble) -> None:
        while True:
            try:
                await self._look()
                await self._end_retired()
            except Exception as error:  # noqa: BLE001 - a bug in an adapter must not end the watch
                trouble.duty("sources", error)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self) -> None:
        """Whom the operator blocks is left in peace."""
        asked = {slug: one for slug, one in self.adapters.items() if not self._is_blocked(slug)}
        told = await asyncio.gather(*(_reached(adapter) for adapter in asked.values()))
        self._known = {**dict.fromkeys(self.adapters, "blocked"), **dict(zip(asked, told, strict=True))}

    async def _end_retired(self) -> None:
        """Those whose last call must have ended by now."""
        now = asyncio.get_running_loop().time()
        over = [former for until, former in self._retired if until <= now]
        self._retired = [(until, former) for until, former in self._retired if until > now]
        await asyncio.gather(*(former.close() for former in over))

    def _is_blocked(self, slug: str) -> bool:
        return slug in self.gates and self.gates[slug].word is Word.BLOCK

    def _make(self, settings: Settings, slug: str, source: SourceSettings, gate: Gate) -> Adapter:
        of = source.adapter or slug
        if of not in self._makers:
            file = str(settings.home / "fidus.toml")
            cure = f"There are: {', '.join(sorted(self._makers))}"
            fault = ConfigurationFault(file, 0, f"sources.{slug}: there is no adapter {of}", cure)
            raise ConfigurationInvalid((fault,))
        adapter = self._makers[of](settings, source, gate)
        return adapter if of == slug else Instance(adapter, of)


def _all(settings: Settings) -> list[tuple[str, SourceSettings]]:
    return list(settings.sources.items())


def _limits(source: SourceSettings) -> Limits:
    return Limits(source.timeout_s, source.at_once, source.queue)


async def _reached(adapter: Adapter) -> str:
    try:
        await adapter.ping()
    except FidusError as error:
        return reason_of(error)
    return UP
