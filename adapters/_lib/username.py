"""Who we are, by name and password digest (OASIS WSS UsernameToken Profile 1.0 §3.1): no signature, but the
password itself never goes over the wire, and each digest is good once and not for long."""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Final

from adapters._lib.names import BASE64, WSSE, WSU
from fidus.errors import ConfigurationFault, ConfigurationInvalid

LIFE: Final = timedelta(minutes=5)
NONCE_BYTES: Final = 20
_DIGEST: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
)


@dataclass(frozen=True, slots=True)
class Username:
    """The account that a source knows us by."""

    name: str
    password: str = field(repr=False)

    @classmethod
    def load(cls, name: str, file: Path) -> Username:
        """The password is the first line of the file. Raises ConfigurationInvalid."""
        try:
            password = file.read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError):
            raise _invalid(file, "the password cannot be read") from None
        if not password:
            raise _invalid(file, "the file holds no password")
        return cls(name, password)

    def security(self, now: datetime) -> str:
        """A wsse:Security header with a fresh UsernameToken and a Timestamp, made for one message."""
        created, expires = _instant(now), _instant(now + LIFE)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return (
            f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}" soap:mustUnderstand="1">'
            f"<wsu:Timestamp><wsu:Created>{created}</wsu:Created><wsu:Expires>{expires}</wsu:Expires>"
            f"</wsu:Timestamp><wsse:UsernameToken><wsse:Username>{escape(self.name)}</wsse:Username>"
            f'<wsse:Password Type="{_DIGEST}">{digest(nonce, created, self.password)}</wsse:Password>'
            f'<wsse:Nonce EncodingType="{BASE64}">{b64encode(nonce).decode()}</wsse:Nonce>'
            f"<wsu:Created>{created}</wsu:Created></wsse:UsernameToken></wsse:Security>"
        )


def digest(nonce: bytes, created: str, password: str) -> str:
    """base64(SHA-1(nonce + created + password)), as the profile has it; the nonce as its raw bytes."""
    told = nonce + created.encode() + password.encode()
    return b64encode(hashlib.sha1(told, usedforsecurity=False).digest()).decode()


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _invalid(file: Path, problem: str) -> ConfigurationInvalid:
    fault = ConfigurationFault(str(file), 0, problem, "Write the password of the account into its first line")
    return ConfigurationInvalid((fault,))
