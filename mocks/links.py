"""From one thing of the world to all that it is linked with: whoever knows a number finds the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mocks.buildings import Building
from mocks.enterprises import NATURAL, Enterprise, Establishment
from mocks.people import Person
from mocks.places import Address
from mocks.population import Closed, NoFile, ReplacedBy
from mocks.things import FUNCTIONS, Link, Thing, called, named, times, told, written
from mocks.vehicles import Foreign, Registration
from mocks.world import World

_KINDS = "a person, an enterprise, an establishment, a plate, a vehicle (VIN) or a building"


def show(world: World, text: str) -> Thing:
    """The thing of this number; dots, dashes and blanks in it count for nothing. Raises LookupError."""
    key = re.sub(r"[\s.\-]", "", text).upper()
    for find in _FINDERS:
        found = find(world, key)
        if found is not None:
            return found
    raise LookupError(f"This world has nothing of that number; it would be that of {_KINDS}")


def _person(world: World, key: str) -> Thing | None:
    match world.people.known(key):
        case Person() as person:
            return Thing("person", key, _about_person(world, person), tuple(_of_person(world, person)))
        case ReplacedBy(newer):
            other = Link("replaced by", "person", newer, called(world.people.persons[newer]))
            return Thing("person", key, told(state="this number is no longer in use"), (other,))
        case Closed(day):
            return Thing("person", key, told(state="the file is closed", died=str(day)))
        case NoFile():
            return Thing("person", key, told(state="the number was given, there is no file"))
    return None


def _about_person(world: World, person: Person) -> dict[str, str]:
    case = next((name for name, one in world.people.cases.items() if one.number == person.number), None)
    return told(
        name=f"{' '.join(person.given_names)} {person.family_name}",
        born=str(person.birth),
        sex={1: "male", 2: "female"}[person.sex],
        language={1: "French", 2: "Dutch"}[person.language],
        nationality=person.nationality,
        address=None if person.address is None else written(person.address),
        died=None if person.decease is None else str(person.decease),
        named_case=case,
    )


def _of_person(world: World, person: Person) -> Iterator[Link]:
    people = world.people
    yield from _stands(world, "lives in", person.address)
    for state in person.civil_states:
        if state.spouse is not None:
            relation = "married to" if state.code == "20" and state.until is None else "was married to"
            yield _to_person(world, relation, state.spouse)
    for parent in person.parents:
        yield _to_person(world, "parent", parent)
    for child in people.children(person.number):
        yield _to_person(world, "child", child.number)
    for other in people.household(person.head) if person.head else ():
        if other is not person:
            yield _to_person(world, "same household", other.number)
    for former in person.formers:
        yield Link("former number", "person", former.number, f"replaced on {former.since}")
    yield from _directs(world, person.number)
    yield from _holds(world, person.number)
    for one in world.registrations:
        if one.driver == person.number and one.until is None:
            yield _to_plate("drives", one)


def _enterprise(world: World, key: str) -> Thing | None:
    firm = world.enterprises.get(key)
    if firm is None:
        return None
    facts = told(
        name=named(firm),
        kind="natural person" if firm.kind == NATURAL else "legal person",
        form=firm.form,
        status=firm.status,
        situation=", ".join(f"{one.code} {times(one.since, one.until)}" for one in firm.situations),
        activity=firm.trade,
        seat=written(firm.seat),
        exists=times(firm.since, firm.until),
    )
    return Thing("enterprise", key, facts, tuple(_of_enterprise(world, firm)))


def _of_enterprise(world: World, firm: Enterprise) -> Iterator[Link]:
    yield from _stands(world, "seat in", firm.seat)
    if firm.owner is not None:
        yield _to_person(world, "owner", firm.owner)
    for function in firm.functions:
        relation = f"{FUNCTIONS[function.code]} ({times(function.since, function.until)})"
        yield _to_holder(world, relation, function.holder)
    for place in firm.establishments:
        yield Link("establishment", "establishment", place.number, written(place.address))
    yield from _directs(world, firm.number)
    yield from _holds(world, firm.number)


def _establishment(world: World, key: str) -> Thing | None:
    firm = world.by_establishment.get(key)
    if firm is None:
        return None
    place = next(one for one in firm.establishments if one.number == key)
    facts = told(
        name=f"{place.names.fr} / {place.names.nl}",
        activity=place.trade,
        address=written(place.address),
        exists=times(place.since, place.until),
    )
    links = (Link("establishment of", "enterprise", firm.number, named(firm)),)
    return Thing("establishment", key, facts, (*links, *_stands(world, "stands in", place.address)))


def _plate(world: World, key: str) -> Thing | None:
    one = world.by_plate.get(key)
    if one is None:
        abroad = next((other for other in world.foreign if other.plate == key), None)
        return None if abroad is None else _foreign(abroad)
    facts = told(
        plate_type=one.plate_type,
        certificate=one.certificate,
        status=one.status,
        registered=times(one.since, one.until),
    )
    car = Link("on", "vehicle", one.vehicle.vin, f"{one.vehicle.model.make} {one.vehicle.model.name}")
    links = [car, _to_holder(world, "held by", one.holder)]
    if one.driver is not None:
        links.append(_to_person(world, "driven by", one.driver))
    return Thing("plate", key, facts, tuple(links))


def _foreign(one: Foreign) -> Thing:
    return Thing("plate", one.plate, told(country=one.country, state="our register does not know it"))


def _vehicle(world: World, key: str) -> Thing | None:
    vin = key.partition("/")[0]
    all_ = next((found for (number, _), found in world.by_vehicle.items() if number == vin), ())
    if not all_:
        return None
    vehicle = all_[0].vehicle
    facts = told(
        unifier=vehicle.unifier,
        model=f"{vehicle.model.make} {vehicle.model.name}",
        category=vehicle.model.category,
        fuels=", ".join(vehicle.fuels),
        norm=vehicle.norm,
        CO2=None if vehicle.co2 is None else f"{vehicle.co2} g/km",
        colour=vehicle.colour,
        first_used=str(vehicle.first_used),
    )
    links = [
        link
        for one in reversed(all_)
        for link in (_to_plate("plate", one), _to_holder(world, "holder", one.holder))
    ]
    return Thing("vehicle", vin, facts, tuple(links))


def _building(world: World, key: str) -> Thing | None:
    one = world.town.by_id.get(key)
    if one is None:
        return None
    facts = told(
        address=written(Address(one.street, one.house_number)),
        parcel=one.parcel.capakey,
        place=f"x {one.x:.1f} m, y {one.y:.1f} m (Lambert 72)",
        size=f"{one.area} m², {one.height} m high",
        boxes=", ".join(one.boxes),
        object=one.inspire_id,
    )
    return Thing("building", key, facts, tuple(_in_building(world, one)))


def _in_building(world: World, one: Building) -> Iterator[Link]:
    for person in world.people.persons.values():
        if _stands_at(world, person.address, one):
            yield _to_person(world, "home of", person.number)
    for firm in world.enterprises.values():
        if firm.until is None and _stands_at(world, firm.seat, one):
            yield Link("seat of", "enterprise", firm.number, named(firm))
        for place in firm.establishments:
            if place.until is None and _stands_at(world, place.address, one):
                yield Link("place of", "establishment", place.number, _place(place))


def _place(place: Establishment) -> str:
    return f"{place.names.fr} / {place.names.nl}"


def _stands_at(world: World, address: Address | None, one: Building) -> bool:
    return address is not None and address.written is None and world.town.at(address) is one


def _stands(world: World, relation: str, address: Address | None) -> Iterator[Link]:
    if address is None or address.written is not None:
        return
    building = world.town.at(address)
    assert building is not None, "something stands wherever somebody lives or works"
    yield Link(relation, "building", building.id, written(address))


def _directs(world: World, number: str) -> Iterator[Link]:
    for firm in world.by_director.get(number, ()):
        if firm.owner == number:
            yield Link("owns", "enterprise", firm.number, named(firm))
        for function in firm.functions:
            if function.holder == number:
                relation = f"{FUNCTIONS[function.code]} of ({times(function.since, function.until)})"
                yield Link(relation, "enterprise", firm.number, named(firm))


def _holds(world: World, number: str) -> Iterator[Link]:
    for one in world.by_holder.get(number, ()):
        yield _to_plate("holds" if one.until is None else "held", one)


def _to_plate(relation: str, one: Registration) -> Link:
    model = f"{one.vehicle.model.make} {one.vehicle.model.name}, {times(one.since, one.until)}"
    return Link(relation, "plate", one.plate, model)


def _to_holder(world: World, relation: str, number: str) -> Link:
    if number in world.enterprises:
        return Link(relation, "enterprise", number, named(world.enterprises[number]))
    return _to_person(world, relation, number)


def _to_person(world: World, relation: str, number: str) -> Link:
    return Link(relation, "person", number, called(world.people.persons[number]))


_FINDERS: tuple[Callable[[World, str], Thing | None], ...] = (
    _person,
    _enterprise,
    _establishment,
    _plate,
    _vehicle,
    _building,
)
