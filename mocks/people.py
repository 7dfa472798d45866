"""What a population register knows of one person, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from mocks.days import Day
from mocks.places import Address

GONE_ABROAD, DECEASED, STRUCK_OFF = "992", "99990", "99991"


@dataclass(frozen=True, slots=True, repr=False)
class Stay:
    """A main address from one day until another; without `until` it is today's."""

    address: Address
    since: Day
    until: Day | None = None


@dataclass(frozen=True, slots=True)
class Residence:
    """What keeps the file: a municipality's NIS code, or a special residence such as GONE_ABROAD."""

    code: str
    since: Day
    until: Day | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Abroad:
    """An address in another country (NIS country code, three digits), written in lines."""

    country: str
    lines: tuple[str, ...]
    since: Day
    until: Day | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """The address may not be communicated from `start` to `end`, both included; None: no end."""

    start: Day
    end: Day | None = None


@dataclass(frozen=True, slots=True, repr=False)
class CivilState:
    """10 single, 20 married, 30 widowed, 40 divorced, 80 legal cohabitation."""

    code: str
    since: Day
    spouse: str | None = None
    until: Day | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Former:
    """A number that this person had, and the day on which it was replaced."""

    number: str
    since: Day


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """One file. Times run from old to new. `sex` 1 male, 2 female; `language` 1 French, 2 Dutch.

    `special`: residences that are no municipality. `register`: 1 foreigners, 2 population, None for bis.
    `head`: number of the household's reference person, its own for that person; `role` towards them.
    """

    number: str
    birth: Day
    sex: int
    family_name: str
    given_names: tuple[str, ...]
    stays: tuple[Stay, ...]
    language: int = 1
    nationality: str = "150"
    register: str | None = "2"
    special: tuple[Residence, ...] = ()
    abroad: tuple[Abroad, ...] = ()
    civil_states: tuple[CivilState, ...] = ()
    head: str | None = None
    role: str = "01"
    parents: tuple[str, ...] = ()
    decease: Day | None = None
    silence: Silence | None = None
    formers: tuple[Former, ...] = ()
    at_reference_address: bool = False
    absent_since: Day | None = None

    @property
    def birth_place(self) -> tuple[str, str]:
        """Country (three digits), and the municipality there: a NIS code in Belgium, else a written name."""
        if self.nationality != "150":
            return self.nationality, "Nulle-Part"
        return "150", self.stays[0].address.street.nis

    @property
    def address(self) -> Address | None:
        """Today's main address, if there is one."""
        return self.stays[-1].address if self.stays and self.stays[-1].until is None else None


def residences(person: Person) -> tuple[Residence, ...]:
    """The municipalities that kept the file, and special residences, from old to new.

    A move within a municipality does not begin another residence.
    """
    kept: list[Residence] = []
    for stay in person.stays:
        code = stay.address.street.nis
        if kept and kept[-1].code == code and kept[-1].until == stay.since:
            kept[-1] = Residence(code, kept[-1].since, stay.until)
        else:
            kept.append(Residence(code, stay.since, stay.until))
    return tuple(sorted((*kept, *person.special), key=lambda residence: residence.since))
