"""Trust, read from the files that the settings name. What is missing or contradictory stops the start."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

from cryptography import x509

from fidus.certificate import spki_sha256
from fidus.client_cert import Form, Proxies
from fidus.crl_fetch import is_url
from fidus.crl_keeping import Source
from fidus.errors import ConfigurationFault, ConfigurationInvalid
from fidus.issuers import Issuers, may_issue
from fidus.revocation import Revocation, Watched
from fidus.settings import DEMONSTRATION, RevocationSettings, Settings
from fidus.trust import Trust


def load_trust(settings: Settings) -> tuple[Trust, tuple[Source, ...]]:
    """Whom to trust, and where the lists of revoked certificates come from.

    Outside a demonstration each registered issuer needs a section that says where its list is, or that it has
    none: forgetting one is a fault. Raises ConfigurationInvalid.
    """
    issuers = _issuers(settings)
    sections = _sections(settings, issuers)
    revocation = Revocation(_watched(issuers, sections))
    by_name = {one.name: one for one in revocation.watched}
    sources = tuple(
        Source(by_name[name], _locations(settings, section), _trusted(settings, section))
        for name, (section, _) in sections.items()
        if not section.unchecked
    )
    return Trust(issuers, revocation, _proxies(settings, issuers)), sources


def _issuers(settings: Settings) -> Issuers:
    file = settings.path(settings.api.client_issuers)
    issuers = Issuers(_certificates(file, "issuers"))
    if settings.demonstration and not issuers.are_all_of(DEMONSTRATION):
        raise _invalid(
            file,
            "a demonstration takes synthetic numbers, and these issuers are not a demonstration's",
            "Leave `demonstration` out of fidus.toml",
        )
    for number, issuer in enumerate(issuers.certificates, 1):
        if not may_issue(issuer):
            problem = f"certificate {number} is not one of an issuer (basicConstraints, keyUsage)"
            raise _invalid(file, problem, "Leave it out")
    return issuers


def _sections(
    settings: Settings, issuers: Issuers
) -> Mapping[str, tuple[RevocationSettings, x509.Certificate]]:
    toml = settings.home / "fidus.toml"
    found: dict[str, tuple[RevocationSettings, x509.Certificate]] = {}
    for name, section in settings.revocation.items():
        file = settings.path(section.issuer)
        certificates = _certificates(file, "an issuer")
        if len(certificates) != 1 or certificates[0] not in issuers.certificates:
            raise _invalid(file, f"revocation.{name}.issuer is not one of api.client_issuers", "Name one")
        if certificates[0] in (issuer for _, issuer in found.values()):
            raise _invalid(toml, f"revocation.{name}: another section has this issuer", "Keep one")
        found[name] = (section, certificates[0])
    missing = len(issuers.certificates) - len(found)
    if missing and not settings.demonstration:
        problem = f"{missing} of api.client_issuers have no [revocation.…] section"
        raise _invalid(toml, problem, "Say where each issuer publishes whom it revoked (docs/operator.md)")
    return found


def _watched(
    issuers: Issuers, sections: Mapping[str, tuple[RevocationSettings, x509.Certificate]]
) -> Iterator[Watched]:
    said = {issuer: (name, section) for name, (section, issuer) in sections.items()}
    for number, issuer in enumerate(issuers.certificates, 1):
        name, section = said.get(issuer, (f"issuer-{number}", None))
        yield Watched(name, issuer, checked=section is not None and not section.unchecked)


def _locations(settings: Settings, section: RevocationSettings) -> tuple[str, ...]:
    return tuple(one if is_url(one) else str(settings.path(Path(one))) for one in section.crl)


def _trusted(settings: Settings, section: RevocationSettings) -> ssl.SSLContext | None:
    if section.ca is None:
        return None
    file = settings.path(section.ca)
    try:
        return ssl.create_default_context(cafile=file)
    except OSError as error:
        raise _invalid(file, f"no authorities ({type(error).__name__})", "Name a PEM file") from None


def _proxies(settings: Settings, issuers: Issuers) -> Proxies:
    forms: dict[str, Form] = {}
    for name, section in settings.proxies.items():
        file = settings.path(section.certificate)
        forms |= {spki_sha256(one): Form(section.form) for one in _certificates(file, f"the proxy {name}")}
    if forms and any(_constrains_names(issuer) for issuer in issuers.certificates):
        file = settings.path(settings.api.client_issuers)
        problem = "an issuer constrains names, which is not checked in certificates that a proxy hands on"
        raise _invalid(file, problem, "Let clients of this issuer come directly, to a hub without proxies")
    return Proxies(forms)


def _constrains_names(issuer: x509.Certificate) -> bool:
    return any(isinstance(extension.value, x509.NameConstraints) for extension in issuer.extensions)


def _certificates(file: Path, whose: str) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(file.read_bytes()))
    except (OSError, ValueError) as error:
        raise _invalid(
            file, f"no certificates of {whose} ({type(error).__name__})", "Name a PEM file"
        ) from None


def _invalid(file: Path, problem: str, cure: str) -> ConfigurationInvalid:
    return ConfigurationInvalid((ConfigurationFault(str(file), 0, problem, cure),))
