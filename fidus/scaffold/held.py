"""Every document that one source publishes, held against ours, as the settings of a hub reach it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from yarl import URL

from adapters._lib.gate import Gate, Limits
from adapters._lib.http import HttpClient
from fidus.errors import SourceError
from fidus.makers import site
from fidus.scaffold.compare import Difference
from fidus.scaffold.live import compare
from fidus.services import published
from fidus.settings import Settings, SourceSettings


@dataclass(frozen=True, slots=True)
class Compared:
    """One file of one source. `trouble`: why it could not be compared."""

    source: str
    file: str
    differences: tuple[Difference, ...] = ()
    trouble: str | None = None

    @property
    def alike(self) -> bool:
        """It was compared and nothing differs."""
        return not self.differences and self.trouble is None


async def held_against_ours(slug: str, settings: Settings, root: Path) -> list[Compared]:
    """Each file that the manifest says is published, none where it says nothing. Asks about nobody.

    `root`: the checkout, with `adapters/` and `contracts/`. Raises ConfigurationInvalid, and KeyError for a
    source without settings.
    """
    source = settings.sources[slug]
    of = source.adapter or slug
    places = published(root / "adapters").get(of, {})
    client = HttpClient(slug, replace(site(settings, source), url=str(URL(source.url).origin())))
    gate = Gate(slug, Limits(source.timeout_s, 1))
    try:
        return [
            await _held(gate, client, slug, _target(source, place), root / "contracts" / of, file)
            for file, place in places.items()
        ]
    finally:
        await client.close()


async def _held(gate: Gate, client: HttpClient, slug: str, target: str, folder: Path, file: str) -> Compared:
    try:
        found = await gate.run(partial(compare, slug, client.send, target, folder / file))
    except SourceError as error:
        return Compared(slug, file, trouble=error.cause)
    return Compared(slug, file, tuple(found))


def _target(source: SourceSettings, place: str) -> str:
    path = URL(source.url).path
    return (path.rstrip("/") if place.startswith("/") else path) + place
