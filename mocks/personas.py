"""Whom and what to ask a mock about, and what each shows: told by each mock, shown on its control port."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from mocks.world import World

T = TypeVar("T")
Wanted = tuple[str, Callable[[T], bool], str]
"""A name, which one it is, and what that one shows."""


@dataclass(frozen=True, slots=True, repr=False)
class Persona:
    """Somebody or something that shows one thing. `member`: what `key` is; `shows`: one or two sentences."""

    name: str
    member: str
    key: str
    shows: str


def personas(slug: str, world: World) -> Sequence[Persona]:
    """Those of a mock, by its own `personas.py`; none where it has no such file."""
    folder = slug.replace("-", "_")
    if not (Path(__file__).parent / folder / "personas.py").is_file():
        return ()
    found: Sequence[Persona] = import_module(f"mocks.{folder}.personas").personas(world)
    return found


def chosen(
    things: Iterable[T], wanted: Sequence[Wanted[T]], member: str, key: Callable[[T], str]
) -> Iterator[Persona]:
    """The first thing of each kind that is wanted; a world may be too small to have one of each."""
    kept = list(things)
    for name, fits, shows in wanted:
        one = next((one for one in kept if fits(one)), None)
        if one is not None:
            yield Persona(name, member, key(one), shows)


def named(keys: Mapping[str, str], shows: Mapping[str, str], member: str) -> Iterator[Persona]:
    """Things that have a name already. Raises KeyError for one of which nobody says what it shows."""
    for name, key in keys.items():
        yield Persona(name, member, key, shows[name])
