"""The one place that decides whether a question may be asked: pure, numbered, nothing else decides.

No clock, no database, no network, no logging: what is in force comes in as a Catalogue, the moment as Facts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from fidus.errors import ExchangeRefused, FidusError, NotFound, QuotaExceeded, QuotaReason, RefusedBecause
from fidus.model import (
    Caller,
    Catalogue,
    Channel,
    Facts,
    Flow,
    Institution,
    Key,
    Mode,
    Query,
    Request,
    Service,
)

BRUSSELS: Final = ZoneInfo("Europe/Brussels")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be decided: `institution` (enterprise number) asks by flow `flow`, through `channel`."""

    institution: str
    flow: str
    channel: Channel
    request: Request = field(repr=False)


@dataclass(frozen=True, slots=True)
class Granted:
    """The question may be asked.

    `leaves`: leaf paths that may leave; none in confirm mode. `groups`: what may be compared; none in data
    mode.
    """

    flow: Flow
    service: Service
    leaves: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The question may not be asked: `step` of `decide` refused it, and `error` is what to raise."""

    step: int
    error: FidusError


Decision: TypeAlias = Granted | Refused


def decide(asked: Asked, catalogue: Catalogue, facts: Facts) -> Decision:
    """Grant or refuse one question. Raises ValueError for facts without time zone, and nothing else.

     1. The flow is known.
     2. It is this institution's own flow.
     3. The institution and the flow are in force today, first and last day included.
     4. The flow is not suspended.
     5. The flow grants this channel.
     6. The question has the shape that the flow grants: its service, in a contract that is known; values to
        compare in confirm mode only, of granted groups only; within the flow's limits.
     7. A dossier is open, where the flow needs one.
     8. This process's share of the quota of this second, at least one, is not used up.
     9. The quota of today is not used up.
    10. In confirm mode, not too many wrong values about this subject today.

    The first step that fails decides. To the caller (1) and (2) read the same. Days are days in Brussels.
    Rule: design.md §1 (no flow, no call) and §3 (no oracle).
    """
    flow = catalogue.flows.get(asked.flow)
    if flow is None:  # (1)
        return Refused(1, NotFound())
    if flow.institution != asked.institution:  # (2)
        return Refused(2, NotFound())
    service = catalogue.services.get(flow.service)
    refused = _standing(flow, asked, catalogue, facts) or _shape(flow, service, asked.request, facts)
    refused = refused or _bounds(flow, facts)
    if refused is not None:
        return refused
    assert service is not None  # (6)
    if flow.mode is Mode.CONFIRM:
        return Granted(flow, service, leaves=(), groups=granted_groups(flow, service))
    return Granted(flow, service, leaves=flow.fields, groups=())


def _standing(flow: Flow, asked: Asked, catalogue: Catalogue, facts: Facts) -> Refused | None:
    today = brussels_day(facts.now)
    institution = catalogue.institutions.get(flow.institution)
    if institution is None or not is_in_force(institution, today) or not is_in_force(flow, today):  # (3)
        return _refuse(3, RefusedBecause.NOT_IN_FORCE)
    if facts.suspended or flow.id in catalogue.suspended:  # (4)
        return _refuse(4, RefusedBecause.SUSPENDED)
    if asked.channel not in flow.channels:  # (5)
        return _refuse(5, RefusedBecause.CHANNEL_NOT_GRANTED)
    return None


def _shape(flow: Flow, service: Service | None, request: Request, facts: Facts) -> Refused | None:
    if (
        service is None or flow.contract not in service.contracts or request.query.service != service.id
    ):  # (6)
        return _refuse(6, RefusedBecause.QUERY_NOT_GRANTED)
    if not _compares_only_what_is_granted(flow, service, request):  # (6)
        return _refuse(6, RefusedBecause.QUERY_NOT_GRANTED)
    if not _is_within_limits(flow, request.query, brussels_day(facts.now)):  # (6)
        return _refuse(6, RefusedBecause.QUERY_NOT_GRANTED)
    return None


def _bounds(flow: Flow, facts: Facts) -> Refused | None:
    if flow.requires_dossier and not facts.open_dossier:  # (7)
        return _refuse(7, RefusedBecause.NO_OPEN_DOSSIER)
    quota = flow.quota
    if facts.second_used >= max(1, quota.per_second // facts.processes):  # (8)
        return Refused(8, QuotaExceeded(QuotaReason.PER_SECOND, quota.per_second, 1, rule=8))
    if facts.day_used >= quota.per_day:  # (9)
        until_midnight_s = seconds_to_midnight(facts.now)
        return Refused(9, QuotaExceeded(QuotaReason.PER_DAY, quota.per_day, until_midnight_s, rule=9))
    if flow.mode is Mode.CONFIRM and flow.max_guesses <= max(facts.guesses, facts.guesses_taken):  # (10)
        return Refused(10, no_guess_left(flow, facts))
    return None


def no_guess_left(flow: Flow, facts: Facts) -> QuotaExceeded:
    """What step 10 tells: wait for midnight where all guesses failed, a moment where some are under way."""
    most = flow.max_guesses
    if facts.guesses >= most:
        return QuotaExceeded(QuotaReason.GUESSES_SPENT, most, seconds_to_midnight(facts.now), rule=10)
    return QuotaExceeded(QuotaReason.GUESSES_UNDER_WAY, most, 1, rule=10)


def own_flow(catalogue: Catalogue, institution: str, flow: str) -> Flow | None:
    """The flow of this name if it is this institution's own; None where `decide` would stop at (1) or (2)."""
    found = catalogue.flows.get(flow)
    return found if found is not None and found.institution == institution else None


def is_enrolled(caller: Caller, catalogue: Catalogue, day: date) -> bool:
    """Whether the key with which a caller came is one of its institution's still; True where it used none."""
    institution = catalogue.institutions.get(caller.institution)
    keys = () if institution is None else institution.keys
    return not caller.key or any(key.spki_sha256 == caller.key and is_in_force(key, day) for key in keys)


def granted_groups(flow: Flow, service: Service) -> tuple[str, ...]:
    """Names that a confirm flow may compare, sorted: confirmable groups of which it has every leaf.

    A name that the flow's contract does not have is left out.
    """
    contract, fields = service.contracts.get(flow.contract, {}), set(flow.fields)
    return tuple(
        sorted(
            group for group in service.confirmable if group in contract and fields.issuperset(contract[group])
        )
    )


def told_fields(flow: Flow, service: Service) -> tuple[str, ...]:
    """What the flow's institution is told as its fields: leaves that may leave, or names that may be compared
    (formats.md §4: any of them may be sent in `confirm`)."""
    return granted_groups(flow, service) if flow.mode is Mode.CONFIRM else flow.fields


def is_in_force(what: Flow | Institution | Key, day: date) -> bool:
    """True on each day of its validity, first and last included."""
    return what.valid_from <= day <= what.valid_until


def brussels_day(now: datetime) -> date:
    """The day in Brussels at this moment. Raises ValueError for a moment without time zone."""
    return _aware(now).astimezone(BRUSSELS).date()


def seconds_to_midnight(now: datetime) -> int:
    """Whole seconds until the next day begins in Brussels, rounded up, at least 1; right on the days of 23
    and 25 hours too. Raises ValueError for a moment without time zone."""
    midnight = datetime.combine(brussels_day(now) + timedelta(days=1), datetime.min.time(), BRUSSELS)
    return math.ceil((midnight.astimezone(UTC) - now.astimezone(UTC)).total_seconds())


def _refuse(step: int, reason: RefusedBecause) -> Refused:
    return Refused(step, ExchangeRefused(reason, rule=step))


def _compares_only_what_is_granted(flow: Flow, service: Service, request: Request) -> bool:
    if flow.mode is Mode.DATA:
        return request.confirm is None
    return bool(request.confirm) and set(request.confirm or ()) <= set(granted_groups(flow, service))


def _is_within_limits(flow: Flow, query: Query, today: date) -> bool:
    """A limit that nobody can judge is not kept: better no answer than too much."""
    return all(name in LIMITS and LIMITS[name](bound, query, today) for name, bound in flow.limits.items())


def _starts_within_years(years: int, query: Query, today: date) -> bool:
    """`periodYears`: a period is given, and starts at most so many years ago."""
    period = query.values.get("period")
    if not isinstance(period, Mapping):
        return False
    try:
        start = date.fromisoformat(str(period.get("startDate")))
    except ValueError:
        return False
    return start >= _years_before(today, years)


def _years_before(day: date, years: int) -> date:
    """The same day so many years earlier; 1 March for a 29 February that the year has not."""
    if day.year <= years:
        return date.min
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)


def _aware(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("A moment needs a time zone")
    return now


LIMITS: Final[Mapping[str, Callable[[int, Query, date], bool]]] = MappingProxyType(
    {"periodYears": _starts_within_years}
)
"""What a flow's `limits` may bound: name -> does the query keep within the bound today?"""
