"""Doors: house numbers with letters, ranges and boxes, read as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from fidus.comparable import Verdict
from fidus.confirm_text import fold

WIDEST_ASKED = 10
"""A caller's range may span so much (12-22: six doors), or one question would try a whole street."""
WIDEST_REGISTERED = 98

_NUMBER = re.compile(r"(?:n[o°r]?|num(?:ero|mer)?)?[\s.°:]*0*([0-9]{1,5})(?![0-9])")
_RANGE = re.compile(r"\s*-\s*0*([0-9]{1,5})(?![0-9])")
_ORDINAL = re.compile(r"[\s/-]*(bis|ter|quater|quinquies)(?![a-z])")
_BOX_WORD = re.compile(r"[\s,;/-]*(?:boite|bte|bus|box|bt)(?![a-z])[\s.:°]*(?=[a-z0-9])")
_B_AND_NUMBER = re.compile(r"[\s,]*b[\s.]*([0-9]+)\s*$")
_LETTER = re.compile(r"[\s-]*([a-z]{1,2})(?![a-z])")
_BOX_PREFIX = re.compile(r"(?:(?:boite|bte|bus|box|bt)(?![a-z])|b(?=[\s.:]*[0-9]))[\s.:°]*(?=[a-z0-9])")
_MARK = re.compile(r"\s*[/.-]\s*")
_BOX = re.compile(r"[a-z0-9]+(?:[\s./-]+[a-z0-9]+)*")
_BOX_PARTS = re.compile(r"[0-9]+|[a-z]+")
_LONGEST_BOX = 8

Box = tuple[str, ...]  # its letters and numbers in order, () for none


@dataclass(frozen=True, slots=True)
class Door:
    """One reading. `numbers`: those of the building, none where it has a name only (then in `suffix`).
    `whole` false: something stood behind that could not be read."""

    numbers: frozenset[int]
    suffix: str = ""
    box: Box = ()
    whole: bool = True


def same_door(asked: tuple[str, str], registered: tuple[str, str]) -> Verdict:
    """Whether (house number, box) as asked is the registered one.

    - 12A, 12 a and 12-A are one number; 12, 12A and 12bis are three.
    - A range holds the numbers of its side of the street: 22-26 holds 24, not 23. Asked for 24 where 22-26 is
      registered, or for 22-26 where 24 is: yes.
    - A box may stand in the number (12/3, 12 bte 3, 12 bus 3, 12 b3). 0003 and b 3 are 3, zeros are none.
    - Asked without a box, the house is enough: yes. Asked with a box that the register has not: unknown, as
      it confirms less than was asked. Both have one: they must be equal.
    - Where a second reading of either would be exactly the other (12A as box A of 12): unknown, not no.
    """
    if not registered[0]:
        return Verdict.UNKNOWN
    if tuple(map(fold, asked)) == tuple(map(fold, registered)):
        return Verdict.YES
    ours = list(_readings(*registered, WIDEST_REGISTERED))
    theirs = list(_readings(*asked, WIDEST_ASKED))
    if not (ours and theirs):
        return Verdict.NO if ours else Verdict.UNKNOWN
    verdict = _same(theirs[0], ours[0])
    if verdict is Verdict.NO and not set(theirs).isdisjoint(ours):
        return Verdict.UNKNOWN
    return verdict


def _same(asked: Door, registered: Door) -> Verdict:
    if not (asked.numbers <= registered.numbers or asked.numbers >= registered.numbers):
        apart = asked.numbers.isdisjoint(registered.numbers)
        return Verdict.NO if apart else Verdict.UNKNOWN
    if bool(asked.numbers) is not bool(registered.numbers):
        return Verdict.NO
    if not (asked.whole and registered.whole):
        return Verdict.UNKNOWN
    if asked.suffix != registered.suffix:
        return Verdict.NO
    if not asked.box or asked.box == registered.box:
        return Verdict.YES
    return Verdict.NO if registered.box else Verdict.UNKNOWN


def _readings(number: str, box: str, widest: int) -> Iterator[Door]:
    """The ways to read both, the likeliest first; none where they name two different boxes."""
    given = _box(fold(box))
    for door in _doors(fold(number), widest):
        if not (door.box and given) or door.box == given:
            yield replace(door, box=door.box or given)


def _doors(text: str, widest: int) -> Iterator[Door]:
    found = _NUMBER.match(text)
    if found is None:
        yield Door(frozenset(), "".join(_BOX_PARTS.findall(text)))
        return
    first, rest = int(found[1]), text[found.end() :]
    behind = _RANGE.match(rest)
    if behind is None or int(behind[1]) <= first:
        yield from _suffixes(Door(frozenset({first})), rest)
        return
    last, rest = int(behind[1]), rest[behind.end() :]
    if last - first <= widest:
        step = 2 if (last - first) % 2 == 0 else last - first
        yield from _suffixes(Door(frozenset(range(first, last + 1, step))), rest)
    yield Door(frozenset({first}), box=(str(last),), whole=not rest)


def _suffixes(door: Door, rest: str) -> Iterator[Door]:
    """The readings of what follows the number."""
    if not rest:
        yield door
    elif found := _ORDINAL.match(rest):
        yield from _box_behind(replace(door, suffix=found[1]), rest[found.end() :])
    elif _BOX_WORD.match(rest):
        yield from _box_behind(door, rest)
    elif found := _B_AND_NUMBER.match(rest):
        yield replace(door, box=_box(found[1]))
        yield replace(door, suffix="b", box=_box(found[1]))
    elif found := _LETTER.match(rest):
        yield from _box_behind(replace(door, suffix=found[1]), rest[found.end() :])
        yield from _box_text(door, rest.lstrip(" -"))
    else:
        yield from _box_behind(door, rest)


def _box_behind(door: Door, rest: str) -> Iterator[Door]:
    """The door with the box that `rest` names, if it names one."""
    if not rest:
        yield door
    elif word := _BOX_WORD.match(rest):
        yield from _box_text(door, rest[word.end() :])
    elif mark := _MARK.match(rest):
        yield from _box_text(door, rest[mark.end() :])
        if letter := _LETTER.fullmatch(rest, mark.end()):
            yield replace(door, suffix=door.suffix + letter[1])
    elif door.suffix and rest[0].isdigit():
        yield from _box_text(door, rest)
    else:
        yield replace(door, whole=False)


def _box_text(door: Door, text: str) -> Iterator[Door]:
    readable = _BOX.fullmatch(text) and len("".join(_BOX_PARTS.findall(text))) <= _LONGEST_BOX
    yield replace(door, box=_box(text)) if readable else replace(door, whole=False)


def _box(text: str) -> Box:
    word = _BOX_PREFIX.match(text)
    parts = tuple(part.lstrip("0") or "0" for part in _BOX_PARTS.findall(text, word.end() if word else 0))
    return () if set(parts) <= {"0"} else parts
