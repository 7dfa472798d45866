"""Answers of a source that signs its messages, and how one may go wrong in that: by signing, or after it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from uuid import uuid4

from lxml import etree

from mocks.soap import DS, ID, WSSE, Envelope, envelope, to_bytes
from mocks.wssec import Signer, sign

_ELSEWHERE = "urn:example:elsewhere"
_LONG_AGO = timedelta(hours=1)
Falsify = Callable[[etree._Element], None]
"""Changes what the content of a Body says, so that it stays a likely answer."""


class SignedAnswers:
    """Writes envelopes in the name of `signer`."""

    def __init__(self, signer: Signer, falsify: Falsify) -> None:
        self._signer = signer
        self._falsify = falsify

    @cached_property
    def _impostor(self) -> Signer:
        return self._signer.impostor()

    def write(self, content: etree._Element, relates_to: str | None, kind: str | None = None) -> bytes:
        """A signed envelope around `content`. `kind`: the misbehaviour that is wanted."""
        if kind == "replayed":
            relates_to = new_message_id()
        message = envelope(content, new_message_id(), relates_to)
        created = datetime.now(UTC) - (_LONG_AGO if kind == "expired" else timedelta(0))
        sign(message, self._impostor if kind == "wrongSigner" else self._signer, created)
        if kind == "badSignature":
            self._falsify(message.content)
        if kind == "wrappedSignature":
            _wrap(message, self._falsify)
        if kind == "unsigned":
            _take_signature_off(message)
        return to_bytes(message.root)


def unsigned(content: etree._Element, relates_to: str | None) -> bytes:
    """An envelope for whoever has not shown who they are."""
    return to_bytes(envelope(content, new_message_id(), relates_to).root)


def new_message_id() -> str:
    """A wsa:MessageID that nobody used."""
    return f"urn:uuid:{uuid4()}"


def _wrap(message: Envelope, falsify: Falsify) -> None:
    """Move the signed Body into a header block and put a changed one, unsigned, in its place.

    The signature stays right, by id: it is only no longer about what stands in the Body.
    """
    forged = copy.deepcopy(message.body)
    del forged.attrib[ID]
    falsify(forged)
    message.root.replace(message.body, forged)
    etree.SubElement(message.header, f"{{{_ELSEWHERE}}}Block").append(message.body)


def _take_signature_off(message: Envelope) -> None:
    """Leave the Timestamp, and neither Signature nor token."""
    for name in (f"{{{DS}}}Signature", f"{{{WSSE}}}BinarySecurityToken"):
        for node in list(message.header.iter(name)):
            parent = node.getparent()
            assert parent is not None, "it is in the header"
            parent.remove(node)
