"""Namespaces and algorithm names of signed SOAP messages (SOAP 1.1, WS-Security 1.0, XML Signature 1.1)."""

from __future__ import annotations

from types import MappingProxyType

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"
DS = "http://www.w3.org/2000/09/xmldsig#"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"  # without comments
X509_TOKEN = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"  # noqa: S105
BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"

SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
# The only digests that are taken: name in XML -> name in hashlib.
DIGESTS = MappingProxyType(
    {
        SHA256: "sha256",
        "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
        "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    }
)

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
RSA_SHA256 = f"{_MORE}rsa-sha256"
ECDSA_SHA256 = f"{_MORE}ecdsa-sha256"
# The only signatures that are taken: name in XML -> kind of key.
SIGNATURES = MappingProxyType(
    {f"{_MORE}{kind}-sha{size}": kind for kind in ("rsa", "ecdsa") for size in (256, 384, 512)}
)


def q(namespace: str, name: str) -> str:
    """A qualified name in lxml's spelling."""
    return f"{{{namespace}}}{name}"
