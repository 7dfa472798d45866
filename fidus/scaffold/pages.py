"""docs/sources/: one page for each source and their list. `python -m fidus.scaffold.pages` writes them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fidus.scaffold.source_page import Codes, source_page
from fidus.services import load_services, names
from fidus.vocabulary import vocabulary

ROOT: Final = Path(__file__).parents[2]
_HEAD: Final = """# Sources

What can be asked, source by source. Made by `make docs`.

| source | services |
| --- | --- |
"""


def pages(root: Path = ROOT) -> Mapping[Path, str]:
    """What each page says, by its file. Raises ConfigurationInvalid, UnknownWord, OSError."""
    services = load_services(root / "adapters").values()
    told = {}
    rows = []
    for slug, name in names(root / "adapters").items():
        own = [one for one in services if one.id.startswith(f"{slug}/")]
        told[root / "docs" / "sources" / f"{slug}.md"] = source_page(
            slug, name, own, vocabulary(), _codes(root, slug)
        )
        rows.append(f"| [{name['en']}]({slug}.md) | {', '.join(one.id.split('/')[1] for one in own)} |")
    told[root / "docs" / "sources" / "README.md"] = _HEAD + "\n".join(rows) + "\n"
    return told


def stale(root: Path = ROOT) -> list[Path]:
    """Pages that are missing or say something else than they should, and pages of no source."""
    due = pages(root)
    there = set((root / "docs" / "sources").glob("*.md"))
    changed = {one for one, text in due.items() if one not in there or one.read_text("utf-8") != text}
    return sorted(changed | (there - due.keys()))


def write(root: Path = ROOT) -> None:
    """Make the folder hold these pages and no others."""
    due = pages(root)
    (root / "docs" / "sources").mkdir(parents=True, exist_ok=True)
    for page in stale(root):
        if page in due:
            page.write_text(due[page], encoding="utf-8")
        else:
            page.unlink()


def _codes(root: Path, slug: str) -> Codes:
    file = root / "contracts" / slug / "codes.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


if __name__ == "__main__":
    write()
