"""Questions to the policy: one flow, one institution, and small changes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from fidus.model import (
    Catalogue,
    Channel,
    Context,
    Facts,
    Flow,
    Institution,
    Mode,
    Query,
    Quota,
    Request,
    Service,
)
from fidus.policy import (
    Asked,
    Decision,
    Refused,
)

OWNER, OTHER = "0999000129", "0999000228"
NOON = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
TITLE = {"fr": "t", "nl": "t", "de": "t", "en": "t"}
YEAR_AGO = {"period": {"startDate": "2025-06-15"}}
ADDRESS = ("address.street", "address.postalCode")

SERVICE = Service(
    id="national-register/address",
    title=TITLE,
    members=(),
    contracts={"v1": {"address": ADDRESS, "age": ("age",)}},
    confirmable={"address": ("street", "postalCode"), "elsewhere": ("street",)},
    example={},
    limits=frozenset({"periodYears"}),
)
INSTITUTION = Institution(
    number=OWNER,
    slug="town",
    kind="institution",
    name=TITLE,
    keys=(),
    valid_from=date(2026, 1, 1),
    valid_until=date(2027, 12, 31),
)
FLOW = Flow(
    id="town-address",
    institution=OWNER,
    service=SERVICE.id,
    mode=Mode.DATA,
    purpose=TITLE,
    legal_basis=("demonstration",),
    fields=ADDRESS,
    valid_from=date(2026, 2, 1),
    valid_until=date(2026, 11, 30),
    channels=frozenset({Channel.API, Channel.BATCH}),
    quota=Quota(per_second=3, per_day=10),
    contract="v1",
    digest=b"",
    max_guesses=4,
)
CONFIRM = replace(FLOW, mode=Mode.CONFIRM)


def catalogue(flow: Flow = FLOW, **changes: Any) -> Catalogue:
    base = Catalogue(
        epoch=1,
        digest=b"",
        institutions={OWNER: INSTITUTION},
        flows={flow.id: flow},
        services={SERVICE.id: SERVICE},
    )
    return replace(base, **changes)


def asked(
    confirm: dict[str, Any] | None = None, values: dict[str, Any] | None = None, **changes: Any
) -> Asked:
    query = Query(service=changes.pop("service", SERVICE.id), values=values or {}, subjects=())
    request = Request(query=query, confirm=confirm, context=Context(), body=b"{}", asked=())
    return replace(Asked(OWNER, FLOW.id, Channel.API, request), **changes)


def facts(**changes: Any) -> Facts:
    return replace(Facts(now=NOON), **changes)


def refused(decision: Decision) -> Refused:
    assert isinstance(decision, Refused)
    return decision
