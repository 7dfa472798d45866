"""Whom to trust is read at the start; what is missing or contradictory stops it, with a cure."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from fidus.certificate import spki_sha256
from fidus.client_cert import Form
from fidus.crl_keeping import Source
from fidus.errors import ConfigurationInvalid
from fidus.revocation import Freshness
from fidus.settings import Settings
from fidus.trust import Trust
from fidus.trustfiles import load_trust
from tests.fidus.home import issuer
from tests.fidus.lists import Revoker

NOW = datetime.now(UTC)
ONE, TWO, THREE = (Revoker(NOW, title) for title in ("one", "two", "three"))
URL = "https://crl.example/one.crl"


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


def constrained() -> x509.Certificate:
    """An issuer for some names only."""
    name = ONE.name
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(ONE.key.public_key())
    builder = builder.serial_number(1).not_valid_before(NOW).not_valid_after(NOW.replace(year=NOW.year + 1))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    names = x509.NameConstraints([x509.DNSName("example")], None)
    return builder.add_extension(names, critical=True).sign(ONE.key, hashes.SHA256())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "issuers.pem").write_bytes(ONE.pem + TWO.pem)
    for name, one in {"one": ONE, "two": TWO, "three": THREE}.items():
        (tmp_path / f"{name}.pem").write_bytes(one.pem)
    (tmp_path / "constrained.pem").write_bytes(pem(constrained()))
    client = ONE.issue(ONE.name, TWO.key)
    (tmp_path / "proxy.pem").write_bytes(pem(client) + THREE.pem)
    (tmp_path / "client.pem").write_bytes(pem(client))
    return tmp_path


def settings(folder: Path, **more: Any) -> Settings:
    issuers = more.pop("issuers", "issuers.pem")
    api = {"certificate": "a", "key": "b", "client_issuers": issuers}
    log = {"origin": "audit.fidus.example/log", "retention_years": 10}
    return Settings.model_validate({"home": folder, "api": api, "log": log, **more})


def load(folder: Path, **more: Any) -> tuple[Trust, tuple[Source, ...]]:
    return load_trust(settings(folder, **more))


CHECKED = {"one": {"issuer": "one.pem", "crl": [URL, "lists/one.crl"]}}
BOTH = CHECKED | {"two": {"issuer": "two.pem", "unchecked": True}}


def test_each_issuer_is_watched_as_the_settings_say(folder: Path) -> None:
    trust, (source,) = load(folder, revocation=BOTH)
    watched = {one.name: (one.issuer, one.checked) for one in trust.revocation.watched}
    assert watched == {"one": (ONE.certificate, True), "two": (TWO.certificate, False)}
    assert source.locations == (URL, str(folder / "lists/one.crl"))
    assert source.watched is trust.revocation.watched[0]
    assert source.trusted is None


def test_https_may_have_authorities_of_its_own(folder: Path) -> None:
    _, (source,) = load(folder, revocation=BOTH | {"one": {**CHECKED["one"], "ca": "three.pem"}})
    assert source.trusted is not None
    assert len(source.trusted.get_ca_certs()) == 1


def test_a_demonstration_may_say_nothing_of_revocation(folder: Path) -> None:
    (folder / "issuers.pem").write_bytes(issuer())
    trust, sources = load(folder, demonstration=True)
    assert sources == ()
    assert [(one.name, one.freshness(NOW)) for one in trust.revocation.watched] == [
        ("issuer-1", Freshness.UNCHECKED)
    ]


def test_proxies_are_known_by_each_of_their_keys(folder: Path) -> None:
    """Two certificates in one file: one in use, one for the day of the change."""
    proxies = {"front": {"certificate": "proxy.pem", "form": "escapedPem"}}
    trust, _ = load(folder, revocation=BOTH, proxies=proxies)
    assert trust.proxies.forms == {
        spki_sha256(ONE.issue(ONE.name, TWO.key)): Form.ESCAPED_PEM,
        spki_sha256(THREE.certificate): Form.ESCAPED_PEM,
    }


FAULTS: list[Any] = [
    pytest.param({}, "2 of api.client_issuers have no", id="nothing said"),
    pytest.param({"revocation": CHECKED}, "1 of api.client_issuers have no", id="one forgotten"),
    pytest.param(
        {"revocation": BOTH | {"three": {"issuer": "three.pem", "unchecked": True}}},
        "revocation.three.issuer is not one of",
        id="not registered",
    ),
    pytest.param(
        {"revocation": {"one": {"issuer": "issuers.pem", "unchecked": True}}},
        "revocation.one.issuer is not one of",
        id="two in one file",
    ),
    pytest.param(
        {"revocation": CHECKED | {"again": {"issuer": "one.pem", "unchecked": True}}},
        "revocation.again: another section has this issuer",
        id="said twice",
    ),
    pytest.param(
        {"revocation": {"one": {"issuer": "none.pem", "unchecked": True}}},
        r"none\.pem: no certificates of an issuer",
        id="no file",
    ),
    pytest.param(
        {"revocation": BOTH | {"one": {**CHECKED["one"], "ca": "none.pem"}}},
        r"none\.pem: no authorities",
        id="no authorities",
    ),
    pytest.param({"issuers": "none.pem"}, "no certificates of issuers", id="no issuers"),
    pytest.param({"issuers": "proxy.pem"}, "certificate 1 is not one of an issuer", id="a client as issuer"),
    pytest.param({"demonstration": True}, "not a demonstration's", id="real issuers"),
    pytest.param(
        {"revocation": BOTH, "proxies": {"front": {"certificate": "none.pem"}}},
        "no certificates of the proxy front",
        id="no proxy",
    ),
    pytest.param(
        {
            "issuers": "constrained.pem",
            "revocation": {"one": {"issuer": "constrained.pem", "unchecked": True}},
            "proxies": {"front": {"certificate": "client.pem"}},
        },
        "an issuer constrains names",
        id="names constrained",
    ),
]


@pytest.mark.parametrize(("said", "why"), FAULTS)
def test_a_fault_stops_the_start(folder: Path, said: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=why):
        load(folder, **said)


def test_constrained_names_are_no_fault_where_clients_come_directly(folder: Path) -> None:
    said = {"one": {"issuer": "constrained.pem", "unchecked": True}}
    trust, _ = load(folder, issuers="constrained.pem", revocation=said)
    assert len(trust.issuers.certificates) == 1


@pytest.mark.parametrize(
    "said",
    [
        {"revocation": {"one": {"issuer": "one.pem"}}},
        {"revocation": {"one": {"issuer": "one.pem", "crl": [URL], "unchecked": True}}},
        {"revocation": {"One!": {"issuer": "one.pem", "unchecked": True}}},
        {"proxies": {"front": {"certificate": "one.pem", "form": "xfcc"}}},
    ],
    ids=["neither", "both", "name", "form"],
)
def test_settings_say_one_thing(folder: Path, said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"crl|pattern|rfc9440"):
        settings(folder, **said)
