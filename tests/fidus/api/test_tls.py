"""The handshake: who gets through, by which protocols, and that every failure is counted."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvloop

from fidus.api import build_api, serve_api, server_context

if TYPE_CHECKING:
    from tests.fidus.api.conftest import World

REQUEST = b"GET /fidus/v1/flows HTTP/1.1\r\nHost: localhost\r\n\r\n"


def shaken(world: World, context: ssl.SSLContext) -> tuple[str, str, bytes]:
    """Protocol, cipher, and the start of the answer to a request. Raises ssl.SSLError or OSError."""
    with (
        socket.create_connection(world.address, timeout=10) as raw,
        context.wrap_socket(raw, server_hostname="127.0.0.1") as wire,
    ):
        wire.sendall(REQUEST)
        cipher = wire.cipher()
        assert cipher is not None
        return str(wire.version()), cipher[0], wire.recv(12)


def counted(world: World) -> list[str]:
    """What was counted, once something was."""
    end = time.monotonic() + 5
    while not world.failed and time.monotonic() < end:
        time.sleep(0.01)
    return world.failed


def only(context: ssl.SSLContext, version: ssl.TLSVersion) -> ssl.SSLContext:
    context.minimum_version = context.maximum_version = version
    return context


@pytest.mark.parametrize(
    ("version", "name"), [(ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")]
)
def test_two_versions_are_spoken(world: World, version: ssl.TLSVersion, name: str) -> None:
    spoken, _, answer = shaken(world, only(world.tls(), version))
    assert (spoken, answer) == (name, b"HTTP/1.1 200")
    assert world.failed == []


@pytest.mark.parametrize("cipher", ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"])
def test_with_1_2_there_is_forward_secrecy_and_authenticated_encryption(world: World, cipher: str) -> None:
    context = only(world.tls(), ssl.TLSVersion.TLSv1_2)
    context.set_ciphers(f"ECDHE-ECDSA-{cipher}")
    assert shaken(world, context)[1] == f"ECDHE-ECDSA-{cipher}"


@pytest.mark.parametrize(
    "cipher", ["ECDHE-ECDSA-AES128-SHA256", "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256"]
)
def test_nothing_weaker_is_agreed_on(world: World, cipher: str) -> None:
    context = only(world.tls(), ssl.TLSVersion.TLSv1_2)
    context.set_ciphers(f"{cipher}:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        shaken(world, context)
    assert counted(world) == ["tlsNoSharedCipher"]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_older_versions_are_not_spoken(world: World) -> None:
    context = only(world.tls(), ssl.TLSVersion.TLSv1_1)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        shaken(world, context)
    assert counted(world) == ["tlsUnsupportedProtocol"]


@pytest.mark.parametrize(("who", "reason"), [("expired", "tlsVerify10"), ("foreign", "tlsVerify20")])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_expired_and_foreign_certificates_end_in_an_alert(
    world: World, who: str, reason: str, version: ssl.TLSVersion
) -> None:
    """Under 1.3 the client may learn of it by a closed connection only."""
    answer = b""
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        answer = shaken(world, only(world.tls(who), version))[2]
    assert answer == b""
    assert counted(world) == [reason]
    assert world.hub.strangers == []


def test_a_client_that_does_not_trust_us_is_counted(world: World) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(world, ssl.create_default_context())
    assert counted(world) == ["tlsTlsv1AlertUnknownCa"] or counted(world) == ["tlsSslv3AlertUnknownCa"]


def test_what_is_no_tls_is_counted(world: World) -> None:
    with socket.create_connection(world.address, timeout=10) as raw, contextlib.suppress(OSError):
        raw.sendall(b"GET / HTTP/1.1\r\n\r\n")
        raw.recv(100)
    assert counted(world) == ["tlsHttpRequest"]


def test_a_resumed_session_still_shows_its_certificate(world: World) -> None:
    context = only(world.tls(), ssl.TLSVersion.TLSv1_2)
    session = None
    for resumed in (False, True):
        with (
            socket.create_connection(world.address, timeout=10) as raw,
            context.wrap_socket(raw, server_hostname="127.0.0.1", session=session) as wire,
        ):
            wire.sendall(REQUEST)
            assert wire.recv(12) == b"HTTP/1.1 200"
            assert wire.session_reused is resumed
            session = wire.session


def test_the_same_holds_on_uvloop(world: World) -> None:
    """Both loops go through the same object of the ssl module."""
    failed: list[str] = []
    context = server_context(*world.authority.issue("fast").files, world.authority.file, failed.append)

    async def treat() -> list[int]:
        serving = await serve_api(build_api(world.hub), context, "127.0.0.1", 0)
        statuses = []
        for who in ("own", None, "foreign"):
            statuses.append(await ask(serving.host, serving.port, world.tls(who)))
        await serving.stop()
        return statuses

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(treat()) == [200, 401, 0]
    assert failed == ["tlsVerify20"]


async def ask(host: str, port: int, context: ssl.SSLContext) -> int:
    """The status of one request, 0 where the connection was refused."""
    try:
        reader, writer = await asyncio.open_connection(host, port, ssl=context)
        writer.write(REQUEST)
        line = await reader.readline()
    except (ssl.SSLError, ConnectionResetError):
        return 0
    writer.close()
    return int(line.split()[1]) if line else 0


@pytest.mark.parametrize("missing", [0, 1, 2], ids=["certificate", "key", "issuers"])
def test_files_that_are_missing_are_refused_at_the_start(world: World, tmp_path: Path, missing: int) -> None:
    files = [*world.clients["own"].files, world.authority.file]
    files[missing] = tmp_path / "none"
    certificate, key, issuers = files
    with pytest.raises(OSError, match="No such file"):
        server_context(certificate, key, issuers, world.failed.append)


def test_nobody_may_shake_hands_anew(world: World) -> None:
    """Renegotiation (TLS 1.2) would let a client make the hub work without end, or change its certificate."""
    files = world.authority.issue("once").files
    context = server_context(*files, world.authority.file, world.failed.append)
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.options & ssl.OP_NO_COMPRESSION
