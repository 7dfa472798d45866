"""More flows in a running demonstration, put in force as an operator would, so that tests may ask often."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mocks.people import Person
from mocks.population import population
from tests.journeys.world import World

CONTEXT = {"caseReference": "2026-000815", "endUser": {"id": "agent-99"}}
SLUG = "national-register"
ADDRESS, HISTORY = "national-register/address", "national-register/address-history"
_TEXT = """\
service = "{service}"
contract = "v1"
mode = "{mode}"
fields = {fields}
channels = ["api"]
legal_basis = ["TRIAL: no law at all"]
valid_from = 2025-01-01
valid_until = 2035-12-31
quota = {{ per_second = {per_second}, per_day = {per_day} }}
{more}
[purpose]
fr = "Essai"
nl = "Proef"
de = "Versuch"
en = "Trial"
"""


@dataclass(frozen=True)
class Extra:
    """One more flow of the institution in `folder`. `field`: one or more, parted by blanks."""

    name: str
    folder: str
    service: str = ADDRESS
    mode: str = "data"
    field: str = "address"
    per_second: int = 1000
    per_day: int = 100_000
    more: str = ""

    def text(self) -> str:
        """The flow's file."""
        return _TEXT.format(
            service=self.service,
            mode=self.mode,
            fields=json.dumps(self.field.split()),
            per_second=self.per_second,
            per_day=self.per_day,
            more=self.more,
        )

    def told(self) -> dict[str, Any]:
        """As demo.json tells a flow; the body lacks its subject."""
        body: dict[str, Any] = {"query": {}, "context": CONTEXT}
        return {"id": self.name, "service": self.service, "mode": self.mode, "body": body}


HOUSING, MUNICIPALITY, REGION = "social-housing-company", "municipality", "regional-administration"
EXTRAS = (
    Extra("trial-address", MUNICIPALITY),
    Extra("trial-street", MUNICIPALITY, field="address.street"),
    Extra("trial-history", REGION, HISTORY, field="addresses"),
    Extra("trial-confirm", HOUSING, mode="confirm"),
    Extra("trial-confirm-too", HOUSING, mode="confirm"),
    Extra("trial-confirm-there", MUNICIPALITY, mode="confirm"),
    Extra("trial-discreet", HOUSING, mode="confirm", more="existence = false"),
    Extra("trial-three-a-second", MUNICIPALITY, per_second=3),
    Extra("trial-three-a-day", MUNICIPALITY, per_day=3),
    Extra("trial-four-a-day", MUNICIPALITY, per_day=4),
    Extra("trial-person", MUNICIPALITY, f"{SLUG}/person", field="ssin name birth sex nationalities death"),
    Extra("trial-household", HOUSING, f"{SLUG}/household", field="household"),
    Extra("trial-filiation", MUNICIPALITY, f"{SLUG}/filiation", field="parents children"),
    Extra("trial-civil-status", MUNICIPALITY, f"{SLUG}/civil-status", field="civilStatuses"),
    Extra("trial-search", MUNICIPALITY, f"{SLUG}/search", field="candidates"),
    Extra("trial-numbers", REGION, f"{SLUG}/ssin-history", field="numbers"),
    Extra("trial-vehicle", MUNICIPALITY, "div/vehicle", field="registration vehicle technical"),
    Extra("trial-holder", MUNICIPALITY, "div/holder", field="holder holderAddress driver"),
    Extra("trial-holder-name", REGION, "div/holder", field="holder.name.familyName"),
    Extra("trial-vehicles-of", MUNICIPALITY, "div/vehicles-of", field="vehicles"),
    Extra("trial-vehicle-history", REGION, "div/history", field="registrations holders"),
    Extra("trial-emission-norm", REGION, "div/emission-norm", field="emission"),
    Extra("trial-movements", REGION, "div/movements", field="movements"),
    Extra("trial-place", MUNICIPALITY, "urbis/address", field="addresses place ground"),
    Extra("trial-building", HOUSING, "urbis/building", field="buildings parcels addresses"),
    Extra("trial-building-only", REGION, "urbis/building", field="buildings"),
    Extra("trial-nearest", REGION, "urbis/reverse", field="address place"),
    Extra("trial-enterprise", REGION, "cbe/enterprise", field="enterprise legal denominations addresses"),
    Extra("trial-establishments", REGION, "cbe/establishments", field="establishments"),
    Extra("trial-functions", MUNICIPALITY, "cbe/functions", field="functions qualifications links"),
    Extra("trial-function-codes", REGION, "cbe/functions", field="functions.function"),
    Extra("trial-enterprise-changes", REGION, "cbe/changes", field="changes"),
    Extra("trial-enterprise-search", MUNICIPALITY, "cbe/search", field="candidates"),
    Extra("trial-follow", REGION, f"{SLUG}/person", field="name", more="follow_replaced = true"),
    Extra(
        "trial-follow-confirm",
        REGION,
        f"{SLUG}/person",
        "confirm",
        "name birth",
        more="follow_replaced = true",
    ),
)


def with_more_flows(world: World, folder: Path) -> World:
    """The same demonstration, once EXTRAS are in force beside its own flows; `folder` is new."""
    shutil.copytree(world.home / "flows", folder)
    for extra in EXTRAS:
        (folder / extra.folder / f"{extra.name}.toml").write_text(extra.text(), encoding="utf-8")
    done = world.run("flow", "apply", str(folder))
    assert done.returncode == 0, done.stderr
    told = [{**one, "flows": [*one["flows"], *_flows_of(one)]} for one in world.told["institutions"]]
    return replace(world, told={**world.told, "institutions": told})


def _flows_of(institution: dict[str, Any]) -> list[dict[str, Any]]:
    slug = Path(institution["certificate"]).stem
    return [extra.told() for extra in EXTRAS if extra.folder == slug]


def inhabitants() -> Iterator[Person]:
    """Ordinary people with an address, each once, those of the demonstration's own show left out."""
    plain = population().ordinary()
    yield from [person for person in plain if person.address is not None][20:]


def address_of(person: Person, **other: str) -> dict[str, str]:
    """Somebody's address as a form would have it, in Dutch. `other`: members that are not true."""
    address = person.address
    assert address is not None
    words = {
        "street": address.written or address.street.names.nl,
        "houseNumber": address.house_number,
        "postalCode": address.street.postal_code,
    }
    return {**words, **({} if address.box is None else {"box": address.box}), **other}
