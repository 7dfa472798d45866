"""The log's files over the interface: exact paths only, nothing else of the disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fidus.errors import NotFound

if TYPE_CHECKING:
    from tests.fidus.api.conftest import World

SECRET = b"not to be seen"


@pytest.fixture
def log(world: World, tmp_path: Path) -> Path:
    """A published log with some files, and others that are none."""
    folder = tmp_path / "home" / "log"
    for name in ("tile/0/000", "tile/0/x001/x234/067.p/4", "tile/entries/001.p/255", "tile/63/000"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
    (folder / "checkpoint").write_text("fidus.example/log\n4\nroot\n\n— fidus.example/log sig\n")
    (folder / "tile" / "0" / ".tmp-001").write_bytes(SECRET)
    (folder / "tile" / "0" / "1").write_bytes(SECRET)
    (folder / "tile" / "64").mkdir()
    (folder / "tile" / "64" / "000").write_bytes(SECRET)
    (folder.parent / "log.key").write_bytes(SECRET)
    (folder.parent / "000").write_bytes(SECRET)
    world.hub.log_directory = folder
    return folder


def test_the_checkpoint_is_text_that_nobody_keeps(world: World, log: Path) -> None:
    reply = world.ask("/auditLog/checkpoint", who="auditor")
    assert (reply.status, reply.body) == (200, (log / "checkpoint").read_bytes())
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("tile/0/000", True),
        ("tile/63/000", True),
        ("tile/0/x001/x234/067.p/4", False),
        ("tile/entries/001.p/255", False),
    ],
)
def test_a_full_tile_may_be_kept_for_ever(world: World, path: str, kept: bool) -> None:
    reply = world.ask(f"/auditLog/{path}", who="auditor")
    assert (reply.status, reply.body) == (200, path.encode())
    assert reply.headers["Content-Type"] == "application/octet-stream"
    assert ("immutable" in reply.headers["Cache-Control"]) is kept
    assert "public" not in reply.headers["Cache-Control"]


WRONG = [
    "tile/0/999",
    "tile/00/000",
    "tile/64/000",
    "tile/0/1",
    "tile/0/.tmp-001",
    "tile/0/0000",
    "tile/0/x000/000",
    "tile/0/x001/67",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "tile/0/000.p/",
    "tile/0/",
    "tile/entries",
    "tile/-1/000",
    "tile/0/000/",
    "tile/0//000",
    "tile/0/%2e%2e/000",
    "tile/..%2f..%2flog.key",
    "tile/../checkpoint",
    "tile/0/..%2f..%2f..%2f000",
    "tile/%2fetc%2fpasswd",
    "tile/0/000%00",
    "tile/0/000%0a",
    "tile/0/%D9%A0%D9%A0%D9%A0",
]


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("path", WRONG)
def test_nothing_but_tiles_is_found(world: World, path: str) -> None:
    reply = world.ask(f"/auditLog/{path}", who="auditor")
    assert reply.status == 404
    assert SECRET not in reply.body


def test_a_folder_is_no_tile(world: World, log: Path) -> None:
    (log / "tile" / "0" / "002").mkdir()
    assert world.ask("/auditLog/tile/0/002", who="auditor").status == 404
    assert world.ask("/auditLog/tile/0/000.p/1", who="auditor").status == 404


@pytest.mark.usefixtures("log")
def test_what_is_not_found_is_recorded(world: World) -> None:
    world.ask("/auditLog/tile/0/999", who="auditor")
    world.ask("/auditLog/tile/nonsense", who="auditor")
    assert [(number, type(error)) for number, error, _ in world.hub.refusals] == [
        ("0999999922", NotFound)
    ] * 2


def test_a_disk_that_fails_is_the_hubs_trouble(world: World, log: Path) -> None:
    (log / "checkpoint").unlink()
    (log / "checkpoint").symlink_to("checkpoint")
    reply = world.ask("/auditLog/checkpoint", who="auditor")
    assert (reply.status, reply.json["origin"]) == (503, "hub")


PARTS = ["..", ".", "0", "000", "x001", "tile", "log.key", "%2e%2e", "%00"]


@pytest.mark.usefixtures("log")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=6))
def test_no_path_leads_out_of_the_log(world: World, parts: list[str]) -> None:
    reply = world.ask(f"/auditLog/tile/{'/'.join(parts)}", who="auditor")
    assert SECRET not in reply.body
