"""The tables of the open data (contracts/cbe/SOURCE.md): which are kept, and what their columns are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

ENTERPRISE, ESTABLISHMENT, EITHER = "01", "2345678", "012345678"  # first digits of a number


@dataclass(frozen=True, slots=True)
class Table:
    """`part`: by which its rows are found in the store. `firsts`: first digits of the numbers in its first
    column. `days`: columns that hold dd-mm-yyyy or nothing. `enterprises`: those that hold the number of one.
    `codes`: column -> category of code.csv."""

    name: str
    part: int
    columns: tuple[str, ...]
    firsts: str = EITHER
    days: tuple[int, ...] = ()
    enterprises: tuple[int, ...] = ()
    codes: Mapping[int, str] = field(default_factory=dict)


ENTERPRISES: Final = Table(
    "enterprise",
    0,
    (
        "EnterpriseNumber",
        "Status",
        "JuridicalSituation",
        "TypeOfEnterprise",
        "JuridicalForm",
        "JuridicalFormCAC",
        "StartDate",
    ),
    ENTERPRISE,
    days=(6,),
    codes={1: "Status", 2: "JuridicalSituation", 3: "TypeOfEnterprise", 4: "JuridicalForm"},
)
ESTABLISHMENTS: Final = Table(
    "establishment",
    1,
    ("EstablishmentNumber", "StartDate", "EnterpriseNumber"),
    ESTABLISHMENT,
    days=(1,),
    enterprises=(2,),
)
DENOMINATIONS: Final = Table(
    "denomination",
    2,
    ("EntityNumber", "Language", "TypeOfDenomination", "Denomination"),
    codes={2: "TypeOfDenomination"},
)
ADDRESSES: Final = Table(
    "address",
    3,
    (
        "EntityNumber",
        "TypeOfAddress",
        "CountryNL",
        "CountryFR",
        "Zipcode",
        "MunicipalityNL",
        "MunicipalityFR",
        "StreetNL",
        "StreetFR",
        "HouseNumber",
        "Box",
        "ExtraAddressInfo",
        "DateStrikingOff",
    ),
    days=(12,),
    codes={1: "TypeOfAddress"},
)
ACTIVITIES: Final = Table(
    "activity",
    4,
    ("EntityNumber", "ActivityGroup", "NaceVersion", "NaceCode", "Classification"),
    codes={1: "ActivityGroup", 4: "Classification"},
)
PLACES: Final = 5  # the part under which an enterprise's establishments are found by its number

TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {one.name: one for one in (ENTERPRISES, ESTABLISHMENTS, DENOMINATIONS, ADDRESSES, ACTIVITIES)}
)
"""Those that are kept. branch.csv and contact.csv are not: no service tells of them."""

CODES: Final = ("Category", "Code", "Language", "Description")
META: Final = ("Variable", "Value")
LANGUAGES: Final = MappingProxyType({"1": "fr", "2": "nl", "3": "de", "4": "en"})
"""Code of a language in a row -> our name of it; code.csv writes FR, NL, DE, EN."""


def nace(version: str) -> str:
    """The category of code.csv that explains activities of this version."""
    return f"Nace{version}"
