"""Reading a published log, from a directory or over http: what is read is not verified here."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import OpenerDirector, build_opener

from audit.note import MAX_NOTE
from audit.tilepaths import MAX_BUNDLE, MAX_TILE, WIDTH, Place, decode_bundle, decode_tile
from audit.tiles import CHECKPOINT
from audit.tree import HASH_SIZE

_CHUNK: Final = 65_536
_MISSING: Final = (404, 410)

Fetch: TypeAlias = Callable[[str, int], bytes]
"""(path, limit in bytes) -> the file's bytes, at most limit + 1 of them. Raises FileNotFoundError if there is
no such file, OSError if it could not be read."""


class TileReader:
    """A published log. Raises OSError where the log cannot be reached: that says nothing about the log."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    @classmethod
    def open(cls, place: str, opener: OpenerDirector | None = None, timeout_s: float = 30.0) -> TileReader:
        """The log below a directory or an http(s) URL; asks for nothing yet. `opener`: for client
        certificates. `timeout_s`: how long a server may be silent, and a file's content may take. Raises
        ValueError for a URL that is none."""
        if urlsplit(place).scheme in ("http", "https"):
            return cls(_from_url(place.rstrip("/"), opener or build_opener(), timeout_s))
        return cls(_from_directory(Path(place)))

    def checkpoint(self) -> str:
        """The signed checkpoint, unverified. Raises FileNotFoundError if there is none, ValueError if it is
        no text or too large."""
        data = self._fetch(CHECKPOINT, MAX_NOTE)
        if len(data) > MAX_NOTE:
            raise ValueError(f"The checkpoint is larger than {MAX_NOTE} bytes")
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise ValueError("The checkpoint is no UTF-8 text") from None

    def hashes(self, level: int, n: int, width: int = WIDTH) -> list[bytes]:
        """The hashes of a tile; where it is partial and gone, the first ones of the full tile.

        Raises FileNotFoundError if there is neither, MalformedFile if the file has another length.
        """
        place = Place(level, n, width)
        data, items = self._read(place, MAX_TILE)
        if len(data) != items * HASH_SIZE:
            raise MalformedFile(place.path, decode_tile(data)[:width])
        return decode_tile(data)[:width]

    def bundle(self, n: int, width: int = WIDTH) -> list[bytes]:
        """The entries of a bundle; where it is partial and gone, the first ones of the full bundle.

        Raises FileNotFoundError if there is neither, MalformedFile if it does not hold them.
        """
        place = Place(0, n, width, entries=True)
        data, items = self._read(place, MAX_BUNDLE)
        entries, whole = decode_bundle(data)
        if not whole or len(entries) != items:
            raise MalformedFile(place.path, entries[:width])
        return entries[:width]

    def entries(self, size: int) -> Iterator[bytes]:
        """The first `size` entries, up to the first that cannot be read."""
        for start in range(0, size, WIDTH):
            width = min(WIDTH, size - start)
            try:
                entries = self.bundle(start // WIDTH, width)
            except FileNotFoundError:
                return
            except MalformedFile as error:
                entries = error.items
            yield from entries
            if len(entries) < width:
                return

    def entry(self, index: int, size: int) -> bytes:
        """Entry `index` of the log, whose checkpoint names `size` entries. Raises as `bundle`, and
        ValueError for an index outside."""
        if not 0 <= index < size:
            raise ValueError(f"There is no entry {index} in a log of {size}")
        n = index // WIDTH
        return self.bundle(n, min(WIDTH, size - n * WIDTH))[index % WIDTH]

    def _read(self, place: Place, limit: int) -> tuple[bytes, int]:
        """The file and how many items it must have."""
        try:
            return self._fetch(place.path, limit), place.width
        except FileNotFoundError:
            if place.width == WIDTH:
                raise
        return self._fetch(place.full.path, limit), WIDTH


class MalformedFile(ValueError):
    """A tile or bundle that does not hold what its name says. `items`: those that can be read from it."""

    def __init__(self, path: str, items: list[bytes]) -> None:
        super().__init__(f"{path} does not hold what its name says: it can be read up to item {len(items)}")
        self.items = items


def _from_directory(directory: Path) -> Fetch:
    def fetch(path: str, limit: int) -> bytes:
        file = directory / path
        if not file.is_file():  # a folder or a pipe in its place is no file of the log
            raise FileNotFoundError(f"{path} is missing")
        with file.open("rb") as opened:
            return opened.read(limit + 1)

    return fetch


def _from_url(prefix: str, opener: OpenerDirector, timeout_s: float) -> Fetch:
    def fetch(path: str, limit: int) -> bytes:
        until = time.monotonic() + timeout_s
        try:
            with opener.open(f"{prefix}/{path}", timeout=timeout_s) as response:
                data = bytearray()
                while len(data) <= limit and (chunk := response.read1(_CHUNK)):
                    data += chunk
                    if time.monotonic() > until:
                        raise TimeoutError(f"{path} did not come within {timeout_s:g} seconds")
                if len(data) <= limit and response.length:
                    raise OSError(f"{path} came in part only")
                return bytes(data[: limit + 1])
        except HTTPError as error:
            with error:
                if error.code in _MISSING:
                    raise FileNotFoundError(f"{path} is missing") from None
                raise OSError(f"{path} could not be read: HTTP status {error.code}") from None
        except http.client.HTTPException as error:
            raise OSError(f"{path} could not be read: {type(error).__name__}") from None

    return fetch
