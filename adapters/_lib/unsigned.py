"""Envelopes of a source that does not sign: what makes them its own is TLS with the issuer that is pinned.

So an answer is read only off the connection on which it was asked for, and it has to name the question.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from adapters._lib.names import SOAP, q
from adapters._lib.xml import XmlRefused, parse
from fidus.errors import SourceAnswerInvalid


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a SOAP 1.1 envelope holds. `header` None: it has none. `content`: the one element of its Body."""

    header: etree._Element | None = field(repr=False)
    content: etree._Element = field(repr=False)

    @property
    def is_fault(self) -> bool:
        """Whether it says that there is no answer."""
        return bool(self.content.tag == q(SOAP, "Fault"))


def write_envelope(header: str, content: bytes) -> bytes:
    """A SOAP 1.1 envelope around header blocks and the content of its Body, all well-formed; in the header
    the prefix `soap` is declared."""
    return (
        f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Header>{header}</soap:Header><soap:Body>'.encode()
        + content
        + b"</soap:Body></soap:Envelope>"
    )


def read_envelope(source: str, raw: bytes) -> Envelope:
    """What an answer holds. Raises SourceAnswerInvalid: not plain XML, no envelope, not one element in it."""
    try:
        root = parse(raw)
    except XmlRefused as refused:
        raise SourceAnswerInvalid(source, str(refused)) from None
    parts = list(root)
    header = parts.pop(0) if parts and parts[0].tag == q(SOAP, "Header") else None
    if root.tag != q(SOAP, "Envelope") or [part.tag for part in parts] != [q(SOAP, "Body")]:
        raise SourceAnswerInvalid(source, "the answer is not a SOAP 1.1 envelope")
    (body,) = parts
    if len(body) != 1:
        raise SourceAnswerInvalid(source, "the answer holds something else than was asked for")
    return Envelope(header, body[0])
