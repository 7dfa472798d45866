"""The certificate that a proxy took from its client and hands on: `Client-Cert`, RFC 9440.

A header can be written by anybody. It is read from proxies only that the settings name by their own
certificate, and that prove to have its key in the hub's TLS. From anybody else it is an attempt to be
somebody else, and the request is refused. Of a proxy one thing is taken on trust: that its client proved to
have the key. All else about the certificate is checked by the hub, as if the client had come directly.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from cryptography import x509

from fidus.certificate import UNREADABLE, spki_sha256
from fidus.errors import IdentityReason, IdentityRejected
from fidus.issuers import has_issued, is_valid

CERT, CHAIN = "Client-Cert", "Client-Cert-Chain"
LONGEST: Final = 8_000  # characters of a header, some 6,000 bytes of certificate; theirs have about 2,000
MOST_IN_CHAIN: Final = 5

_BINARY = re.compile(r":([A-Za-z0-9+/]*={0,2}):")  # sf-binary, RFC 9651, 3.3.5
_SEPARATOR = re.compile(r"[ \t]*,[ \t]*")
_ESCAPED = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+")  # what ngx_escape_uri leaves
_PEM = re.compile(
    rb"-----BEGIN CERTIFICATE-----\n((?:[A-Za-z0-9+/]{1,76}={0,2}\n)+)-----END CERTIFICATE-----\n?"
)


class Form(StrEnum):
    """How a proxy writes the certificate."""

    RFC9440 = "rfc9440"  # `:base64 of DER:`
    ESCAPED_PEM = "escapedPem"  # PEM, percent-encoded: nginx' $ssl_client_escaped_cert


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies that the settings name, by SHA-256 of their keys, and how each writes."""

    forms: Mapping[str, Form] = field(default_factory=dict)

    def form_of(self, peer: bytes | None, now: datetime) -> Form | None:
        """How this peer writes; None where it is none of the proxies, or its certificate is not valid now."""
        if peer is None or not self.forms:
            return None
        certificate, key = _known(peer)
        return self.forms.get(key) if certificate is not None and is_valid(certificate, now) else None


def client_of(
    peer: bytes | None, sent: Sequence[str], chain: Sequence[str], proxies: Proxies, now: datetime
) -> bytes | None:
    """The client's certificate, DER: the peer's own, or what a proxy hands on; None where none was shown.

    `peer`: as the hub's TLS layer took it. `sent`, `chain`: values of the headers CERT and CHAIN.
    Raises IdentityRejected: a header by somebody else, or one that is not exactly as it must be.
    """
    form = proxies.form_of(peer, now)
    if form is None:
        if sent or chain:
            raise IdentityRejected(IdentityReason.NOT_A_PROXY)
        return peer
    if not sent and not chain:
        return None
    if len(sent) != 1:
        raise _malformed()
    if form is Form.ESCAPED_PEM:
        if chain:
            raise _malformed()
        return _from_pem(sent[0])
    client = _from_binary(sent[0].strip(" "))
    _require_chain(client, chain, now)
    return client


def _from_binary(value: str) -> bytes:
    """A byte sequence without parameters; in one spelling only, so that no two readers differ."""
    spelled = _BINARY.fullmatch(value) if len(value) <= LONGEST else None
    if spelled is None:
        raise _malformed()
    return _decoded(spelled[1])


def _from_pem(value: str) -> bytes:
    if len(value) > LONGEST or not _ESCAPED.fullmatch(value):
        raise _malformed()
    pem = _PEM.fullmatch(unquote_to_bytes(value))
    if pem is None:
        raise _malformed()
    return _decoded(pem[1].replace(b"\n", b"").decode("ascii"))


def _decoded(text: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        raise _malformed() from None
    if not data or b64encode(data).decode() != text:
        raise _malformed()
    return data


def _require_chain(client: bytes, chain: Sequence[str], now: datetime) -> None:
    """Each certificate issued the one before it (RFC 9440, 2.3) and is valid now.

    Nothing is built upon it: which issuers are trusted stands in the settings. But a proxy that sends
    something else than it says is not configured as it should be.
    """
    if not chain:
        return
    parts = _SEPARATOR.split(", ".join(chain).strip(" \t"))
    if len(parts) > MOST_IN_CHAIN:
        raise _malformed()
    certificates = _linked((client, *(_from_binary(part) for part in parts)))
    if not all(is_valid(one, now) for one in certificates):
        raise _malformed()


@lru_cache(maxsize=1024)
def _linked(chain: tuple[bytes, ...]) -> tuple[x509.Certificate, ...]:
    try:
        first, *others = (x509.load_der_x509_certificate(one) for one in chain)
        before = first
        for one in others:
            if not has_issued(one, before):
                raise _malformed()
            before = one
    except UNREADABLE:
        raise _malformed() from None
    return tuple(others)


@lru_cache(maxsize=256)
def _known(peer: bytes) -> tuple[x509.Certificate | None, str]:
    try:
        certificate = x509.load_der_x509_certificate(peer)
        return certificate, spki_sha256(certificate)
    except UNREADABLE:
        return None, ""


def _malformed() -> IdentityRejected:
    return IdentityRejected(IdentityReason.CLIENT_CERT_MALFORMED)
