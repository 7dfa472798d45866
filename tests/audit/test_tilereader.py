"""Reading a published log from a directory and from real servers, among them ones that misbehave."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import build_opener

import pytest

from audit.note import MAX_NOTE
from audit.tilepaths import MAX_BUNDLE
from audit.tilereader import MalformedFile, TileReader
from audit.tiles import Publisher

if TYPE_CHECKING:
    from tests.audit.conftest import MemorySource

    Source = Callable[[int], MemorySource]


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[str]:
    """Runs a server on a free port; gives its URL."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"  # type: ignore[index]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    """A plain file server. It remembers headers that it was sent."""

    seen: list[str | None] = []  # noqa: RUF012 - for the test to look at

    def do_GET(self) -> None:
        Quiet.seen.append(self.headers.get("X-Test"))
        super().do_GET()

    def log_message(self, *arguments: Any) -> None:
        """Says nothing."""


@contextmanager
def misbehaving(answer: Callable[[Any], object]) -> Iterator[TileReader]:
    """A reader of a server whose answer to each request is what `answer` writes."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            try:
                answer(self.wfile.write)
            except (BrokenPipeError, ConnectionResetError):
                return

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    with serving(server) as url:
        yield TileReader.open(url, timeout_s=0.3)


@pytest.fixture
def directory(tmp_path: Path, memory_source: Source) -> Path:
    Publisher(tmp_path, memory_source(300)).publish()
    return tmp_path


@pytest.fixture(params=["directory", "url", "url-with-slash"])
def reader(request: pytest.FixtureRequest, directory: Path) -> Iterator[TileReader]:
    if request.param == "directory":
        yield TileReader.open(str(directory))
        return
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(directory)))
    with serving(server) as url:
        yield TileReader.open(url + "/" * (request.param == "url-with-slash"))


def test_a_published_log_is_read(reader: TileReader, memory_source: Source) -> None:
    source = memory_source(300)
    assert reader.checkpoint() == source.signed
    assert reader.bundle(0) == source.held[:256]
    assert reader.bundle(1, 44) == source.held[256:]
    assert reader.hashes(0, 1, 44) == [source.subtree(0, index) for index in range(256, 300)]
    assert reader.hashes(1, 0, 1) == [source.subtree(8, 0)]
    assert [reader.entry(index, 300) for index in (0, 255, 256, 299)] == [
        source.held[index] for index in (0, 255, 256, 299)
    ]


def test_all_entries_are_read_up_to_the_first_that_cannot_be(directory: Path, memory_source: Source) -> None:
    held, reader = memory_source(300).held, TileReader.open(str(directory))
    assert list(reader.entries(300)) == held
    assert list(reader.entries(5)) == held[:5]
    (directory / "tile/entries/001.p/44").write_bytes(len(held[256]).to_bytes(2, "big") + held[256] + b"cut")
    assert list(reader.entries(300)) == held[:257]
    (directory / "tile/entries/000").unlink()
    assert list(reader.entries(300)) == []


def test_a_partial_file_that_is_gone_is_the_beginning_of_the_full_one(
    reader: TileReader, memory_source: Source
) -> None:
    source = memory_source(300)
    assert reader.bundle(0, 5) == source.held[:5]
    assert reader.hashes(0, 0, 5) == [source.subtree(0, index) for index in range(5)]
    assert reader.entry(3, 5) == source.held[3]


def test_what_is_missing_is_missing(reader: TileReader, directory: Path) -> None:
    with pytest.raises(FileNotFoundError, match="tile/0/007"):
        reader.hashes(0, 7)
    with pytest.raises(FileNotFoundError, match="tile/entries/001"):
        reader.bundle(1, 43)
    (directory / "checkpoint").unlink()
    with pytest.raises(FileNotFoundError, match="checkpoint"):
        reader.checkpoint()


@pytest.mark.parametrize("index", [-1, 300])
def test_an_entry_outside_the_log_is_refused(reader: TileReader, index: int) -> None:
    with pytest.raises(ValueError, match="no entry"):
        reader.entry(index, 300)


def test_files_that_do_not_hold_what_their_name_says(reader: TileReader, directory: Path) -> None:
    def spoil(name: str, change: Callable[[bytes], bytes]) -> None:
        path = directory / name
        path.write_bytes(change(path.read_bytes()))

    spoil("tile/entries/001.p/44", lambda data: data[:-1])
    with pytest.raises(MalformedFile, match=r"tile/entries/001\.p/44") as caught:
        reader.bundle(1, 44)
    assert len(caught.value.items) == 43
    spoil("tile/entries/000", lambda data: data + b"\x00\x01x")
    with pytest.raises(MalformedFile) as caught:
        reader.bundle(0)
    assert len(caught.value.items) == 256
    spoil("tile/0/001.p/44", lambda data: data[:50])
    with pytest.raises(MalformedFile) as caught:
        reader.hashes(0, 1, 44)
    assert len(caught.value.items) == 1
    spoil("tile/0/000", lambda data: data * 2)
    with pytest.raises(MalformedFile):
        reader.hashes(0, 0)
    spoil("tile/entries/000", lambda data: bytes(MAX_BUNDLE + 10))
    with pytest.raises(MalformedFile):
        reader.bundle(0)


@pytest.mark.parametrize("content", [b"\xff", b"x" * (MAX_NOTE + 1)], ids=["no-text", "too-large"])
def test_a_checkpoint_that_is_none(reader: TileReader, directory: Path, content: bytes) -> None:
    (directory / "checkpoint").write_bytes(content)
    with pytest.raises(ValueError, match="checkpoint"):
        reader.checkpoint()


def test_a_folder_in_the_place_of_a_file_is_missing(directory: Path) -> None:
    (directory / "checkpoint").unlink()
    (directory / "checkpoint").mkdir()
    with pytest.raises(FileNotFoundError):
        TileReader.open(str(directory)).checkpoint()


def test_the_given_opener_is_used(directory: Path) -> None:
    opener = build_opener()
    opener.addheaders = [("X-Test", "mine")]
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(directory)))
    with serving(server) as url:
        TileReader.open(url, opener).checkpoint()
    assert Quiet.seen[-1] == "mine"


def test_a_server_that_refuses_says_nothing_about_the_log() -> None:
    with (
        misbehaving(lambda write: write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")) as reader,
        pytest.raises(OSError, match="HTTP status 403") as caught,
    ):
        reader.checkpoint()
    assert not isinstance(caught.value, FileNotFoundError)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"nonsense\r\n\r\n", id="no-http"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart", id="cut-short"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\npart", id="chunk-cut-short"),
    ],
)
def test_an_answer_that_is_not_whole_is_an_error(answer: bytes) -> None:
    with misbehaving(lambda write: write(answer)) as reader, pytest.raises(OSError) as caught:
        reader.checkpoint()
    assert not isinstance(caught.value, FileNotFoundError)


def test_a_server_that_nobody_runs_is_an_error() -> None:
    with misbehaving(lambda write: None) as reader:
        pass
    with pytest.raises(OSError):
        reader.checkpoint()


def test_a_silent_server_is_not_waited_for() -> None:
    silence = threading.Event()
    with misbehaving(lambda write: silence.wait(5)) as reader:
        with pytest.raises(TimeoutError):
            reader.checkpoint()
        silence.set()


def test_a_server_that_drips_is_not_waited_for() -> None:
    enough = threading.Event()

    def drip(write: Callable[[bytes], object]) -> None:
        write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
        while not enough.is_set():
            write(b"x")
            time.sleep(0.02)

    started = time.monotonic()
    with misbehaving(drip) as reader:
        with pytest.raises(TimeoutError, match=r"within 0\.3 seconds"):
            reader.checkpoint()
        enough.set()
    assert time.monotonic() - started < 3


def test_a_file_without_end_is_cut_off() -> None:
    enough = threading.Event()

    def pour(write: Callable[[bytes], object]) -> None:
        write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not enough.is_set():
            write(b"x" * 65_536)

    with misbehaving(pour) as reader:
        with pytest.raises(MalformedFile):
            reader.hashes(0, 0)
        enough.set()


def test_a_url_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError):
        TileReader.open("http://[no-address")
