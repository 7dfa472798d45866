"""An institution that remembers what it asked and every whole answer that it got."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Told:
    """A whole answer. `trace`: the hub's own trace id for it."""

    status: int
    trace: str
    body: dict[str, Any] = field(repr=False)

    @property
    def reason(self) -> str:
        """The last part of the problem's type, "" where it is none."""
        return str(self.body.get("type", "")).rpartition(":")[2]


@dataclass
class Asking:
    """One question about `subject`, under the trace id `trace`. `told` None: no whole answer came."""

    flow: str
    subject: str = field(repr=False)
    body: bytes = field(repr=False)
    trace: str = field(default_factory=lambda: str(uuid4()))
    told: Told | None = None


class Client:
    """One connection of one institution, kept open as long as the hub keeps it."""

    def __init__(self, pki: Path, name: str) -> None:
        """`name`: of the institution's certificate and key in `pki`."""
        self._tls = ssl.create_default_context(cafile=str(pki / "issuer-servers.crt"))
        self._tls.load_cert_chain(pki / f"{name}.crt", pki / f"{name}.key")
        self._connection: http.client.HTTPSConnection | None = None

    def connect(self, api: str) -> None:
        """From now on ask the hub at this address."""
        self.close()
        parts = urlsplit(api)
        assert parts.hostname is not None
        self._connection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=TIMEOUT_S, context=self._tls
        )

    def ask(self, asking: Asking) -> Told:
        """Ask, and note the answer in `asking`. Raises OSError where no whole answer comes."""
        headers = {"Content-Type": "application/json", "BelGov-Trace-Id": asking.trace}
        asking.told = self._call("POST", f"/flows/{asking.flow}/consult", asking.body, headers)
        return asking.told

    def receipt(self, consultation: str) -> Told:
        """The receipt of a consultation. Raises OSError where no whole answer comes."""
        return self._call("GET", f"/consultations/{consultation}/receipt", None, {})

    def health(self) -> Told:
        """What the hub tells anybody. Raises OSError where no whole answer comes."""
        return self._call("GET", "/health", None, {})

    def close(self) -> None:
        """Leave."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _call(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Told:
        connection = self._connection
        assert connection is not None
        try:
            connection.request(method, f"/fidus/v1{path}", body, headers)
            response = connection.getresponse()
            text = response.read()
        except (http.client.HTTPException, OSError) as error:
            connection.close()
            raise OSError(f"no whole answer: {type(error).__name__}") from error
        return Told(response.status, response.headers["BelGov-Trace-Id"], json.loads(text))
