"""docs/sources/ says what manifests, vocabulary and codes say."""

from __future__ import annotations

import shutil
from pathlib import Path

from fidus.scaffold.pages import ROOT, pages, stale, write


def test_the_pages_of_the_project_are_up_to_date() -> None:
    assert stale() == [], "run `make docs`"


def test_there_is_a_page_for_each_source_and_their_list_names_them() -> None:
    slugs = {page.stem for page in pages()} - {"README"}
    assert "national-register" in slugs
    listed = pages()[ROOT / "docs" / "sources" / "README.md"]
    assert all(f"({slug}.md)" in listed for slug in slugs)


def test_a_page_that_is_missing_changed_or_of_no_source_is_found_and_mended(tmp_path: Path) -> None:
    for name in ("adapters", "contracts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    write(tmp_path)
    assert stale(tmp_path) == []
    folder = tmp_path / "docs" / "sources"
    register = folder / "national-register.md"
    register.write_text(register.read_text("utf-8") + "By hand.\n", encoding="utf-8")
    (folder / "gone.md").write_text("Of no source.\n", encoding="utf-8")
    (folder / "README.md").unlink()
    assert {page.name for page in stale(tmp_path)} == {"national-register.md", "gone.md", "README.md"}
    write(tmp_path)
    assert stale(tmp_path) == []
    assert not (folder / "gone.md").exists()
