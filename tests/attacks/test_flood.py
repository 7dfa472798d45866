"""Floods of connections that say nothing, of garbage, bad certificates and slow requests: the hub answers."""

from __future__ import annotations

import contextlib
import resource
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from tests.attacks.hub import Memory
from tests.attacks.requests import BASE, CONSULT
from tests.attacks.short import address, opened, said, short_tempered, strangers, well
from tests.journeys.alone import Alone
from tests.journeys.certificates import Issuer
from tests.journeys.journal import journal_of
from tests.journeys.trial import MUNICIPALITY

pytestmark = pytest.mark.slow

AT_ONCE_S = 2.0  # a good answer, in the middle of a flood, on a busy machine
GROWTH = 64 * 1024 * 1024
HEALTH = b"GET %b/health HTTP/1.1\r\nHost: hub\r\n\r\n" % BASE


def answered_at_once(hub: Alone) -> None:
    begun = time.monotonic()
    assert well(hub)
    assert time.monotonic() - begun < AT_ONCE_S


def open_files(hub: Alone) -> int:
    return len(list(Path(f"/proc/{hub.process.pid}/fd").iterdir()))


def until(true: Callable[[], bool], within_s: float = 10.0) -> None:
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def closed(wire: socket.socket) -> bool:
    """Whether the hub ended it: within a few seconds, whatever it says before."""
    wire.settimeout(8)
    try:
        while wire.recv(65_536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


@pytest.fixture
def silent(hub: Alone) -> Iterator[list[socket.socket]]:
    """A thousand connections over TCP that say nothing."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(socket.create_connection(address(hub), timeout=10)) for _ in range(1000)]


def test_a_thousand_silent_connections(hub: Alone, silent: list[socket.socket]) -> None:
    """Sixty are kept for a while, the others make room for whoever comes; in the end all are closed."""
    before = strangers(hub)
    answered_at_once(hub)
    assert open_files(hub) < 60 + 100
    assert all(closed(wire) for wire in silent)
    after = strangers(hub)
    told = {reason: after[reason] - before.get(reason, 0) for reason in ("tooManyConnections", "tlsTimeout")}
    assert told["tlsTimeout"] >= 1
    answered_at_once(hub)


def test_a_hub_without_descriptors_takes_breath(hub: Alone) -> None:
    """It goes on with what it has, lets go of those who say nothing, and lets others in again."""
    limits = resource.prlimit(hub.process.pid, resource.RLIMIT_NOFILE)
    with contextlib.ExitStack() as stack:
        stack.callback(resource.prlimit, hub.process.pid, resource.RLIMIT_NOFILE, limits)
        resource.prlimit(hub.process.pid, resource.RLIMIT_NOFILE, (open_files(hub) + 10, limits[1]))
        wires = [stack.enter_context(socket.create_connection(address(hub), timeout=10)) for _ in range(50)]
        assert sum(closed(wire) for wire in wires) == len(wires)
    answered_at_once(hub)


def test_many_connections_over_tls_without_certificate(hub: Alone) -> None:
    """Idle ones are closed after their time, and a named one is let in meanwhile."""
    context = hub.client(None).context()
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(opened(hub, context)) for _ in range(120)]
        answered_at_once(hub)
        wires[-1].sendall(HEALTH)
        assert wires[-1].recv(100).startswith(b"HTTP/1.1 200")
        assert all(closed(wire) for wire in wires)


def test_many_connections_with_one_certificate(hub: Alone) -> None:
    """The oldest idle ones go; another institution's are not touched."""
    with contextlib.ExitStack() as stack:
        other = stack.enter_context(opened(hub, hub.client("social-housing-company").context()))
        wires = []
        for number in range(100):
            wires.append(stack.enter_context(opened(hub)))
            if number % 10 == 9:  # or it would be closed for its idleness
                other.sendall(HEALTH)
                assert other.recv(1000).startswith(b"HTTP/1.1 200")
        answered_at_once(hub)
        assert all(closed(wire) for wire in wires)


def test_slow_heads_and_bodies(hub: Alone) -> None:
    """Fifty of each, a byte now and then; each is ended in time."""
    head, body = b"GET %b/health HTTP/1.1\r\n" % BASE, CONSULT + b"Content-Length: 500\r\n\r\n"
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(opened(hub)) for _ in range(40)]
        for index, wire in enumerate(wires):
            wire.sendall(head if index % 2 else body)
        begun = time.monotonic()
        while time.monotonic() < begun + 1.0:
            for wire in wires:
                with contextlib.suppress(OSError):
                    wire.sendall(b"A")
            time.sleep(0.05)
        answered_at_once(hub)
        answers = [said(wire) for wire in wires]
        assert time.monotonic() - begun < 3.5, "sooner than an idle one would be closed"
    assert answers[1::2] == [b""] * 20
    assert all(answer.startswith(b"HTTP/1.1 400") for answer in answers[::2])


def test_pipelined_requests_whose_answers_nobody_reads(hub: Alone) -> None:
    """Neither requests nor answers heap up in memory, and the connection ends."""
    memory = Memory(hub.process.pid)
    memory.mark()
    asked = b"GET %b/doc/openapi.json HTTP/1.1\r\nHost: hub\r\n\r\n" % BASE * 200
    ended: OSError | None = None
    with opened(hub) as wire:
        wire.settimeout(8)
        begun = time.monotonic()
        try:
            while time.monotonic() < begun + 15:
                wire.sendall(asked)
        except OSError as error:
            ended = error
    assert ended is not None
    assert not isinstance(ended, TimeoutError)
    assert memory.grown() < GROWTH
    answered_at_once(hub)


def test_a_thousand_pipelined_requests_are_answered_in_turn(hub: Alone) -> None:
    with opened(hub) as wire:
        wire.sendall(HEALTH * 999 + HEALTH.replace(b"Host", b"Connection: close\r\nHost"))
        assert said(wire).count(b"HTTP/1.1 200 OK") == 1000


def test_a_very_large_client_hello(hub: Alone) -> None:
    """Sixty thousand bytes of protocols that nobody speaks: agreed on or not, it harms nobody."""
    context = hub.client(MUNICIPALITY).context()
    context.set_alpn_protocols([f"{number:0200d}" for number in range(300)])
    with contextlib.suppress(OSError), opened(hub, context) as wire:
        wire.sendall(HEALTH)
        said(wire)
    answered_at_once(hub)


def test_a_client_hello_byte_by_byte(hub: Alone) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    hello = hub.client(MUNICIPALITY).context().wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with contextlib.suppress(ssl.SSLWantReadError):
        hello.do_handshake()
    begun = time.monotonic()
    with socket.create_connection(address(hub), timeout=10) as wire, contextlib.suppress(OSError):
        for byte in outgoing.read():
            wire.sendall(bytes([byte]))
            time.sleep(0.02)
    assert time.monotonic() - begun < 5
    answered_at_once(hub)


GARBAGE = {
    "http-in-clear": b"GET / HTTP/1.1\r\n\r\n",
    "nothing-but-zeros": bytes(2000),
    "a-record-of-an-unknown-kind": b"\x63\x03\x03\x00\x05hello",
    "a-record-without-end": b"\x16\x03\x01\xff\xff" + b"x" * 70_000,
    "an-alert": b"\x15\x03\x03\x00\x02\x02\x28",
    "ssh": b"SSH-2.0-OpenSSH_9.6\r\n",
}


def test_garbage_and_bad_certificates_are_counted_and_make_one_entry(tmp_path: Path) -> None:
    """By the hundred, while good questions are answered; the log gets one entry a minute for all of them."""
    with short_tempered(tmp_path / "home") as hub:
        bad = bad_clients(hub, tmp_path)
        answered_at_once(hub)
        files = open_files(hub)
        with ThreadPoolExecutor(8) as pool:
            waiting = [pool.submit(throw, hub, garbage) for garbage in GARBAGE.values() for _ in range(20)]
            waiting += [pool.submit(shake, hub, context) for context in bad for _ in range(30)]
            while not all(one.done() for one in waiting):
                answered_at_once(hub)
        assert [one.result() for one in waiting].count(False) == 0
        until(lambda: sum(strangers(hub).values()) >= len(waiting))
        reasons = strangers(hub)
        until(lambda: open_files(hub) <= files + 5)
    assert reasons["tlsVerify10"] == 30
    assert reasons["tlsVerify20"] == 30
    assert reasons["tlsHttpRequest"] == 20
    with journal_of(tmp_path / "home") as journal:
        entries = [entry for entry in journal.entries() if entry["kind"] == "refusals"]
    assert 1 <= len(entries) <= 2, "the minute may have ended meanwhile"
    told = [entry["refusals"]["reasons"] for entry in entries]
    assert {reason: sum(one.get(reason, 0) for one in told) for reason in reasons} == reasons


def bad_clients(hub: Alone, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """One whose certificate has ended, and one of an issuer that nobody registered."""
    pki = hub.home.pki
    registered = pki.path("issuer-institutions", "crt"), pki.path("issuer-institutions", "key")
    ended = Issuer(folder, registered).issue("NTRBE-0999000228", ends_in=timedelta(days=-1))
    (folder / "foreign").mkdir()
    foreign = Issuer(folder / "foreign").issue("NTRBE-0999000228")
    contexts = hub.client(None).context(), hub.client(None).context()
    for context, pair in zip(contexts, (ended, foreign), strict=True):
        context.load_cert_chain(*pair)
    return contexts


def throw(hub: Alone, garbage: bytes) -> bool:
    """Whether the hub ends a connection on which garbage came."""
    with socket.create_connection(address(hub), timeout=10) as wire:
        with contextlib.suppress(OSError):
            wire.sendall(garbage)
            wire.shutdown(socket.SHUT_WR)
        return closed(wire)


def shake(hub: Alone, context: ssl.SSLContext) -> bool:
    """Whether the hub takes this certificate ill."""
    answer = b""
    with contextlib.suppress(OSError), opened(hub, context) as wire:
        wire.sendall(HEALTH)
        answer = wire.recv(100)
    return answer == b""
