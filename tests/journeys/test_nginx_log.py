"""The published log by nginx, as plain files: an auditor with the log's key verifies it from there."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from audit.tilepaths import WIDTH
from tests.journeys.alone import home_in, serving
from tests.journeys.commands import Done, fidus
from tests.journeys.journal import journal_of
from tests.journeys.nginx import nginx
from tests.journeys.trial import MUNICIPALITY

pytestmark = pytest.mark.slow

CONFIGURATION, NAMED = "nginx-log.conf", "192.0.2.0/24"
FULL_BUNDLE, FULL_TILE = "/tile/entries/000", "/tile/0/000"
ENTRIES = WIDTH + 10  # a full tile, and a partial one


@dataclass
class Served:
    """The hub's files in `folder`, `size` entries of them, as nginx serves them at `port`."""

    folder: Path
    size: int
    vkey: Path
    changes: Mapping[str, str]
    port: int
    ca: Path

    def verify(self, monkeypatch: pytest.MonkeyPatch) -> Done:
        """By the command, as somebody who trusts the issuer of nginx' certificate."""
        monkeypatch.setenv("SSL_CERT_FILE", str(self.ca))
        url = f"https://127.0.0.1:{self.port}"
        return fidus("audit", "verify", url, "--vkey", str(self.vkey), "--json")

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        context = ssl.create_default_context(cafile=str(self.ca))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=context)
        try:
            connection.request(method, path, headers=headers)
            told = connection.getresponse()
            return told.status, dict(told.headers), told.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A hub that publishes outside of its home, and nginx that has nothing of it but that folder."""
    folder = tmp_path_factory.mktemp("nginx-log")
    home = home_in(folder / "home")
    files = folder / "published"
    settings = home.folder / "fidus.toml"
    text = settings.read_text(encoding="utf-8").replace("[log]\n", f'[log]\ndirectory = "{files}"\n')
    settings.write_text(text, encoding="utf-8")
    changes = {
        "/etc/fidus/log.crt": str(home.pki.path("hub", "crt")),
        "/etc/fidus/log.key": str(home.pki.path("hub", "key")),
        "/srv/fidus-log": str(files),
        NAMED: "127.0.0.1",
    }
    with serving(home) as hub:
        assert fidus("flow", "apply", str(home.flows), home=home.folder).code == 0
        client = hub.client(MUNICIPALITY)
        with journal_of(home.folder) as journal:
            while journal.size() < ENTRIES:  # each an entry of its own
                assert client.post("/flows/nobody-s/consult", b"{}").status == 404
            journal.published(files)
            size = journal.size()
        copy = folder / "copy"
        assert fidus("audit", "export", str(copy), home=home.folder).code == 0
        with nginx(folder / "nginx", changes, CONFIGURATION) as port:
            ca = home.pki.path("issuer-servers", "crt")
            yield Served(files, size, copy / "log.vkey", changes, port, ca)


def test_the_log_verifies_from_there(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    done = served.verify(monkeypatch)
    report = json.loads(done.out)
    assert (done.code, report["ok"], report["faults"]) == (0, True, [])
    assert report["size"] == served.size >= ENTRIES


def test_another_user_of_the_machine_may_read_the_files(served: Served) -> None:
    """nginx has a user of its own: nothing in the folder is the hub's alone."""
    found = list(served.folder.rglob("*"))
    assert len(found) > 5
    for path in (served.folder, *found):
        needed = 0o005 if path.is_dir() else 0o004
        assert path.stat().st_mode & needed == needed, path.name


def test_what_never_changes_may_be_kept_and_what_does_is_asked_for_again(served: Served) -> None:
    status, headers, body = served.ask(
        "/checkpoint", **{"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    )
    assert status == 200
    assert body == (served.folder / "checkpoint").read_bytes()
    assert (headers["Cache-Control"], headers["Content-Type"]) == ("no-cache", "text/plain; charset=utf-8")
    partial = next((served.folder / "tile" / "0").glob("*.p/*"))
    for path in (FULL_BUNDLE, FULL_TILE, f"/{partial.relative_to(served.folder)}"):
        status, headers, body = served.ask(path, **{"Accept-Encoding": "gzip"})
        assert status == 200
        assert body == (served.folder / path[1:]).read_bytes()
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert headers["Content-Type"] == "application/octet-stream"
        assert "Content-Encoding" not in headers


@pytest.mark.parametrize(
    "path",
    ["/", "/tile/", "/tile/0", "/tile/9/000", "/tile/0/.tmp-000", "/.tmp-checkpoint", "/../home/log.key",
     "/tile/0/000.p/", "/tile/entries/999", "/tile/0/%2e%2e/%2e%2e/checkpoint%00"],
)  # fmt: skip
def test_nothing_else_is_there(served: Served, path: str) -> None:
    (served.folder / ".tmp-checkpoint").touch()
    (served.folder / "tile" / "0" / ".tmp-000").touch()
    assert served.ask(path)[0] in (400, 404)


def test_a_link_out_of_the_folder_leads_nowhere(served: Served, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"of somebody else")
    link = served.folder / "tile" / "7"
    link.mkdir()
    (link / "000").symlink_to(outside)
    status, _, body = served.ask("/tile/7/000")
    (link / "000").unlink()
    link.rmdir()
    assert status in (403, 404)
    assert b"of somebody else" not in body


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "MKCOL", "OPTIONS"])
def test_nothing_can_be_written_there(served: Served, method: str) -> None:
    for path in ("/checkpoint", FULL_TILE):
        before = (served.folder / path[1:]).read_bytes()
        assert served.ask(path, method)[0] in (403, 405)
        assert (served.folder / path[1:]).read_bytes() == before


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        pytest.param(FULL_BUNDLE, 0, id="an-entry"),
        pytest.param(FULL_TILE, WIDTH - 1, id="a-hash"),
    ],
)
def test_a_changed_file_is_found_from_there(
    served: Served, monkeypatch: pytest.MonkeyPatch, path: str, entry: int
) -> None:
    """One bit of it; the first entry that does not fit is named. Put back, the log is whole again."""
    file = served.folder / path[1:]
    kept = file.read_bytes()
    at = 10 if entry == 0 else len(kept) - 1
    try:
        file.write_bytes(kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :])
        done = served.verify(monkeypatch)
    finally:
        file.write_bytes(kept)
    report = json.loads(done.out)
    assert (done.code, report["ok"]) == (1, False)
    assert report["faults"][0]["index"] == entry
    assert served.verify(monkeypatch).code == 0


def test_who_is_not_named_reads_nothing(served: Served, tmp_path: Path) -> None:
    """Of the network in the file, which is nobody's."""
    changes = {word: instead for word, instead in served.changes.items() if word != NAMED}
    with nginx(tmp_path / "nginx", changes, CONFIGURATION) as port:
        for path in ("/checkpoint", FULL_BUNDLE, FULL_TILE):
            assert replace(served, port=port).ask(path)[0] == 403
