"""TLS towards a source: whom we believe, how it knows us, and handshakes that go on where one left off.

What is pinned are the issuers in `ca` and the host name of the address: a source may renew its certificate,
with another key, at any time. A certificate by another issuer, or for another name, is refused.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from fidus.errors import ConfigurationFault, ConfigurationInvalid


class ClientContext(ssl.SSLContext):
    """Keeps the newest session of one source, so that its next connection costs neither side a signature.

    A session is only ever resumed with the server that holds its secret, after one whole handshake with it.
    """

    session: ssl.SSLSession | None = None

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """As event loops call it, which know no sessions."""
        chosen = self.session if session is None else session
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, chosen)

    def remember(self, connected: object) -> None:
        """The session of a connection that has answered: with TLS 1.3 it comes after the handshake."""
        session = connected.session if isinstance(connected, ssl.SSLObject) else None
        if session is not None:
            self.session = session


def client_context(ca: Path, certificate: Path | None = None, key: Path | None = None) -> ClientContext:
    """TLS 1.2 or later; trusts the issuers in `ca` only; shows our certificate where there is one.

    Raises ConfigurationInvalid.
    """
    context = ClientContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_verify_locations(cafile=ca)
    except OSError:
        raise _invalid(ca, "it holds no certificate of an issuer", "Give PEM, in `ca`") from None
    if certificate is not None:
        try:
            context.load_cert_chain(certificate, key)
        except OSError:
            cure = "Give the two that belong together"
            raise _invalid(certificate, "it and its key are no pair in PEM", cure) from None
    return context


def _invalid(path: Path, problem: str, cure: str) -> ConfigurationInvalid:
    return ConfigurationInvalid((ConfigurationFault(str(path), 0, problem, cure),))
