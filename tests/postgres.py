"""A PostgreSQL server for tests: one for all workers of a test run, a database for each test.

    python -m tests.postgres provide             find Debian's PostgreSQL, or install it as root
    python -m tests.postgres keep DIR PORT PID   run a server there until the process PID is gone

The server has its data in memory where there is room for it: it syncs as the hub demands, at no cost.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "postgresql"
STARTS_WITHIN_S = 60.0
_PDEATHSIG = 1  # prctl(2)
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "max_wal_size": "64MB",
    "autovacuum": "off",
}


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`, None where they are not installed."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = [file.parent for file in sorted(installed, key=lambda file: int(file.parts[4]))]
    on_path = shutil.which("initdb")
    return found[-1] if found else Path(on_path).resolve().parent if on_path else None


def provide() -> str:
    """See that PostgreSQL is installed; "" if it is, else what is missing."""
    if programs() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", PACKAGE]):
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(["apt-get", *words], check=False, env=environment, stdout=sys.stderr)
    if programs() is None:
        return f"The tests need the package {PACKAGE}: install it (apt-get install {PACKAGE}) and run again"
    return ""


@dataclass
class Cluster:
    """A running server. Its superuser is `postgres`, without password, on loopback."""

    port: int
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """One statement, outside of a transaction; its rows."""
        with psycopg.connect(self.url(database), autocommit=True) as session:
            found = session.execute(statement.encode())
            return found.fetchall() if found.description else []

    def create(self, template: str = "template0") -> str:
        """A new database; give its name."""
        name = f"test_{os.getpid()}_{next(self._numbers)}_{uuid4().hex[:6]}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Also under the hands of who is connected."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@dataclass
class Database:
    """One database of the server."""

    cluster: Cluster
    name: str

    @property
    def url(self) -> str:
        return self.cluster.url(self.name)

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        return self.cluster.run(statement, self.name)

    def end_sessions(self) -> None:
        """Whoever is connected is not any more."""
        self.cluster.run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'"
        )

    def back_up(self) -> str:
        """A copy as it is now; give its name. Ends all sessions."""
        self.end_sessions()
        return self.cluster.create(self.name)

    def restore(self, copy: str) -> str:
        """Put the copy in this one's place; give the name under which what was there is kept."""
        kept = f"{copy}_former"
        self.cluster.run(f"ALTER DATABASE {self.name} CONNECTION LIMIT 0")
        self.end_sessions()
        self.cluster.run(f"ALTER DATABASE {self.name} RENAME TO {kept}")
        self.cluster.run(f"ALTER DATABASE {copy} RENAME TO {self.name}")
        return kept


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """The server of this test run, started by the first who needs it."""
    shared = tmp_path_factory.getbasetemp()
    run = os.getpid()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared, run = shared.parent, os.getppid()
    said = shared / "postgres.json"
    with (shared / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            said.write_text(json.dumps(launch(run).port), encoding="utf-8")
    return Cluster(json.loads(said.read_text(encoding="utf-8")))


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    """An empty database, gone after the test."""
    name = cluster.create()
    yield Database(cluster, name)
    cluster.drop(name)


def launch(run: int, **settings: str) -> Cluster:
    """A new server, which ends with the process `run`."""
    missing = provide()
    assert not missing, missing
    roomy = Path("/dev/shm")
    in_memory = roomy.is_dir() and os.access(roomy, os.W_OK) and shutil.disk_usage(roomy).free > 2 << 30
    folder = Path(tempfile.mkdtemp(prefix="fidus-postgres-", dir=roomy if in_memory else None))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    _as_owner("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "--wal-segsize=1",
              "-E", "UTF8", "--no-locale", "--no-sync")  # fmt: skip
    with (folder / "data" / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in {**_SETTINGS, **settings}.items())
    cluster = Cluster(_free_port())
    subprocess.run(
        [sys.executable, "-m", "tests.postgres", "keep", str(folder), str(cluster.port), str(run)],
        cwd=ROOT,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    until = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            cluster.run("SELECT 1")
        except psycopg.OperationalError:
            assert time.monotonic() < until, (folder / "server.log").read_text(encoding="utf-8")
            time.sleep(0.05)
        else:
            return cluster


def _keep(folder: Path, port: int, run: int) -> None:
    """In the background, run the server as a child until `run` is gone, then leave nothing behind."""
    if os.fork():
        return
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [str(_program("postgres")), "-D", str(folder / "data"), "-p", str(port)],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            user="postgres" if os.geteuid() == 0 else None,
            group="postgres" if os.geteuid() == 0 else None,
            preexec_fn=_die_with_parent,
        )
    while _lives(run) and server.poll() is None:
        time.sleep(0.2)
    _as_owner("pg_ctl", "stop", "-D", str(folder / "data"), "-m", "fast", check=False)
    server.wait(30)
    shutil.rmtree(folder, ignore_errors=True)


def _die_with_parent() -> None:
    """In the server, once it is its own user's: it ends as by SIGQUIT when the keeper is killed."""
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGQUIT)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _program(name: str) -> Path:
    folder = programs()
    assert folder is not None, provide()
    return folder / name


def _owner() -> list[str]:
    """The server does not run as root."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


def _as_owner(program: str, *words: str, check: bool = True) -> None:
    done = subprocess.run(
        [*_owner(), str(_program(program)), *words], capture_output=True, text=True, cwd="/", check=False
    )
    assert not check or done.returncode == 0, done.stderr


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    if sys.argv[1] == "keep":
        _keep(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    elif missing := provide():
        sys.exit(missing)
