"""Small files of open data, written by hand: their enterprises do not exist."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fidus.cbe.tables import CODES, META, TABLES

Rows = Sequence[Sequence[str]]


def number(eight: str) -> str:
    """Ten digits with dots, as the files write them."""
    digits = f"{eight}{97 - int(eight) % 97:02}"
    return f"{digits[:4]}.{digits[4:7]}.{digits[7:]}"


def bare(dotted: str) -> str:
    return dotted.replace(".", "")


FIRST, SECOND, THIRD = (number(f"0999300{nth}") for nth in range(3))
PLACE, OTHER_PLACE, THIRD_PLACE = (number(f"8999300{nth}") for nth in range(3))
LABELS: Rows = [
    ["Nace2008", "43320", "FR", "Travaux de menuiserie"],
    ["Nace2008", "43320", "NL", "Schrijnwerk"],
    ["JuridicalForm", "999", "FR", "Forme inventée"],
    ["ActivityGroup", "003", "XX", "of a language that there is not"],
]


def enterprise(dotted: str, *, kind: str = "2", form: str = "610") -> list[str]:
    return [dotted, "AC", "000", kind, form, "", "03-02-2019"]


def address(dotted: str, kind: str = "REGO", house: str = "12") -> list[str]:
    where = ["1000", "Brussel", "Bruxelles", "Verzonnenstraat", "Rue Inventée", house, "", "", ""]
    return [dotted, kind, "", "", *where]


FULL: Mapping[str, Rows] = {
    "code": LABELS,
    "enterprise": [enterprise(FIRST), enterprise(SECOND, kind="1", form=""), enterprise(THIRD, form="999")],
    "establishment": [[PLACE, "04-03-2020", FIRST], [OTHER_PLACE, "05-03-2021", FIRST]],
    "denomination": [
        [FIRST, "1", "001", "Menuiserie Inventée"],
        [FIRST, "2", "001", 'Schrijnwerkerij "Verzonnen", nv'],
        [PLACE, "0", "003", "Atelier"],
        [SECOND, "1", "001", "Personne Inventée"],
        [FIRST, "0", "003", "MENUI"],  # apart from the others of its enterprise
    ],
    "address": [address(FIRST), address(PLACE, "BAET", "14"), address(OTHER_PLACE, "BAET", "16")],
    "activity": [[FIRST, "003", "2008", "43320", "MAIN"], [PLACE, "003", "2008", "43320", "MAIN"]],
}


def written(rows: Rows, columns: Sequence[str]) -> str:
    """CSV as the files have it: the header bare, each value quoted."""
    quoted = (",".join('"{}"'.format(one.replace('"', '""')) for one in row) for row in rows)
    return "\n".join([",".join(columns), *quoted]) + "\n"


def meta(extract: int, kind: str, day: str) -> str:
    told = {"SnapshotDate": day, "ExtractTimestamp": f"{day} 06:00:00", "ExtractType": kind}
    rows = [*told.items(), ("ExtractNumber", str(extract)), ("Version", "1.0.0")]
    return written(rows, META)


def pack(file: Path, members: Mapping[str, str | bytes], **how: Any) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, **how) as packed:
        for name, text in members.items():
            packed.writestr(name, text)
    return file


def full_members(tables: Mapping[str, Rows], extract: int = 140, day: str = "01-11-2025") -> dict[str, str]:
    """Name of each member -> its text."""
    found = {f"{name}.csv": written(tables.get(name, ()), table.columns) for name, table in TABLES.items()}
    return {"meta.csv": meta(extract, "full", day), "code.csv": written(tables["code"], CODES), **found}


def full(
    folder: Path, tables: Mapping[str, Rows] = FULL, extract: int = 140, day: str = "01-11-2025"
) -> Path:
    return pack(folder / f"full-{extract}.zip", full_members(tables, extract, day))


def update(
    folder: Path,
    deleted: Mapping[str, Sequence[str]],
    inserted: Mapping[str, Rows],
    extract: int = 141,
    day: str = "02-12-2025",
) -> Path:
    """An update with these keys and rows, by name of the table."""
    members = {"meta.csv": meta(extract, "update", day), "code.csv": written(LABELS, CODES)}
    for name, table in TABLES.items():
        keys = [[key] for key in deleted.get(name, ())]
        members[f"{name}_delete.csv"] = written(keys, table.columns[:1])
        members[f"{name}_insert.csv"] = written(inserted.get(name, ()), table.columns)
    return pack(folder / f"update-{extract}.zip", members)
