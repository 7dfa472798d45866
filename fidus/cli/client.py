"""A small client of the REST interface, as an institution's developer would have: mutual TLS, JSON."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

BASE = "/fidus/v1"
LIMIT = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, lower-case headers, and the JSON body (or the text where it is none)."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Client:
    """One institution's way to the hub. `api`: https URL up to the port."""

    api: str
    ca: Path
    certificate: Path | None
    key: Path | None
    timeout_s: float = 30.0

    def get(self, path: str) -> Reply:
        """GET below /fidus/v1, a percent-encoded path. Raises OSError (also ssl.SSLError) without reply."""
        return self._call("GET", path, None)

    def post(self, path: str, body: bytes) -> Reply:
        """POST JSON below /fidus/v1. Raises OSError where there is no reply."""
        return self._call("POST", path, body)

    def context(self) -> ssl.SSLContext:
        """TLS as both sides want it. Raises OSError where a file is missing or unreadable."""
        context = ssl.create_default_context(cafile=str(self.ca))
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key)
        return context

    def address(self) -> tuple[str, int]:
        """Host and port of the hub. Raises ValueError for what is no https URL."""
        try:
            parts = urlsplit(self.api)
            host, port = parts.hostname, parts.port or 443
        except ValueError:
            host, port = None, 0
        if host is None or parts.scheme != "https":
            raise ValueError(f"{self.api} is no https URL such as https://127.0.0.1:8443")
        return host, port

    def _call(self, method: str, path: str, body: bytes | None) -> Reply:
        host, port = self.address()
        connection = http.client.HTTPSConnection(host, port, timeout=self.timeout_s, context=self.context())
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, BASE + path, body, headers)
            response = connection.getresponse()
            text = response.read(LIMIT).decode("utf-8", "replace")
        except http.client.HTTPException as error:
            raise OSError(f"{self.api}: no whole HTTP answer ({type(error).__name__})") from None
        finally:
            connection.close()
        found = {name.lower(): value for name, value in response.getheaders()}
        try:
            return Reply(response.status, found, json.loads(text))
        except json.JSONDecodeError:
            return Reply(response.status, found, text)
