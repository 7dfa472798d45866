"""One thing through several institutions' eyes: what each may ask about it, and what it then sees. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fidus.demo.cast import Thing
from fidus.model import Service
from fidus.vocabulary import vocabulary

NOTHING: Final = "—"
_FROM_EXAMPLE: Final = "period"  # kind of a member that is about no thing, and that the flow's example fills
_SHOWN, _LONGEST = 2, 90  # items of a list, characters of a cell


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of one question under one flow. `fields`: the leaves that it grants, or what it compares."""

    flow: str
    fields: tuple[str, ...]
    body: Mapping[str, Any]


def body_about(
    thing: Thing, service: Service, fields: Iterable[str], example: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The body of a question about this thing, made of the flow's own example; None where the service asks
    about something else, or the flow shows nothing that is to be seen."""
    confirmed = [group for group in example.get("confirm", {}) if group in thing.words]
    if not confirmed and not any(_overlap(row, leaf) for row in thing.rows for leaf in fields):
        return None
    query = _query(thing, service, example["query"])
    if query is None or ("confirm" in example and not confirmed):
        return None
    made = {**example, "query": query}
    return {**made, "confirm": {group: thing.words[group] for group in confirmed}} if confirmed else made


def _query(thing: Thing, service: Service, example: Mapping[str, Any]) -> dict[str, Any] | None:
    fitting = [choice for choice in service.choices if set(choice) <= thing.facts.keys()]
    if service.choices and not fitting:
        return None
    needed = [*(fitting[0] if fitting else ()), *(one.name for one in service.members if one.required)]
    about = {name: thing.facts[name] for name in needed if name in thing.facts}
    filled = {
        one.name: example[one.name]
        for one in service.members
        if one.kind == _FROM_EXAMPLE and one.name in example
    }
    return {**about, **filled} if about and set(needed) <= {*about, *filled} else None


def rows(thing: Thing, eyes: Sequence[Sequence[Seen]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Name of a row, and what stands in it for each institution; rows in which nobody sees anything left
    out."""
    for path in thing.rows:
        cells = tuple(_cell(path, seen) for seen in eyes)
        if any(cell != NOTHING for cell in cells):
            yield title(path), cells


def title(path: str) -> str:
    """A dotted name in words, as the vocabulary has them."""
    steps = path.split(".")
    words = vocabulary()
    return " › ".join(words.word(".".join(steps[: at + 1])).title["en"] for at in range(len(steps)))


def _cell(path: str, seen: Iterable[Seen]) -> str:
    """The fullest that an institution sees at this place; else what it may only compare."""
    told, compared, absent = [], [], False
    group = path.partition(".")[0]
    for one in seen:
        if group in one.body.get("confirmed", {}):
            compared.append(f"{one.body['confirmed'][group]} (no more than yes or no)")
        elif (value := _at(one.body.get("data"), path.split("."))) not in (None, [], {}):
            told.append(in_words(value))
        elif one.body.get("found") is False and any(_overlap(path, leaf) for leaf in one.fields):
            absent = True
    if told:
        return max(told, key=len)
    return compared[0] if compared else ("nothing there" if absent else NOTHING)


def _at(value: Any, steps: Sequence[str]) -> Any:
    """What stands at a dotted path; lists are passed through."""
    if not steps:
        return value
    if isinstance(value, Mapping):
        return _at(value.get(steps[0]), steps[1:])
    if isinstance(value, list):
        found = [_at(one, steps) for one in value]
        return [one for one in found if one not in (None, [], {})]
    return None


def in_words(value: Any) -> str:
    """A value of an answer in few words: codes by their names, lists by their first items."""
    text = _words(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list):
        return _list(value)
    if not isinstance(value, Mapping):
        return str(value)
    if value.keys() >= {"code", "label", "known"}:
        return str(value["label"].get("en") or next(iter(value["label"].values()), value["code"]))
    if value.keys() <= {"fr", "nl", "de", "en"}:
        return str(next(iter(value.values()), ""))
    if "familyName" in value:
        return " ".join((*value.get("givenNames", ())[:1], value["familyName"]))
    return ", ".join(_parts(value))


def _list(value: Sequence[Any]) -> str:
    told = list(dict.fromkeys(map(_words, value)))
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return "; ".join(told[:_SHOWN]) + more


def _parts(value: Mapping[str, Any]) -> Iterator[str]:
    """An address as it is written; of anything else each member."""
    rest = dict(value)
    if "street" in rest and "houseNumber" in rest:
        box = f" box {_words(rest.pop('box'))}" if "box" in rest else ""
        yield f"{_words(rest.pop('street'))} {_words(rest.pop('houseNumber'))}{box}"
        town = [_words(rest.pop(name)) for name in ("postalCode", "municipality") if name in rest]
        if town:
            yield " ".join(town)
        for name in ("nisCode", "streetCode", "country", "point", "buildingIds", "parcelKeys"):
            rest.pop(name, None)
    yield from (_words(one) for one in rest.values())


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")
