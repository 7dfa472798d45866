"""What is asked of the Crossroads Bank, found in the world: an enterprise, its establishments, those of a
name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from lxml import etree

from mocks.cbe.messages import (
    ENTERPRISE,
    ESTABLISHMENTS,
    MES,
    MOST,
    PHONEME,
    TOO_MANY,
    UNKNOWN,
    Question,
    Read,
    ReadPlaces,
    Search,
)
from mocks.cbe.sounds import codes
from mocks.cbe.writer import Writer
from mocks.enterprises import Enterprise
from mocks.soap import Refusal
from mocks.world import World


class Bank:
    """Answers questions as the content of a Body."""

    def __init__(self, world: World) -> None:
        self._world = world

    def answer(self, asked: Question) -> etree._Element:
        """The reply. Raises Refusal: an unknown number, or too many of a name."""
        match asked:
            case Search():
                found = self._alike(asked)
                if len(found) > MOST:
                    raise Refusal("soapenv:Client", f"More than {MOST} are of that name", reason=TOO_MANY)
                return self._list(asked, found[: asked.most])
            case _:
                one = self._world.enterprises.get(asked.number)
                if one is None:
                    raise Refusal("soapenv:Client", "EnterpriseNumber: was never given", reason=UNKNOWN)
                return self._about(asked, one)

    def strange(self, asked: Question) -> etree._Element:
        """A right reply about somebody else: another enterprise, or one of another name and place."""
        everybody = self._world.enterprises.values()
        if isinstance(asked, Search):
            alike = self._alike(asked)
            return self._list(
                asked,
                [
                    one
                    for one in everybody
                    if one not in alike and one.seat.street.postal_code != asked.postal_code
                ][:1],
            )
        return self._about(asked, next(one for one in everybody if one.number != asked.number))

    def _about(self, asked: Read, one: Enterprise) -> etree._Element:
        writer = Writer(self._world, asked.language)
        if not isinstance(asked, ReadPlaces):
            return _reply(ENTERPRISE, [writer.enterprise(one, whole=True)])
        places = [writer.establishment(place, long=asked.long) for place in one.establishments]
        return _reply(ESTABLISHMENTS, places)

    def _list(self, asked: Search, found: Sequence[Enterprise]) -> etree._Element:
        writer = Writer(self._world, asked.language)
        return _reply(PHONEME, [writer.enterprise(one, whole=False) for one in found])

    def _alike(self, asked: Search) -> list[Enterprise]:
        """Those of whose names one has every word asked, by number; their seat may have to lie somewhere."""
        words = codes(asked.name)
        if not words:
            return []
        by_word = [self._by_word.get(word, frozenset()) for word in words]
        found = frozenset.intersection(*by_word)
        return [
            one
            for number in sorted(found)
            if _sounds(one := self._world.enterprises[number], words)
            and asked.postal_code in (None, one.seat.street.postal_code)
        ]

    @cached_property
    def _by_word(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for one in self._world.enterprises.values():
            for word in codes(f"{one.names.fr} {one.names.nl}"):
                found.setdefault(word, set()).add(one.number)
        return {word: frozenset(numbers) for word, numbers in found.items()}


def _sounds(one: Enterprise, words: frozenset[str]) -> bool:
    return words <= codes(one.names.fr) or words <= codes(one.names.nl)


def _reply(operation: str, items: Sequence[etree._Element]) -> etree._Element:
    root = etree.Element(f"{{{MES}}}{operation}Reply")
    root.extend(items)
    return root
