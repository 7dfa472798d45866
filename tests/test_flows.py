"""The sample flows are without fault, and show what a flow can be."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fidus.catalogue import parse_catalogue, read_files
from fidus.model import Catalogue, Channel, Mode, Query
from fidus.policy import LIMITS, is_in_force
from fidus.services import load_services

ROOT = Path(__file__).parent.parent
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def book() -> Catalogue:
    return parse_catalogue(read_files(ROOT / "flows"), load_services(ROOT / "adapters"), epoch=1)


def test_four_institutions_are_there(book: Catalogue) -> None:
    assert sorted(one.slug for one in book.institutions.values()) == [
        "municipality",
        "regional-administration",
        "regional-environment",
        "social-housing-company",
    ]
    assert all(is_in_force(one, TODAY) for one in book.institutions.values())


def test_sample_numbers_and_laws_say_what_they_are(book: Catalogue) -> None:
    assert all(number.startswith("0999000") for number in book.institutions)
    for flow in book.flows.values():
        assert all(law.startswith("DEMONSTRATION: invented") for law in flow.legal_basis)
        assert flow.deliberation is not None
        assert flow.deliberation.number.startswith("DEMONSTRATION")


def test_the_samples_cover_every_service_and_both_modes(book: Catalogue) -> None:
    flows = book.flows.values()
    assert {flow.service for flow in flows} == book.services.keys()
    assert any(flow.follow_replaced for flow in flows)
    assert {flow.mode for flow in flows} == set(Mode)
    assert any(flow.fields == ("address.postalCode",) for flow in flows)
    assert any(not flow.existence for flow in flows)
    assert any(flow.channels == frozenset({Channel.ONLINE}) for flow in flows)
    assert any(flow.limits for flow in flows)


def test_one_flow_has_ended_and_the_others_are_in_force(book: Catalogue) -> None:
    assert [flow.id for flow in book.flows.values() if not is_in_force(flow, TODAY)] == [
        "slrb-waiting-list-2024"
    ]


def test_the_example_of_each_service_keeps_within_the_limits_of_its_flows(book: Catalogue) -> None:
    for flow in book.flows.values():
        service = book.services[flow.service]
        query = Query(service.id, service.example, ())
        assert all(LIMITS[name](bound, query, TODAY) for name, bound in flow.limits.items())
