"""The named people of the National Register, and what each of them shows."""

from __future__ import annotations

from collections.abc import Sequence

from mocks.personas import Persona, named
from mocks.world import World

SHOWS = {
    "incompleteBirthDate": "Born in a month of which the day is not known.",
    "birthYearOnly": "Born in a year of which neither month nor day is known.",
    "incompleteAddressDate": "Has an address since a month of which the day is not known.",
    "addressYearOnly": "Has an address since a year of which neither month nor day is known.",
    "bis": "Has a bis number: the month in it is raised, and no population register keeps the file.",
    "replaced": "A number that is no longer in use: the answer names the number that replaced it.",
    "replacement": "Had another number before, which now leads here.",
    "deceased": "Died; the file can still be read, and there is no address of today.",
    "deceasedFileClosed": "Died long ago: only the day of death is told.",
    "secretAddress": "Has an address that may not be communicated.",
    "formerlySecret": "Had an address that might not be communicated until some years ago.",
    "abroad": "Left for another country, with an address there.",
    "returnedFromAbroad": "Lived in another country for some years and came back.",
    "struckOff": "Was struck off the registers: there is no address of today.",
    "unknown": "A well-formed number that nobody has.",
    "noFile": "A number that was given, without a file.",
    "noBox": "Lives at a house number without box.",
    "boxNumber": "Lives in a box that is written with a letter and a blank.",
    "boxWithSlash": "Lives in a box that is written with a slash.",
    "houseNumberRange": "Lives at a range of house numbers.",
    "houseNumberLetter": "Lives at a house number with a letter.",
    "streetWithoutCode": "Lives in a street that has no code and is written as text.",
    "longHistory": "Had fourteen addresses.",
    "sameStreetName": "Lived in three streets of one name, in three municipalities.",
    "twin": "Differs from a twin in serial number and given name only.",
    "otherTwin": "The other twin.",
    "child": "Under age.",
    "veryOld": "Born about a hundred years ago.",
    "referenceAddress": "Has a reference address.",
    "temporarilyAbsent": "Is absent for a time.",
    "divorced": "Was married and is divorced.",
    "widowed": "Was married to somebody who died.",
    "namesakes": "Has the name of so many others that a search for it lists nobody.",
    "unexplainedCode": "Has a nationality of which the contract's table does not explain the code.",
}


def personas(world: World) -> Sequence[Persona]:
    """Each named case."""
    return tuple(named({name: case.number for name, case in world.people.cases.items()}, SHOWS, "ssin"))
