"""A hub whose patience is short, and raw connections to it."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from fidus.cli.homes import apply_folder
from tests.journeys.alone import Alone, home_in, serving
from tests.journeys.trial import MUNICIPALITY

SHORT = """
[api.limits]
idle_s = 4.0
head_s = 0.5
body_s = 0.5
answer_s = 0.5
handshake_s = 1.0
strangers = 60
of_one = 80
"""


@contextlib.contextmanager
def short_tempered(folder: Path) -> Iterator[Alone]:
    """Such a hub, without a source and with the sample flows in force."""
    home = home_in(folder)
    settings = folder / "fidus.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + SHORT, encoding="utf-8")
    with serving(home) as running:
        apply_folder(folder, home.flows, [])
        yield running


def address(hub: Alone) -> tuple[str, int]:
    parts = urlsplit(hub.says["api"])
    return parts.hostname or "", parts.port or 0


@contextlib.contextmanager
def opened(hub: Alone, context: ssl.SSLContext | None = None) -> Iterator[ssl.SSLSocket]:
    """A connection over TLS, of the municipality unless something else is said."""
    tls = context or hub.client(MUNICIPALITY).context()
    with (
        socket.create_connection(address(hub), timeout=10) as raw,
        tls.wrap_socket(raw, server_hostname="127.0.0.1") as wire,
    ):
        yield wire


def said(wire: ssl.SSLSocket) -> bytes:
    """Everything until the hub ends it, however it does."""
    read = b""
    with contextlib.suppress(OSError):
        while chunk := wire.recv(65_536):
            read += chunk
    return read


def well(hub: Alone) -> bool:
    """Whether a good question is answered."""
    return hub.client(MUNICIPALITY).get("/flows").status == 200


def strangers(hub: Alone) -> dict[str, int]:
    """What /metrics says of peers that are no institution, by reason."""
    with urllib.request.urlopen(f"{hub.says['management']}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = re.findall(r'^fidus_strangers_total\{reason="(\w+)"\} (\d+)\.0$', text, re.MULTILINE)
    return {reason: int(count) for reason, count in found}
