"""HTTPS towards one source: questions as data go out, answers as data come in, each trouble as its error."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from yarl import URL

from adapters._lib.answers import HttpAnswer, HttpQuestion
from adapters._lib.connection import Cut, TooLarge
from adapters._lib.pool import Pool, Unreached
from adapters._lib.tls import client_context
from fidus.errors import ConfigurationFault, ConfigurationInvalid, SourceAnswerInvalid, SourceUnavailable

MAX_BYTES: Final = 1_000_000  # of the body of an answer
WARM: Final = 2  # connections that are open before anybody asks


@dataclass(frozen=True, slots=True)
class Site:
    """Where a source listens, whose certificate it must have, and by which of ours it knows us."""

    url: str
    ca: Path
    client_certificate: Path | None = None
    client_key: Path | None = None


class HttpClient:
    """Connections to one source, kept alive. Opens none before it is told to. Never sends anything twice."""

    def __init__(self, source: str, site: Site, most: int = MAX_BYTES) -> None:
        """Reads the files. `most`: bytes of the body of an answer. Raises ConfigurationInvalid."""
        self._source = source
        url = _https(site.url)
        assert url.host is not None
        assert url.port is not None
        self._base = url.raw_path_qs
        self._host = url.host_port_subcomponent
        tls = client_context(site.ca, site.client_certificate, site.client_key)
        self._pool = Pool(url.host, url.port, tls, most)

    @property
    def again(self) -> int:
        """How often a connection was tried for a second time."""
        return self._pool.again

    async def send(self, question: HttpQuestion) -> HttpAnswer:
        """`adapters._lib.answers.Send`: the question's target is appended to the site's. No deadline.

        Raises SourceUnavailable: refused, cut before an answer began, not the right certificate.
        SourceAnswerInvalid: cut off, too large, not HTTP, packed or in another charset than UTF-8.
        """
        try:
            answer = await self._pool.ask(self._request(question))
        except Unreached as error:
            raise SourceUnavailable(self._source, str(error)) from None
        except TooLarge:
            raise SourceAnswerInvalid(self._source, "the answer is larger than is taken") from None
        except Cut as cut:
            if cut.broken:
                raise SourceAnswerInvalid(self._source, "the answer broke off or is not HTTP") from None
            raise SourceUnavailable(self._source, "the connection was cut") from None
        if answer.status < 300 and not answer.plain:
            raise SourceAnswerInvalid(self._source, "the answer is packed, or not said to be in UTF-8")
        return answer

    async def reach(self) -> None:
        """Connect and agree on TLS, and keep the connection for the next call. Raises SourceUnavailable."""
        try:
            await self._pool.warm(WARM)
        except Unreached as error:
            raise SourceUnavailable(self._source, str(error)) from None

    async def close(self) -> None:
        """Give back all connections. Later calls raise SourceUnavailable."""
        await self._pool.close()

    def _request(self, question: HttpQuestion) -> bytes:
        """As it goes over the wire. Raises ValueError where a part would break out of its line: a bug."""
        base = self._base.rstrip("/") if question.target.startswith("/") else self._base
        parts = [f"{question.method} {base}{question.target} HTTP/1.1", f"Host: {self._host}"]
        parts += [f"{name}: {value}" for name, value in question.headers.items()]
        parts += ["User-Agent: fidus", f"Content-Length: {len(question.body)}"]
        head = "\r\n".join([*parts, "", ""])
        ends = {head.count("\r"), head.count("\n")}
        if ends != {len(parts) + 1} or "\0" in head or parts[0].count(" ") != 2:
            raise ValueError("a request with a line in a line")
        return head.encode("ascii") + question.body


def _https(text: str) -> URL:
    """Raises ConfigurationInvalid."""
    try:
        url = URL(text)
    except ValueError:
        url = URL()
    if url.scheme != "https" or url.host is None:
        fault = ConfigurationFault(
            "url", 0, "it is not an address of https with a host", "Give one like https://host:port/path"
        )
        raise ConfigurationInvalid((fault,))
    return url
