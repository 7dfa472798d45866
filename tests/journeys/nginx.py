"""nginx by the configurations that `deploy/` gives, their names and ports changed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.journeys.world import ROOT

_MAIN = """\
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
{user}
events {{ worker_connections 64; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{server}
}}
"""


def program() -> str:
    """Where nginx is; the test is skipped where it is not (tests/provide.sh installs it)."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip("nginx is not installed, see tests/provide.sh")
    return found


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def nginx(folder: Path, changes: Mapping[str, str], server: str = "nginx.conf") -> Iterator[int]:
    """Run it on loopback until the block ends; gives the port. `changes`: words of the `server`'s file."""
    folder.mkdir()
    port = free_port()
    text = (ROOT / "deploy" / server).read_text(encoding="utf-8")
    for word, instead in {"listen 443 ssl": f"listen 127.0.0.1:{port} ssl", **changes}.items():
        assert word in text, f"deploy/{server} has no {word}"
        text = text.replace(word, instead)
    user = "user root;" if os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(_MAIN.format(folder=folder, user=user, server=text), encoding="utf-8")
    with (
        (folder / "nginx.log").open("wb") as log,
        subprocess.Popen([program(), "-p", str(folder), "-c", str(file)], stderr=log) as process,
    ):
        try:
            _wait(process, port, folder / "nginx.log")
            yield port
        finally:
            process.terminate()
            process.wait(20)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text(encoding="utf-8"))
