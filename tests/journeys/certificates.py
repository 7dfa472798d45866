"""Client certificates that are not as they should be, by the issuer of a demonstration or by another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
Pair = tuple[Path, Path]
"""The files of a certificate and of its key."""


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def key_in(file: Path) -> ec.EllipticCurvePrivateKey:
    """The key in a file, such as one that is enrolled."""
    key = load_pem_private_key(file.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


class Issuer:
    """Signs certificates into a folder. `registered`: the files of an issuer whose name it bears, and whose
    key it has unless it is an impostor; without, it is an issuer that nobody registered."""

    def __init__(self, folder: Path, registered: Pair | None = None, *, impostor: bool = False) -> None:
        self._folder, self._made = folder, 0
        self._key = new_key()
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an issuer of its own")])
        if registered is not None:
            self._name = x509.load_pem_x509_certificate(registered[0].read_bytes()).subject
            self._key = self._key if impostor else key_in(registered[1])

    def issue(
        self,
        number: str | None,
        *,
        key: ec.EllipticCurvePrivateKey | None = None,
        usages: Sequence[ObjectIdentifier] = (CLIENT,),
        ends_in: timedelta = timedelta(days=1),
    ) -> Pair:
        """A certificate. `number`: its organizationIdentifier, None for none. `key`: a new one by default."""
        own, self._made = key or new_key(), self._made + 1
        names = [x509.NameAttribute(NameOID.COMMON_NAME, "test")]
        if number is not None:
            names.append(x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, number))
        now = datetime.now(UTC)
        until = now + ends_in
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name(names))
            .issuer_name(self._name)
            .public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, until) - timedelta(days=30))
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        )
        if usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        files = self._folder / f"{self._made}.crt", self._folder / f"{self._made}.key"
        files[0].write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))
        files[1].write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return files
