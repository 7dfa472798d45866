"""A home for a whole hub: settings, an issuer of a demonstration, and a source in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from fidus.app import Hub
from fidus.settings import DEMONSTRATION, Settings, load_settings
from tests.fidus.questions import FILES, found, person
from tests.fidus.surroundings import Clock, Register

T = TypeVar("T")
SETTINGS = """
demonstration = true
[api]
certificate = "api.crt"
key = "api.key"
client_issuers = "issuers.pem"
[log]
origin = "audit.fidus.example/log"
retention_years = 10
[catalogue]
approvals_needed = 0
"""


def issuer(organization: str = DEMONSTRATION) -> bytes:
    """A self-signed certificate of an issuer, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM)


@dataclass
class Home:
    """`fidus.toml` and what it names, and a loop in which its hubs live, one after the other."""

    folder: Path
    settings_text: str = SETTINGS
    clock: Clock = field(default_factory=Clock)
    register: Register = field(default_factory=Register)
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    database: str = "sqlite"

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        text = f'database = "{self.database}"\n{self.settings_text}'
        (self.folder / "fidus.toml").write_text(text, encoding="utf-8")
        (self.folder / "issuers.pem").write_bytes(issuer())
        self.register.holds[person()] = found()

    @property
    def settings(self) -> Settings:
        return load_settings(self.folder, {})

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def hub(self) -> Hub:
        """One that is not open yet."""
        return Hub(self.settings, self.clock)

    @contextmanager
    def open(self) -> Iterator[Hub]:
        """An open hub with FILES in force and the source in memory; closed at the end."""
        hub = self.hub()
        self.run(hub.open())
        try:
            hub.adapters["national-register"] = self.register
            self.run(hub.changes.apply(FILES, ()))
            yield hub
        finally:
            self.run(hub.close())
