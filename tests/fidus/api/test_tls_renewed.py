"""A renewed context shakes hands by the newest certificate, key and issuers; open connections stay."""

from __future__ import annotations

import http.client
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from fidus.api import build_api, serve_api, server_context
from fidus.api.serve import Serving
from fidus.api.tls import CountingContext
from fidus.demo.pki import Pki

if TYPE_CHECKING:
    from tests.fidus.api.conftest import World


def context_of(world: World, pki: Pki, name: str, issuers: Path) -> CountingContext:
    return server_context(pki.path(name, "crt"), pki.path(name, "key"), issuers, world.failed.append)


def shown(address: tuple[str, int], trusted: Path, name: str | None) -> x509.Certificate:
    """The certificate that a new connection sees. `name`: said in the handshake, or none."""
    context = ssl.create_default_context(cafile=trusted)
    context.check_hostname = False  # the newest names no host
    with (
        socket.create_connection(address, timeout=10) as raw,
        context.wrap_socket(raw, server_hostname=name) as wire,
    ):
        der = wire.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der)


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    """A server `former` with an elliptic key, and `newest` with an RSA key, by one issuer."""
    pki = Pki(tmp_path / "pki")
    issuer = pki.issuer("issuer", "Servers")
    pki.server("former", issuer)
    pki.signer("newest", "newest", issuer)
    return pki


@pytest.mark.parametrize("name", ["localhost", None], ids=["named", "unnamed"])
def test_a_key_of_another_kind_takes_over_and_open_connections_stay(
    world: World, pki: Pki, name: str | None
) -> None:
    context = context_of(world, pki, "former", world.authority.file)

    async def start() -> Serving:
        return await serve_api(build_api(world.hub), context, "127.0.0.1", 0)

    serving: Serving = world.background.run(start())
    address, trusted = (serving.host, serving.port), pki.path("issuer", "crt")
    client = ssl.create_default_context(cafile=trusted)
    kept = http.client.HTTPSConnection(*address, context=client, timeout=10)
    kept.request("GET", "/fidus/v1/health")
    assert kept.getresponse().read()
    before = shown(address, trusted, name)
    context.renew(context_of(world, pki, "newest", world.authority.file))
    after = shown(address, trusted, name)
    assert before == x509.load_pem_x509_certificate(pki.path("former", "crt").read_bytes())
    assert after == x509.load_pem_x509_certificate(pki.path("newest", "crt").read_bytes())
    assert isinstance(after.public_key(), rsa.RSAPublicKey)
    kept.request("GET", "/fidus/v1/health")
    assert kept.getresponse().status == 200
    kept.close()
    world.background.run(serving.stop())


def test_an_issuer_that_was_taken_out_ends_handshakes(world: World, pki: Pki) -> None:
    context = context_of(world, pki, "former", world.authority.file)

    async def start() -> Serving:
        return await serve_api(build_api(world.hub), context, "127.0.0.1", 0)

    serving: Serving = world.background.run(start())

    def status() -> int:
        client = world.tls("own")
        client.load_verify_locations(pki.path("issuer", "crt"))
        connection = http.client.HTTPSConnection(serving.host, serving.port, context=client, timeout=10)
        try:
            connection.request("GET", "/fidus/v1/flows")
            return connection.getresponse().status
        except (ssl.SSLError, OSError):
            return 0
        finally:
            connection.close()

    assert status() == 200
    context.renew(context_of(world, pki, "former", pki.path("issuer", "crt")))
    assert status() == 0
    assert [reason[:9] for reason in world.failed] == ["tlsVerify"]
    context.renew(context_of(world, pki, "former", world.authority.file))
    assert status() == 200
    world.background.run(serving.stop())
