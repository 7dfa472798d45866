"""The home of a demonstration: keys, settings and flows. A second start finds what the first one made."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fidus.catalogue import read_files
from fidus.demo.pki import Identity, Pki, spki_sha256
from fidus.errors import ConfigurationFault, ConfigurationInvalid
from fidus.services import demonstrations, slugs
from fidus.store.engine import SQLITE

ORIGIN = "audit.demo.fidus.example/log"
ADAPTERS = Path(__file__).parent.parent.parent / "adapters"
SOURCES = tuple(slugs(ADAPTERS))
_MARK = ".fidus-demonstration"

_SETTINGS = """\
# Written by `fidus demo` at each start; ports may change.
demonstration = true
database = {database}

[api]
port = {api_port}
certificate = "pki/hub.crt"
key = "pki/hub.key"
client_issuers = "pki/issuer-institutions.crt"

[revocation.institutions]
issuer = "pki/issuer-institutions.crt"
crl = ["pki/issuer-institutions.crl"]

[management]
port = {management_port}

[log]
origin = "{origin}"
retention_years = 10

[catalogue]
approvals_needed = 0
{sources}"""

_SOURCE = """
[sources.{slug}]
url = "{url}"
ca = "pki/issuer-servers.crt"
timeout_s = 10
{options}"""


@dataclass(frozen=True, slots=True)
class Member:
    """One sample institution with its client certificate."""

    slug: str
    number: str
    name: str
    identity: Identity
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class DemoHome:
    """What was prepared."""

    folder: Path
    pki: Pki
    members: tuple[Member, ...]

    @property
    def flows(self) -> Path:
        """The flow files with the demonstration's own keys enrolled."""
        return self.folder / "flows"


def hold(folder: Path) -> int:
    """Claim the folder for this process, until it ends or closes the descriptor that it gets.

    Raises ConfigurationInvalid for a folder that holds something else, or in which a demonstration runs:
    a second one would write over the settings and flows of the first.
    """
    _claim(folder)
    descriptor = os.open(folder / _MARK, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        cure = "End it with Ctrl-C where it runs, or name another home"
        fault = ConfigurationFault(str(folder), 0, "a demonstration runs in this folder already", cure)
        raise ConfigurationInvalid((fault,)) from None
    return descriptor


def prepare(folder: Path, samples: Path) -> DemoHome:
    """Make what is missing: keys, certificates, and a copy of the sample flows with the keys enrolled.

    Raises ConfigurationInvalid for a folder that holds something else.
    """
    _claim(folder)
    pki = Pki(folder / "pki")
    servers = pki.issuer("issuer-servers", "Servers of the demonstration")
    institutions = pki.issuer("issuer-institutions", "Institutions of the demonstration")
    pki.revocations("issuer-institutions", institutions)
    messages = pki.issuer("issuer-messages", "Messages of the demonstration")
    pki.server("hub", servers)
    pki.signer("hub-sign", "fidus demonstration hub", messages)
    for slug in SOURCES:
        pki.server(slug, servers)
        pki.signer(f"{slug}-sign", f"{slug} demonstration", messages)
        pki.password(slug)
    members = tuple(_member(pki, institutions, path) for path in sorted(samples.glob("*/institution.toml")))
    home = DemoHome(folder, pki, members)
    _copy_flows(home, samples)
    return home


def former_database(folder: Path) -> str:
    """The database that a demonstration of this folder used before; `sqlite` for a new one."""
    try:
        settings = tomllib.loads((folder / "fidus.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return SQLITE
    return str(settings.get("database", SQLITE))


def write_settings(
    home: DemoHome,
    sources: dict[str, str],
    api_port: int = 0,
    management_port: int = 0,
    database: str = SQLITE,
) -> None:
    """Write fidus.toml for sources at these URLs."""
    options = demonstrations(ADAPTERS)
    text = _SETTINGS.format(
        database=json.dumps(database),
        origin=ORIGIN,
        api_port=api_port,
        management_port=management_port,
        sources="".join(
            _SOURCE.format(slug=slug, url=url, options=_toml(options[slug]))
            for slug, url in sorted(sources.items())
        ),
    )
    (home.folder / "fidus.toml").write_text(text, encoding="utf-8")


def _toml(options: Mapping[str, Any]) -> str:
    """Strings, numbers and lists are written as in JSON."""
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in options.items())


def _claim(folder: Path) -> None:
    """A demonstration writes settings and keys: never into a folder that is somebody's."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _MARK).exists():
        fault = ConfigurationFault(
            str(folder),
            0,
            "this folder is not empty and no demonstration made it",
            "Name an empty or new one",
        )
        raise ConfigurationInvalid((fault,))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / _MARK).touch()


def _member(pki: Pki, issuer: Identity, file: Path) -> Member:
    institution = tomllib.loads(file.read_text(encoding="utf-8"))
    number, name, slug = institution["number"], institution["name"]["en"], file.parent.name
    identity = pki.institution(slug, number, name, issuer)
    return Member(slug, number, name, identity, pki.path(slug, "crt"), pki.path(slug, "key"))


def _copy_flows(home: DemoHome, samples: Path) -> None:
    shutil.rmtree(home.flows, ignore_errors=True)
    for path, text in read_files(samples).items():
        target = home.flows / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text)
    for member in home.members:
        spki = base64.b64encode(spki_sha256(member.identity.certificate)).decode()
        with (home.flows / member.slug / "institution.toml").open("a", encoding="utf-8") as file:
            file.write(
                f'\n[[keys]]\nspki_sha256 = "{spki}"\nroles = ["exchange", "dpo", "auditor"]\n'
                "valid_from = 2025-01-01\nvalid_until = 2035-12-31\n"
            )
