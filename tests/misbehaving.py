"""To which problem each misbehaviour of a source leads, as status and reason (design: kinds of faults)."""

from __future__ import annotations

from typing import Any, Final

SIGNATURE, ANSWER = (502, "sourceSignatureInvalid"), (502, "sourceAnswerInvalid")
FAULT, UNAVAILABLE, TIMEOUT = (
    (502, "sourceFault"),
    (503, "sourceUnavailable"),
    (504, "sourceTimeout"),
)

OF_THE_ANSWER: Final[list[tuple[dict[str, Any], tuple[int, str]]]] = [
    ({"kind": "soapFault"}, FAULT),
    ({"kind": "doctype"}, ANSWER),
    ({"kind": "wrongSubject"}, ANSWER),
    ({"kind": "expired"}, ANSWER),
    ({"kind": "replayed"}, ANSWER),
    ({"kind": "badSignature"}, SIGNATURE),
    ({"kind": "unsigned"}, SIGNATURE),
    ({"kind": "wrongSigner"}, SIGNATURE),
    ({"kind": "wrappedSignature"}, SIGNATURE),
]
"""Kinds that need nothing more than their name, and change what an answer says or how it is signed."""
