"""The TLS side of the REST interface: who may shake hands, and a count of those who could not."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

# With TLS 1.2 only what gives forward secrecy and authenticates what it encrypts; 1.3 has nothing else. It
# is Mozilla's "intermediate" profile (tests/fidus/api/test_tls_profile.py) but for more groups, X448, P-521,
# finite fields: Python 3.11 can name one or leave OpenSSL its list, and under TLS 1.2 a client's own key must
# be on one of these. deploy/openssl.cnf leaves the profile's own.
CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"


class CountingContext(ssl.SSLContext):
    """A context that tells each failed handshake to `count`: `tlsVerify<X.509 code>`, or OpenSSL's reason as
    a word such as `tlsNoSharedCipher`."""

    count: Callable[[str], None]
    _newest: CountingContext | None = None

    def renew(self, newest: CountingContext) -> None:
        """From now on shake hands by another context: certificate, key and issuers. Connections that are open
        stay; a context in use cannot be changed itself, since it keeps a former key of another kind."""
        self._newest = newest
        self.sni_callback = self._hand_over  # asked at every handshake, with and without a server name

    def _hand_over(self, shaking: ssl.SSLObject, _: str | None, __: ssl.SSLContext) -> None:
        assert self._newest is not None
        shaking.context = self._newest


class _CountingObject(ssl.SSLObject):
    """asyncio and uvloop close a connection whose handshake fails and report nothing: so it is told here."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            assert isinstance(self.context, CountingContext)
            self.context.count(_reason(error))
            raise


def server_context(
    certificate: Path, key: Path, client_issuers: Path, count: Callable[[str], None], *proxies: Path
) -> CountingContext:
    """TLS 1.2 and 1.3 with a client certificate that may be left out, but not be wrong.

    `client_issuers`: PEM bundle of the registered issuers, each an anchor of its own. Who shows no
    certificate, or one that is not enrolled, is told so by the interface; expired ones and foreign issuers
    end in a TLS alert and in `count`, which is called on the event loop. `proxies`: PEM files with their own
    certificates, each let in as it is, whoever issued it.
    Raises OSError and ssl.SSLError when a file cannot be used.
    """
    context = CountingContext(ssl.PROTOCOL_TLS_SERVER)
    context.count = count
    context.sslobject_class = _CountingObject
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    for anchors in (client_issuers, *proxies):
        context.load_verify_locations(cafile=anchors)
    context.load_cert_chain(certificate, key)
    return context


def _reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"tlsVerify{error.verify_code}"
    words = re.findall(r"[A-Za-z0-9]+", error.reason or "unknown")
    return "tls" + "".join(word.capitalize() for word in words)
