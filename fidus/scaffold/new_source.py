"""A source that works and says nothing yet: every file in every room, written from `skeleton/`.

The skeleton asks a REST source about an enterprise. Names of its files and their text hold `@slug@`,
`@folder@` and `@Class@`; `.in` is taken from the end of a name.
"""

from __future__ import annotations

import keyword
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from fidus.scaffold.pages import write

SKELETON: Final = Path(__file__).parent / "skeleton"
_SLUG: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST: Final = 32
_TAKEN: Final = {"fidus", "world", "control", "lib"}  # by something else in one of the rooms


def new_source(slug: str, root: Path) -> list[Path]:
    """Write the skeleton of a source and its page; gives the files. All or nothing.

    Raises ValueError for a slug that cannot be one, FileExistsError where a file of that name is there.
    """
    _check(slug)
    files = {root / name: text for name, text in _rendered(slug).items()}
    for file in files:
        if file.exists() or (slug in file.parts and (root / "contracts" / slug).exists()):
            raise FileExistsError(f"{file.relative_to(root)} is there already: choose another slug")
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    _tidy([file for file in files if file.suffix == ".py"])
    write(root)
    return [*files, root / "docs" / "sources" / f"{slug}.md"]


def _check(slug: str) -> None:
    if not _SLUG.fullmatch(slug) or len(slug) > _LONGEST:
        raise ValueError(
            f"a slug has 1 to {_LONGEST} small letters and digits, parts joined by -: civil-registry"
        )
    if slug in _TAKEN or keyword.iskeyword(slug):
        raise ValueError(f"`{slug}` means something else here: choose another slug")


def _rendered(slug: str) -> Mapping[str, str]:
    """Path below the checkout -> text."""
    words = {
        "@slug@": slug,
        "@folder@": slug.replace("-", "_"),
        "@Class@": "".join(part.capitalize() for part in slug.split("-")),
    }

    def with_words(text: str) -> str:
        for word, meaning in words.items():
            text = text.replace(word, meaning)
        return text

    return {
        with_words(str(file.relative_to(SKELETON)).removesuffix(".in")): with_words(file.read_text("utf-8"))
        for file in sorted(SKELETON.rglob("*.in"))
    }


def _tidy(files: Sequence[Path]) -> None:
    """In the project's form, which depends on how long the slug is. Without ruff they stay as they are."""
    for words in (("check", "--quiet", "--fix", "--select", "I"), ("format", "--quiet")):
        subprocess.run([sys.executable, "-m", "ruff", *words, *files], check=False, capture_output=True)
