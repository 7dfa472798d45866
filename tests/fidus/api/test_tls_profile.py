"""The hub's TLS against Mozilla's "intermediate" profile, by our own handshakes: each suite and curve alone.

The profile: https://wiki.mozilla.org/Security/Server_Side_TLS, "Intermediate compatibility". Where the hub
differs is named here, and why, in docs/operator.md. A scanner such as sslyze says the same of a running hub.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from fidus.api import server_context
from fidus.app import ROOT
from fidus.demo.pki import Pki

V1_2, V1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
PROFILE_1_3 = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
PROFILE_1_2 = {
    *(
        f"ECDHE-{kind}-{cipher}"
        for kind in ("ECDSA", "RSA")
        for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
    ),
    "DHE-RSA-AES128-GCM-SHA256",
    "DHE-RSA-AES256-GCM-SHA384",
    "DHE-RSA-CHACHA20-POLY1305",
}
PROFILE_CURVES = {"X25519", "prime256v1", "secp384r1"}
NOT_OFFERED = {name for name in PROFILE_1_2 if name.startswith("DHE-")}  # slow, and nobody needs them
MORE_CURVES = {"X448", "secp521r1"}  # Python 3.11 names one curve, or leaves OpenSSL its list
FINITE_FIELDS = {"ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192"}  # with TLS 1.3; likewise
OTHER_CURVES = {"secp224r1", "secp256k1", "brainpoolP256r1", "brainpoolP384r1", "sect283r1"}
Made = Callable[[str], tuple[Path, Path, Path]]
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def elliptic() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def modular() -> Key:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Certificate, key and issuers of a hub with a key of this kind, as files."""
    made: dict[str, tuple[Path, Path, Path]] = {}
    for kind, generate in (("ECDSA", elliptic), ("RSA", modular)):
        folder, key = tmp_path_factory.mktemp(kind), generate()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the hub")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .sign(key, hashes.SHA256())
        )
        files = folder / "hub.crt", folder / "hub.key"
        files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
        files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        made[kind] = (*files, files[0])
    return made.__getitem__


def context_of(files: tuple[Path, Path, Path]) -> ssl.SSLContext:
    return server_context(*files, lambda _: None)


def client(version: ssl.TLSVersion, suites: str = "ALL:COMPLEMENTOFALL") -> ssl.SSLContext:
    """One that would take anything that its OpenSSL knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(f"{suites}:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of versions that nobody shall speak
        context.minimum_version = context.maximum_version = version
    return context


def shaken(server: ssl.SSLContext, client: ssl.SSLContext) -> ssl.SSLObject | None:
    """The client's side of a handshake, None where there is nothing that both speak."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = (
        client.wrap_bio(to_client, to_server, server_hostname="localhost"),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    for _ in range(6):
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                return None
    return sides[0]


@pytest.mark.parametrize("kind", ["ECDSA", "RSA"])
def test_the_suites_of_1_2_are_those_of_the_profile_but_for_finite_fields(hub: Made, kind: str) -> None:
    known = [suite["name"] for suite in client(V1_2).get_ciphers() if not suite["name"].startswith("TLS_")]
    assert set(known) > PROFILE_1_2
    context = context_of(hub(kind))
    taken = {suite for suite in known if shaken(context, client(V1_2, suite)) is not None}
    assert taken == {name for name in PROFILE_1_2 - NOT_OFFERED if f"-{kind}-" in name}


@pytest.mark.parametrize("kind", ["ECDSA", "RSA"])
def test_the_suites_of_1_3_are_those_of_the_profile(hub: Made, kind: str) -> None:
    """Python names none of them: they are OpenSSL's."""
    offered = {suite["name"] for suite in context_of(hub(kind)).get_ciphers()}
    assert {name for name in offered if name.startswith("TLS_")} == PROFILE_1_3
    wire = shaken(context_of(hub(kind)), client(V1_3))
    assert wire is not None
    assert wire.version() == "TLSv1.3"


@pytest.mark.parametrize(
    "version", [ssl.TLSVersion.SSLv3, ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=lambda one: one.name
)
def test_no_older_version_is_spoken(hub: Made, version: ssl.TLSVersion) -> None:
    assert shaken(context_of(hub("RSA")), client(version)) is None


def curves(server: ssl.SSLContext, version: ssl.TLSVersion) -> set[str]:
    """Which groups it takes, where a client knows no other."""
    taken = set()
    for curve in PROFILE_CURVES | MORE_CURVES | FINITE_FIELDS | OTHER_CURVES:
        one = client(version)
        one.set_ecdh_curve(curve)
        if shaken(server, one) is not None:
            taken.add(curve)
    return taken


def test_the_curves_are_those_of_the_profile_and_some_that_are_no_weaker(hub: Made) -> None:
    context = context_of(hub("RSA"))
    assert curves(context, V1_2) == PROFILE_CURVES | MORE_CURVES
    assert curves(context, V1_3) == PROFILE_CURVES | MORE_CURVES | FINITE_FIELDS


@pytest.mark.slow
def test_with_the_file_in_deploy_they_are_those_of_the_profile(hub: Made) -> None:
    """OpenSSL reads it when a process begins."""
    words = [sys.executable, "-m", "tests.fidus.api.test_tls_profile", *map(str, hub("RSA"))]
    environment = {**os.environ, "OPENSSL_CONF": str(ROOT / "deploy" / "openssl.cnf")}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [sorted(PROFILE_CURVES)] * 2


@pytest.mark.parametrize("version", [V1_2, V1_3], ids=lambda one: one.name)
def test_nothing_is_compressed_and_nobody_may_shake_hands_anew(hub: Made, version: ssl.TLSVersion) -> None:
    context = context_of(hub("ECDSA"))
    wire = shaken(context, client(version))
    assert wire is not None
    assert wire.compression() is None
    wanted = ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    assert context.options & wanted == wanted


def test_a_demonstration_s_server_certificate_is_as_the_profile_wants(tmp_path: Path) -> None:
    """P-256, signed with SHA-256, with its name as an alternative one."""
    pki = Pki(tmp_path / "pki")
    pki.server("hub", pki.issuer("issuer-servers", "Servers"))
    made = x509.load_pem_x509_certificate(pki.path("hub", "crt").read_bytes())
    public = made.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert isinstance(public.curve, ec.SECP256R1)
    assert isinstance(made.signature_hash_algorithm, hashes.SHA256)
    assert made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


if __name__ == "__main__":
    certificate, key, issuers = map(Path, sys.argv[1:])
    told = context_of((certificate, key, issuers))
    sys.stdout.write(json.dumps([sorted(curves(told, version)) for version in (V1_2, V1_3)]))
