"""Publishing the log as files (C2SP tlog-tiles): made from the store, byte for byte the same each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol

from audit import durable
from audit.checkpoint import Checkpoint
from audit.note import text_of
from audit.tilepaths import WIDTH, Place, encode_bundle, places
from audit.tree import Edge, leaf_hash, root_of

CHECKPOINT: Final = "checkpoint"


class TileSource(Protocol):
    """The store, as far as files are made from it. What it once gave it gives for ever."""

    def checkpoint_note(self) -> str | None:
        """The newest signed checkpoint; None before the first one."""
        ...

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries start to stop - 1."""
        ...

    def subtree(self, level: int, n: int) -> bytes:
        """The root of the leaves [n·2^level, (n+1)·2^level), all of which exist."""
        ...


class PublishingRefused(Exception):
    """Store and published files contradict each other: nothing more is published.

    Its text names the place and what to do; it holds no personal data.
    """


class Publisher:
    """Brings the files below `directory` up to the store. One at a time may work on a directory.

    No file is ever rewritten but `checkpoint`, which comes last, in one rename, when all that it covers is
    durable. A crash at any point is made good by the next `publish`.
    """

    def __init__(self, directory: Path, source: TileSource) -> None:
        self._directory = directory
        self._source = source

    def publish(self) -> int:
        """Publish up to the store's newest signed checkpoint; give its size. Again changes nothing.

        Raises PublishingRefused where store and files contradict each other, OSError where writing or
        syncing fails; both leave the published checkpoint as it was.
        """
        note, published = self._source.checkpoint_note(), self._published_note()
        if note == published:
            return 0 if note is None else _parse(note, "The store's").size
        if note is None:
            raise PublishingRefused("A checkpoint is published, the store has none. Put back the right store")
        newest = _parse(note, "The store's")
        old = 0 if published is None else self._require_prefix(_parse(published, "The published"), newest)
        self._require_root(newest, "newest")
        if published is None:
            self._directory.mkdir(parents=True, exist_ok=True)
            durable.sync_folder(self._directory.parent)
        self._write(places(newest.size, old))
        durable.write_file(self._directory / CHECKPOINT, note.encode())
        return newest.size

    def _published_note(self) -> str | None:
        try:
            return (self._directory / CHECKPOINT).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            raise PublishingRefused(
                "The published checkpoint is no text. Put back the one that was published"
            ) from None

    def _require_prefix(self, published: Checkpoint, newest: Checkpoint) -> int:
        """The published size, if the store goes on from there."""
        if published.origin != newest.origin:
            raise PublishingRefused("The published files are of another log. Name another directory")
        if published.size > newest.size:
            raise PublishingRefused(
                f"{published.size} entries are published, the store has {newest.size}: commits are lost,"
                " perhaps by an old back-up. Put back the newest store"
            )
        self._require_root(published, "published")
        return published.size

    def _require_root(self, checkpoint: Checkpoint, which: str) -> None:
        if root_of(0, checkpoint.size, self._source.subtree) != checkpoint.root:
            raise PublishingRefused(
                f"The {which} checkpoint of {checkpoint.size} entries has another root than the store."
                " Put back the right store"
            )

    def _write(self, tiles: Iterable[Place]) -> None:
        """Write what is missing, then make all names durable. Files of an earlier try may be there without
        their folders having been synced, so theirs are synced again."""
        folders: dict[Path, None] = {}
        full = []
        for tile in tiles:
            for place, data in self._files(tile):
                path = self._directory / place.path
                path.parent.mkdir(parents=True, exist_ok=True)
                self._place(path, place.path, data)
                above = path.relative_to(self._directory).parents
                folders |= dict.fromkeys(self._directory / folder for folder in above)
                full += [path] if place.width == WIDTH else []
        for folder in folders:
            durable.sync_folder(folder)
        for path in full:
            _remove_partial(path)

    def _place(self, path: Path, name: str, data: bytes) -> None:
        if not path.exists():
            durable.place(path, data)
        elif path.read_bytes() != data:
            raise PublishingRefused(f"The published file {name} is not what the store gives for it")

    def _files(self, tile: Place) -> Iterator[tuple[Place, bytes]]:
        """The content of a tile; at level 0 its bundle comes first."""
        if tile.level:
            start = tile.n * WIDTH
            hashes = [self._source.subtree(8 * tile.level, start + item) for item in range(tile.width)]
        else:
            entries = list(self._source.entries(tile.first, tile.first + tile.width))
            hashes = [leaf_hash(entry) for entry in entries]
            self._require_leaves(tile, hashes)
            yield tile.bundle, encode_bundle(entries)
        yield tile, b"".join(hashes)

    def _require_leaves(self, tile: Place, hashes: list[bytes]) -> None:
        """An entry that was damaged in the store would stand wrong in its file for ever."""
        edge = Edge()
        for one in hashes:
            edge = edge.append(one)
        same = (
            self._source.subtree(node.level, (tile.first >> node.level) + node.n) == node.hash
            for node in edge.nodes()
        )
        if edge.size != tile.width or not all(same):
            raise PublishingRefused(
                f"Entries {tile.first} to {tile.first + tile.width - 1} of the store are not those that were"
                " signed. Put back the right store"
            )


def _parse(note: str, whose: str) -> Checkpoint:
    """What a checkpoint of our own says; it is compared with the store, so its signature does not matter."""
    try:
        return Checkpoint.parse(text_of(note))
    except ValueError as error:
        raise PublishingRefused(f"{whose} checkpoint cannot be read: {error}") from None


def _remove_partial(path: Path) -> None:
    """Partial tiles may go when the full one is durable; readers then take the full one."""
    folder = path.with_name(path.name + ".p")
    if folder.is_dir():
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
