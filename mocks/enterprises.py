"""Enterprises of the synthetic world: who they are, where they work, who directs them.

Their numbers begin with 0999 (establishments: 8999), which the Crossroads Bank never gave: it went from 0.8
to 1.0 (assumed, by the numbers that its open data show). Directors are people of the population.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from mocks.days import Day
from mocks.households import WORLD_DAY
from mocks.names import FAMILY_NAMES
from mocks.people import Person
from mocks.places import Address, Names, any_address

_FIRST, _LAST = 2_000, 9_999  # the four digits after 0999; lower ones are institutions of the demonstration

NATURAL, LEGAL = "1", "2"
DIRECTOR, MANAGER, MANAGING_DIRECTOR, REPRESENTATIVE = "10002", "10006", "10007", "10003"
LIMITED, SHARES, ASSOCIATION, COOPERATIVE = "610", "014", "017", "706"
NORMAL, DISSOLVED, BANKRUPT, STOPPED = "000", "012", "050", "016"
ACTIVE, ENDED = "AC", "ST"

_TRADES: Sequence[tuple[str, str, str]] = (
    ("47240", "Boulangerie", "Bakkerij"),
    ("56101", "Restaurant", "Restaurant"),
    ("43320", "Menuiserie", "Schrijnwerkerij"),
    ("62010", "Informatique", "Informatica"),
    ("71111", "Architectes", "Architecten"),
    ("45113", "Garage", "Garage"),
    ("96021", "Coiffure", "Kapsalon"),
    ("49410", "Transports", "Transport"),
    ("68201", "Logements", "Woningen"),
    ("88995", "Entraide", "Welzijn"),
    ("77110", "Location", "Verhuur"),
    ("86210", "Cabinet médical", "Artsenpraktijk"),
)
_LEASING = "77110"


@dataclass(frozen=True, slots=True)
class Situation:
    """A juridical situation (`code`) from one day until another."""

    code: str
    since: Day
    until: Day | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Function:
    """Who does what there: a person's SSIN or an enterprise number in `holder`."""

    code: str
    holder: str
    since: Day
    until: Day | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Establishment:
    """A place where an enterprise works. `number` has ten digits and begins with 8999."""

    number: str
    enterprise: str
    names: Names
    address: Address
    trade: str
    since: Day
    until: Day | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Enterprise:
    """`kind` NATURAL or LEGAL; `owner` is the SSIN of a natural person's enterprise. `trade`: NACE 2008."""

    number: str
    kind: str
    form: str | None
    names: Names
    trade: str
    seat: Address
    since: Day
    situations: tuple[Situation, ...]
    functions: tuple[Function, ...]
    establishments: tuple[Establishment, ...]
    owner: str | None = None
    until: Day | None = None

    @property
    def status(self) -> str:
        """ACTIVE or ENDED."""
        return ACTIVE if self.until is None else ENDED

    @property
    def leases(self) -> bool:
        """Whether it lets others use its vehicles."""
        return self.trade == _LEASING


def checked(eight: str) -> str:
    """Ten digits: the last two are 97 - (the first eight mod 97)."""
    return f"{eight}{97 - int(eight) % 97:02d}"


def enterprises(random: Random, people: Sequence[Person], count: int) -> Iterator[Enterprise]:
    """`count` of them, directed by adults of `people`. Raises ValueError where numbers do not suffice."""
    if count > _LAST - _FIRST + 1:
        raise ValueError(f"At most {_LAST - _FIRST + 1} enterprises have numbers")
    adults = [one for one in people if one.birth.year <= WORLD_DAY.year - 25 and one.decease is None]
    establishments = iter(range(10_000))
    for four in range(_FIRST, _FIRST + count):
        yield _enterprise(random, checked(f"0999{four}"), adults, establishments)


def _enterprise(
    random: Random, number: str, adults: Sequence[Person], establishments: Iterator[int]
) -> Enterprise:
    code, french, dutch = random.choice(_TRADES)
    founder = random.choice(adults)
    since = _day(random, date(max(1990, founder.birth.year + 21), 1, 1), date(2025, 6, 30))
    natural = random.random() < 0.3
    family = founder.family_name if natural else random.choice(FAMILY_NAMES)
    names = Names(f"{french} {family}", f"{dutch} {family}")
    until = _end(random, since) if random.random() < 0.12 else None
    seat = founder.address if natural and founder.address is not None else any_address(random)
    works = 1 + (random.random() < 0.25) + (random.random() < 0.1) * random.randint(1, 4)
    return Enterprise(
        number=number,
        kind=NATURAL if natural else LEGAL,
        form=None
        if natural
        else random.choice((LIMITED, LIMITED, LIMITED, SHARES, ASSOCIATION, COOPERATIVE)),
        names=names,
        trade=code,
        seat=seat,
        since=Day.of(since),
        situations=_situations(random, since, until, natural=natural),
        functions=() if natural else _functions(random, founder, adults, since, until),
        establishments=tuple(
            Establishment(
                checked(f"8999{next(establishments):04d}"),
                number,
                names,
                seat if nth == 0 else any_address(random),
                code,
                Day.of(since if nth == 0 else _day(random, since, until or WORLD_DAY - timedelta(days=1))),
                None if until is None else Day.of(until),
            )
            for nth in range(works)
        ),
        owner=founder.number if natural else None,
        until=None if until is None else Day.of(until),
    )


def _situations(random: Random, since: date, until: date | None, *, natural: bool) -> tuple[Situation, ...]:
    begun = Day.of(since)
    if until is None:
        return (Situation(NORMAL, begun),)
    ended = Day.of(until)
    code = STOPPED if natural else random.choice((DISSOLVED, BANKRUPT))
    return (Situation(NORMAL, begun, ended), Situation(code, ended))


def _functions(
    random: Random, founder: Person, adults: Sequence[Person], since: date, until: date | None
) -> tuple[Function, ...]:
    """The founder manages; others may direct with them, some no longer."""
    end = None if until is None else Day.of(until)
    made = [
        Function(MANAGING_DIRECTOR if random.random() < 0.4 else MANAGER, founder.number, Day.of(since), end)
    ]
    for other in random.sample(adults, random.choice((0, 0, 1, 2))):
        begun = _day(random, since, until or WORLD_DAY - timedelta(days=1))
        left = random.random() < 0.3
        finish = Day.of(_day(random, begun, until or WORLD_DAY - timedelta(days=1))) if left else end
        if other is not founder and begun.year - other.birth.year >= 21:
            made.append(Function(DIRECTOR, other.number, Day.of(begun), finish))
    return tuple(made)


def _end(random: Random, since: date) -> date:
    return _day(random, since + timedelta(days=90), date(2025, 12, 1))


def _day(random: Random, first: date, last: date) -> date:
    return first + timedelta(days=random.randint(0, max(0, (last - first).days)))
