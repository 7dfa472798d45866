"""What is asked of the vehicle register, found in the world and written as the contract wants it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from mocks.div.movements import Movement, movements
from mocks.div.pages import Page, Place, page
from mocks.div.registrations import Writer, begun, on
from mocks.openapi import Wrong
from mocks.vehicles import Registration
from mocks.world import World

KEYS = ("plateNr", "vin", "unifier", "INSZ", "KBO")
_ONE_KEY = "one key is needed: plateNr, or vin with unifier, or in a history INSZ or KBO"
_BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)


class Register:
    """Answers by operation: `answers[id](values)` gives the JSON, None where there is nothing.

    `values` are as the contract allows them; what it cannot say in a schema raises Wrong.
    """

    def __init__(self, world: World, clock: Callable[[], datetime]) -> None:
        self._world = world
        self._clock = clock
        self._writer = Writer(world)
        self.answers: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any] | None]] = {
            "registrations": lambda values: self._present(values, self._writer.plain),
            "registrationsTitular": lambda values: self._present(values, self._full),
            "registrationsHistory": self._history,
            "manyRegistrations": self._many,
            "movements": self._movements,
        }

    def strange(self, operation: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the operation answers about another plate, vehicle, holder or period than was asked."""
        if operation == "movements":
            first, last = _period(values, self._clock())
            assert last is not None
            outside = [one for one in self._all_movements if not first <= one.moment < last]
            return {"total": 1, "items": [outside[0].as_json()]} if outside else None
        other = next(one for one in self._world.registrations if not _is_about(one, values))
        if operation == "manyRegistrations":
            answer = self._many(values)
            answer["items"][0]["registration"] = self._writer.plain(other)
            return answer
        return self.answers[operation]({"plateNr": other.plate, "pageSize": 1})

    def _full(self, one: Registration, day: date | None) -> dict[str, Any]:
        return self._writer.full(one, self._clock().date(), day)

    def _present(
        self, values: Mapping[str, Any], write: Callable[[Registration, date | None], dict[str, Any]]
    ) -> dict[str, Any] | None:
        found = self._about(values)
        day = values.get("referenceDate")
        if day is None:
            return _list(found[-1:], lambda one: write(one, None))
        wanted = date.fromisoformat(day)
        then = [one for one in found if on(one, wanted)]
        return _list(then[-1:], lambda one: write(one, wanted))

    def _history(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        first, last = _period(values, None)
        found = [
            one
            for one in self._about(values)
            if first <= begun(one) and (last is None or begun(one) < last)
            if not values.get("current") or one.until is None
        ]
        some = page(
            found,
            lambda one: Place(begun(one), one.plate),
            values["pageSize"],
            values.get("after"),
            newest_first=True,
        )
        return _paged(some, self._writer.held)

    def _many(self, values: Mapping[str, Any]) -> dict[str, Any]:
        items = [self._row(plate, self._world.by_plate.get(plate)) for plate in values["plateNrs"]]
        return {"total": len(items), "items": items}

    def _row(self, plate: str, one: Registration | None) -> dict[str, Any]:
        return {"plateNr": plate, **({} if one is None else {"registration": self._writer.plain(one)})}

    def _movements(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        first, last = _period(values, self._clock())
        assert last is not None
        found = [one for one in self._all_movements if first <= one.moment < last]
        some = page(
            found,
            lambda one: Place(one.moment, one.about.plate),
            values["pageSize"],
            values.get("after"),
        )
        return _paged(some, Movement.as_json)

    @cached_property
    def _all_movements(self) -> Sequence[Movement]:
        return tuple(movements(self._world))

    def _about(self, values: Mapping[str, Any]) -> tuple[Registration, ...]:
        """Registrations of what is asked, from old to new. Raises Wrong unless it is one thing."""
        given = tuple(name for name in KEYS if name in values)
        if given == ("plateNr",):
            one = self._world.by_plate.get(values["plateNr"])
            return () if one is None else (one,)
        if given == ("vin", "unifier"):
            return self._world.by_vehicle.get((values["vin"], values["unifier"]), ())
        if given in (("INSZ",), ("KBO",)):
            return self._world.by_holder.get(values[given[0]], ())
        raise Wrong((f"query parameters: {_ONE_KEY}",))


def _is_about(one: Registration, values: Mapping[str, Any]) -> bool:
    asked = {value for name in ("plateNr", "vin", "INSZ", "KBO") if (value := values.get(name)) is not None}
    return not asked.isdisjoint({one.plate, one.vehicle.vin, one.holder}) or (
        one.plate in values.get("plateNrs", ())
    )


def _list(
    found: Sequence[Registration], write: Callable[[Registration], dict[str, Any]]
) -> dict[str, Any] | None:
    return {"total": len(found), "items": [write(one) for one in found]} if found else None


def _paged(some: Page[Any], write: Callable[[Any], dict[str, Any]]) -> dict[str, Any] | None:
    if not some.items:
        return None
    made = {"total": some.total, "items": [write(one) for one in some.items]}
    return made if some.after is None else {**made, "next": some.after}


def _period(values: Mapping[str, Any], now: datetime | None) -> tuple[datetime, datetime | None]:
    """From when, included, until when, not included. Raises Wrong for one that ends before it begins."""
    first, last = (
        datetime.fromisoformat(values[name].upper()) if values.get(name) else None
        for name in ("dateTimeFrom", "dateTimeTo")
    )
    first = first or _BEGINNING
    if last is not None and last < first:
        raise Wrong(("query parameter dateTimeTo: is before dateTimeFrom",))
    return first, last or now
