"""The developers' page names each service of the National Register with what can be asked and had.

As a program it prints the rows: `python -m tests.test_services_table`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from fidus.model import Service
from fidus.services import load_services

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "institution-developer.md"
SOURCE = "national-register/"


def rows() -> Iterator[str]:
    """One row for each service, in the manifest's order."""
    for service in load_services(ROOT / "adapters").values():
        if service.id.startswith(SOURCE):
            yield f"| `{service.id.removeprefix(SOURCE)}` | {_members(service)} | {_fields(service)} |"


def _members(service: Service) -> str:
    return ", ".join(f"`{one.name}`{'' if one.required else '?'}" for one in service.members)


def _fields(service: Service) -> str:
    """Groups in the newest contract, each with its leaves; † what can be confirmed."""
    groups = service.contracts[max(service.contracts)]
    told = []
    for group, leaves in groups.items():
        below = [leaf.removeprefix(f"{group}.") for leaf in leaves if leaf != group]
        mark = " †" if group in service.confirmable else ""
        told.append(f"**`{group}`**{mark}" + (f": {', '.join(below)}" if below else ""))
    return "; ".join(told)


def test_the_page_has_a_row_for_each_service_and_each_is_as_the_manifest_says() -> None:
    page = PAGE.read_text(encoding="utf-8").splitlines()
    start = page.index("| service | query | fields, by group |")
    table = [line for line in page[start + 2 :][: page[start + 2 :].index("")]]
    assert table == list(rows())


if __name__ == "__main__":
    sys.stdout.write("\n".join(rows()) + "\n")
