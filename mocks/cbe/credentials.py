"""Who asks: a UsernameToken with a password digest (OASIS WSS UsernameToken Profile 1.0, §3.1).

The digest is base64(SHA-1(nonce + created + password)): it keeps the password off the wire and signs nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lxml import etree

from mocks.soap import BASE64, PASSWORD_DIGEST, WSSE, WSU, insecure
from mocks.wscheck import CLOCK_DIFFERENCE, fresh, moment, only, security_header

LONGEST_LIFE = timedelta(minutes=5)
"""How long after its making a token is taken (recommended in §3.1)."""
_PARTS = {f"{{{WSSE}}}{name}" for name in ("Username", "Password", "Nonce")} | {f"{{{WSU}}}Created"}
_REMEMBERED = LONGEST_LIFE + CLOCK_DIFFERENCE
_NONCE_BYTES = range(8, 65)


@dataclass(slots=True)
class Credentials:
    """One account and the nonces that it has used."""

    user: str
    password: str = field(repr=False)
    _used: dict[bytes, datetime] = field(default_factory=dict, repr=False)

    def check(self, header: etree._Element, now: datetime) -> None:
        """Return if the header says rightly, freshly and for the first time who asks. Raises Refusal.

        1. One security header, marked mustUnderstand.  2. Its Timestamp is in order and holds now.
        3. One UsernameToken, of four parts.            4. Password and Nonce are marked as what they are.
        5. It was made just now.                        6. User and digest are right.
        7. Its nonce was not used before.
        """
        security = security_header(header)  # (1)
        fresh(only(security, WSU, "Timestamp"), now)  # (2)
        token = only(security, WSSE, "UsernameToken")
        if {part.tag for part in token} - _PARTS:  # (3)
            raise insecure(
                "InvalidSecurity", "UsernameToken has more than Username, Password, Nonce, Created"
            )
        password, nonce = _password(token), _nonce(token)  # (4)
        created = moment(token, "Created")
        if not created - CLOCK_DIFFERENCE <= now <= created + LONGEST_LIFE:  # (5)
            raise insecure("MessageExpired", "UsernameToken was not made in the last five minutes")
        text = only(token, WSU, "Created").text or ""
        right = digest(nonce, text, self.password)
        known = hmac.compare_digest((only(token, WSSE, "Username").text or "").encode(), self.user.encode())
        if not hmac.compare_digest(password.encode(), right.encode()) or not known:  # (6)
            raise insecure("FailedAuthentication", "The user is not known, or the password digest is wrong")
        self._once(nonce, now)  # (7)

    def _once(self, nonce: bytes, now: datetime) -> None:
        for one in list(self._used):
            if self._used[one] >= now - _REMEMBERED:
                break
            del self._used[one]
        if nonce in self._used:
            raise insecure("FailedAuthentication", "This Nonce was used before")
        self._used[nonce] = now


def digest(nonce: bytes, created: str, password: str) -> str:
    """What stands in Password."""
    made = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False)
    return base64.b64encode(made.digest()).decode()


def _password(token: etree._Element) -> str:
    node = only(token, WSSE, "Password")
    if node.get("Type") != PASSWORD_DIGEST:
        raise insecure("InvalidSecurity", "Password is not marked as PasswordDigest")
    return node.text or ""


def _nonce(token: etree._Element) -> bytes:
    """EncodingType may be left out: Base64Binary is what it then is (§3.1)."""
    node = only(token, WSSE, "Nonce")
    if node.get("EncodingType", BASE64) != BASE64:
        raise insecure("InvalidSecurity", "Nonce is not marked as Base64Binary")
    try:
        nonce = base64.b64decode(node.text or "", validate=True)
    except (binascii.Error, ValueError):
        raise insecure("InvalidSecurity", "Nonce is not base64") from None
    if len(nonce) not in _NONCE_BYTES:
        raise insecure("InvalidSecurity", "Nonce does not have 8 to 64 bytes")
    return nonce
