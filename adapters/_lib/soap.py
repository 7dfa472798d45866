"""SOAP 1.1 over HTTPS, client side: one POST, an answer of bounded size, each trouble as the error it is."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from yarl import URL

from adapters._lib.names import SOAP, q
from adapters._lib.xml import MAX_BYTES, XmlRefused, parse
from fidus.errors import (
    ConfigurationFault,
    ConfigurationInvalid,
    SourceAnswerInvalid,
    SourceFault,
    SourceUnavailable,
)

PARTING_S = 0.05  # TLS connections end a few steps of the event loop after they were closed
KEEP_ALIVE_S = 15.0  # shorter than servers keep theirs, so that no call goes into a closing connection


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a source listens, whose certificate it must have, and by which of ours it knows us."""

    url: str
    action: str  # SOAPAction
    ca: Path
    client_certificate: Path | None = None
    client_key: Path | None = None


class SoapClient:
    """Connections to one source, kept alive. Opens none before the first call. Never retries."""

    def __init__(self, source: str, endpoint: Endpoint, at_once: int) -> None:
        self._source = source
        self._url = _https(endpoint.url)
        self._headers = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{endpoint.action}"',
            "Accept-Encoding": "identity",
        }
        self._tls = _tls(endpoint)
        self._at_once = at_once
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def post(self, envelope: bytes) -> bytes:
        """Send an envelope and give the body of the answer, at most MAX_BYTES. No deadline of its own.

        Raises SourceUnavailable: refused, cut before an answer began, not the right certificate, 429 or 503.
        SourceFault: any other status but 200. SourceAnswerInvalid: cut off, too large, not HTTP.
        """
        try:
            async with self._open().post(
                self._url, data=envelope, headers=self._headers, allow_redirects=False
            ) as response:
                self._check_status(response.status)
                try:
                    return await self._read(response)
                except BaseException:
                    _abort(response)
                    raise
        except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError):
            raise SourceAnswerInvalid(self._source, "the answer broke off or is not HTTP") from None
        except (aiohttp.ClientError, OSError) as error:
            raise SourceUnavailable(self._source, _why_unreachable(error)) from None

    async def reach(self) -> None:
        """Connect, agree on TLS, and leave. Raises SourceUnavailable."""
        self._check_open()
        try:
            _, writer = await asyncio.open_connection(self._url.host, self._url.port, ssl=self._tls)
        except OSError as error:
            raise SourceUnavailable(self._source, _why_unreachable(error)) from None
        writer.transport.abort()

    async def close(self) -> None:
        """Give back all connections. Later calls raise SourceUnavailable."""
        self._closed = True
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(PARTING_S)

    def _check_open(self) -> None:
        if self._closed:
            raise SourceUnavailable(self._source, "the hub is closing its connections")

    def _open(self) -> aiohttp.ClientSession:
        self._check_open()
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=self._tls, limit=self._at_once, keepalive_timeout=KEEP_ALIVE_S
                ),
                timeout=aiohttp.ClientTimeout(total=None),  # the gate has the deadline
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # nothing was asked for compressed: a small answer stays small
                trust_env=False,
            )
        return self._session

    def _check_status(self, status: int) -> None:
        if status in (429, 503):
            raise SourceUnavailable(self._source, f"it says so itself (HTTP {status})")
        if status != 200:
            raise SourceFault(self._source, f"it answered with HTTP {status}")

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """Stops at the limit: what comes after it is never read."""
        held = bytearray()
        async for chunk in response.content.iter_any():
            held += chunk
            if len(held) > MAX_BYTES:
                raise SourceAnswerInvalid(self._source, "the answer is larger than is taken")
        return bytes(held)


def _abort(response: aiohttp.ClientResponse) -> None:
    """Drop the connection at once: a source that floods or drips would draw out a polite TLS farewell."""
    connection = response.connection
    if connection is not None and connection.transport is not None:
        connection.transport.abort()


def is_fault(raw: bytes) -> bool:
    """True for a SOAP fault, signed or not. It says that there is no answer; nothing more is read of it."""
    if b"Fault" not in raw:  # names cannot be written otherwise in UTF-8
        return False
    try:
        root = parse(raw)
    except XmlRefused:
        return False
    return root.tag == q(SOAP, "Envelope") and root.find(f"{q(SOAP, 'Body')}/{q(SOAP, 'Fault')}") is not None


def _why_unreachable(error: Exception) -> str:
    if isinstance(error, ssl.SSLError | aiohttp.ClientSSLError):
        return "TLS was not agreed on, or its certificate is not one that is trusted"
    if isinstance(error, aiohttp.ClientConnectorError | ConnectionRefusedError):
        return "it cannot be reached"
    return "the connection was cut"


def _https(text: str) -> URL:
    """Raises ConfigurationInvalid."""
    try:
        url = URL(text)
    except ValueError:
        url = URL()
    if url.scheme != "https" or url.host is None:
        raise _invalid(
            "url", "it is not an address of https with a host", "Give one like https://host:port/path"
        )
    return url


def _tls(endpoint: Endpoint) -> ssl.SSLContext:
    """Trusts the given issuers only. Raises ConfigurationInvalid."""
    try:
        context = ssl.create_default_context(cafile=endpoint.ca)
    except OSError:
        raise _invalid(endpoint.ca, "it holds no certificate of an issuer", "Give PEM, in `ca`") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if endpoint.client_certificate is not None:
        try:
            context.load_cert_chain(endpoint.client_certificate, endpoint.client_key)
        except OSError:
            raise _invalid(
                endpoint.client_certificate,
                "it and its key are no pair in PEM",
                "Give the two that belong together",
            ) from None
    return context


def _invalid(path: Path | str, problem: str, cure: str) -> ConfigurationInvalid:
    return ConfigurationInvalid((ConfigurationFault(str(path), 0, problem, cure),))
