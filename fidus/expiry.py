"""What will end by itself one day: certificates, lists, keys, institutions, flows. For an alarm in good time.

Files are looked at when they are taken over, not when somebody asks: what counts is what the hub works with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography import x509

from fidus.model import Catalogue
from fidus.policy import BRUSSELS, brussels_day, is_in_force
from fidus.settings import Settings
from fidus.trust import Trust

TEXT: Final = "Until it ends by itself; negative once it has"


class Kind(StrEnum):
    """What ends."""

    HUB = "hub"  # the certificate that institutions see
    PROXY = "proxy"
    SOURCE = "source"  # a certificate by which we or a source are known to each other
    ISSUER = "issuer"
    LIST = "list"  # of revoked certificates: its next update
    CERTIFICATE = "certificate"  # of an institution, as it last showed it
    KEY = "key"  # of an institution, as it is enrolled
    INSTITUTION = "institution"
    FLOW = "flow"


@dataclass(frozen=True, slots=True)
class Expiring:
    """`name`: of the section, source, institution (its slug) or flow. `at`: the first moment after."""

    kind: Kind
    name: str
    at: datetime

    def seconds_left(self, now: datetime) -> float:
        """Until it ends; negative once it has."""
        return (self.at - now).total_seconds()


def of_files(settings: Settings) -> tuple[Expiring, ...]:
    """The certificates in files that the settings name. One that cannot be read stops whoever works with it
    (fidus/api/tls.py, an adapter), with its own words; here it has no end to tell."""
    named: list[tuple[Kind, str, object]] = [(Kind.HUB, "api", settings.api.certificate)]
    named += [(Kind.PROXY, name, proxy.certificate) for name, proxy in settings.proxies.items()]
    for slug, source in settings.sources.items():
        options = source.options
        named += [(Kind.SOURCE, f"{slug}/issuer", source.ca)]
        named += [(Kind.SOURCE, f"{slug}/clientCertificate", source.client_certificate)]
        named += [(Kind.SOURCE, f"{slug}/signingCertificate", options.get("signing_certificate"))]
        named += [(Kind.SOURCE, f"{slug}/signer", signer) for signer in options.get("signers", ())]
    return tuple(
        Expiring(kind, name, certificate.not_valid_after_utc)
        for kind, name, file in named
        for certificate in _certificates(settings, file)
    )


def of_trust(trust: Trust) -> Iterator[Expiring]:
    """Registered issuers, and their lists of revoked certificates."""
    for watched in trust.revocation.watched:
        yield Expiring(Kind.ISSUER, watched.name, watched.issuer.not_valid_after_utc)
        if watched.crl is not None:
            yield Expiring(Kind.LIST, watched.name, watched.crl.next_update)


def of_catalogue(catalogue: Catalogue, trust: Trust, now: datetime) -> Iterator[Expiring]:
    """Institutions in force, their keys, the certificates they last showed for them, and flows."""
    today = brussels_day(now)
    for institution in catalogue.institutions.values():
        if not is_in_force(institution, today):
            continue
        yield Expiring(Kind.INSTITUTION, institution.slug, _after(institution.valid_until))
        for key in institution.keys:
            if is_in_force(key, today):
                name = f"{institution.slug}/{key.spki_sha256[:8]}"
                yield Expiring(Kind.KEY, name, _after(key.valid_until))
                shown = trust.shown.until(institution.number, key.spki_sha256)
                if shown is not None:
                    yield Expiring(Kind.CERTIFICATE, name, shown)
    for flow in catalogue.flows.values():
        if flow.valid_from <= today:
            yield Expiring(Kind.FLOW, flow.id, _after(flow.valid_until))


def soonest(expiring: Iterable[Expiring]) -> Iterator[Expiring]:
    """Of several with one kind and name, such as the certificates of a chain, the first to end."""
    found: dict[tuple[Kind, str], Expiring] = {}
    for one in expiring:
        known = found.setdefault((one.kind, one.name), one)
        if one.at < known.at:
            found[one.kind, one.name] = one
    yield from found.values()


def _after(last: date) -> datetime:
    """The midnight in Brussels that ends this day."""
    if last >= date.max - timedelta(days=2):
        return datetime.max.replace(tzinfo=UTC)
    midnight = datetime.combine(last + timedelta(days=1), datetime.min.time(), BRUSSELS)
    return midnight.astimezone(UTC)


def _certificates(settings: Settings, file: object) -> list[x509.Certificate]:
    if not isinstance(file, str | Path):
        return []
    try:
        return x509.load_pem_x509_certificates(settings.path(Path(file)).read_bytes())
    except (OSError, ValueError):
        return []
