"""Policy, keys, certificates, signers and settings are taken over while hundreds of calls are under way."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path

import pytest
from cryptography import x509

from fidus.control import call_control
from fidus.demo.pki import Pki
from fidus.demo.processes import Processes
from fidus.errors import ConfigurationInvalid
from tests.crash.client import Asking
from tests.crash.hubs import HubProcess
from tests.crash.many import Load, Many, ends
from tests.crash.session import apply
from tests.crash.world import DATA, MUNICIPALITY, SOURCE, World, ordinary, question

pytestmark = pytest.mark.slow

CALLERS = 200  # at once, where the policy changes; elsewhere
FEW = 40


@pytest.fixture
def home(world: World, tmp_path: Path) -> Iterator[Path]:
    """A home with room for all callers before the source, which takes a quarter of a second."""
    home = world.home(tmp_path / "home")
    change(home, "timeout_s = 10", f"timeout_s = 20\nat_once = {CALLERS}")
    world.misbehave({"kind": "delay", "seconds": 0.25})
    yield home
    world.misbehave(None)


def change(home: Path, former: str, new: str) -> None:
    """In fidus.toml."""
    text = (home / "fidus.toml").read_text(encoding="utf-8")
    assert former in text
    (home / "fidus.toml").write_text(text.replace(former, new), encoding="utf-8")


def askings() -> Iterator[Asking]:
    return (question(DATA, person.number) for person in cycle(ordinary()))


@asynccontextmanager
async def load(home: Path, hub: HubProcess, callers: int = CALLERS) -> AsyncIterator[Load]:
    """Callers at work, of whose calls none may fail."""
    async with Many(home / "pki", MUNICIPALITY, hub.api) as many:
        await many.connect(callers)
        load = Load(many, askings(), callers)
        async with load.running():
            await load.more(callers)
            yield load
            await load.more(callers)
        assert load.broken == []
        assert ends(load.replies).keys() == {"200"}, ends(load.replies)


def shown(hub: HubProcess, home: Path) -> bytes:
    """The server certificate that a new connection sees, DER."""
    host, port = hub.api.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=str(home / "pki" / "issuer-servers.crt"))
    with (
        socket.create_connection((host, int(port)), timeout=20) as raw,
        context.wrap_socket(raw, server_hostname=host) as wire,
    ):
        certificate = wire.getpeercert(binary_form=True)
    assert certificate is not None
    return certificate


def told(home: Path, event: str) -> int:
    return (home / "hub.log").read_text(encoding="utf-8").count(f'"event": "{event}"')


async def renewed(home: Path, hub: HubProcess) -> None:
    """SIGHUP, and wait until it is done."""
    before, until = told(home, "renewed"), time.monotonic() + 20
    os.kill(hub.pid, signal.SIGHUP)
    while told(home, "renewed") == before:
        assert time.monotonic() < until, (home / "hub.log").read_text(encoding="utf-8")
        await asyncio.sleep(0.02)


def test_policy_changes_again_and_again_without_a_failed_call(home: Path, hub: HubProcess) -> None:
    file = home / "flows" / "municipality" / "municipality-parking-zone.toml"

    async def story() -> None:
        async with load(home, hub) as calls:
            for number in range(5):
                text = file.read_text(encoding="utf-8")
                file.write_text(f"{text}# change {number}\n", encoding="utf-8")
                await asyncio.to_thread(apply, home)
                await calls.more(50)

    asyncio.run(story())


def test_our_own_certificates_and_keys_are_renewed_without_a_failed_call(home: Path, hub: HubProcess) -> None:
    pki = Pki(home / "pki")
    former = shown(hub, home)

    async def story() -> None:
        async with load(home, hub, FEW):
            for name in ("hub", "hub-client"):
                pki.server(f"{name}-new", pki.issuer("issuer-servers", "kept"))
            for kind in ("crt", "key"):
                shutil.move(pki.path("hub-new", kind), pki.path("hub", kind))
            change(home, "url = ", 'client_certificate = "pki/hub-client-new.crt"\nurl = ')
            change(home, "url = ", 'client_key = "pki/hub-client-new.key"\nurl = ')
            await renewed(home, hub)

    asyncio.run(story())
    certificate = x509.load_pem_x509_certificate(pki.path("hub", "crt").read_bytes())
    assert shown(hub, home) != former
    assert x509.load_der_x509_certificate(shown(hub, home)) == certificate


def test_a_source_with_a_new_address_and_new_keys_is_taken_over_without_a_failed_call(
    home: Path, hub: HubProcess, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(home, moved, ignore=shutil.ignore_patterns("*.sock", "fidus.db*"))
    for name in (SOURCE, f"{SOURCE}-sign"):
        for kind in ("crt", "key"):
            (moved / "pki" / f"{name}.{kind}").unlink()
    pki = Pki(moved / "pki")
    pki.server(SOURCE, pki.issuer("issuer-servers", "kept"))
    pki.signer(f"{SOURCE}-sign", "the register's new key", pki.issuer("issuer-messages", "kept"))
    shutil.copy(pki.path(f"{SOURCE}-sign", "crt"), home / "pki" / "renewed-sign.crt")
    processes = Processes(tmp_path / "logs")
    source = processes.start(SOURCE, "mocks", SOURCE, "--home", str(moved), "--until-stdin-closes").ready

    async def story() -> None:
        async with load(home, hub, FEW) as calls:
            change(home, 'signers = ["', 'signers = ["pki/renewed-sign.crt", "')
            await renewed(home, hub)  # both signers are believed
            url = next(
                line for line in (home / "fidus.toml").read_text().splitlines() if line[:6] == "url = "
            )
            change(home, url, f'url = "{source["url"]}"')
            await renewed(home, hub)
            await calls.more(FEW)
            change(home, f', "pki/{SOURCE}-sign.crt"]', "]")
            await renewed(home, hub)

    try:
        asyncio.run(story())
    finally:
        processes.stop()


@pytest.mark.parametrize(
    ("former", "new", "why"),
    [
        ("timeout_s = 20", "timeout_s = 0", "timeout_s"),
        ('certificate = "pki/hub.crt"', 'certificate = "pki/none.crt"', "cannot be used"),
        ('ca = "pki/issuer-servers.crt"', 'ca = "pki/none.crt"', "no certificate of an issuer"),
        ("retention_years = 10", "retention_years = 11", "log is not the one"),
        ("port = 0", "port = 9", "api is not the one"),
        ("customer = ", 'adapter = "national-register"\ncustomer = ', "adapter is not the one"),
    ],
)
def test_what_is_of_no_use_or_needs_a_restart_changes_nothing(
    home: Path, hub: HubProcess, former: str, new: str, why: str
) -> None:
    before = shown(hub, home)
    change(home, former, new)
    with pytest.raises(ConfigurationInvalid, match=why):
        asyncio.run(call_control(home, "renew", {}))
    os.kill(hub.pid, signal.SIGHUP)
    until = time.monotonic() + 20
    while told(home, "duty_failed") < 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert shown(hub, home) == before

    async def story() -> None:
        async with load(home, hub, callers=3):
            pass

    asyncio.run(story())
