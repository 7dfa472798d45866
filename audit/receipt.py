"""Opening a receipt, offline: is this answer, and this request, what the log holds? (formats.md §3)"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, TypeVar

from audit.canonical import b64, canonical, commitment, unb64
from audit.checkpoint import Checkpoint, open_checkpoint
from audit.note import VerifierKey
from audit.proof import Inclusion

MAX_REQUEST: Final = 65_536  # bytes, as of an entry
MAX_ANSWER: Final = 4 * 1024 * 1024  # bytes, with its receipt
_NONCE_SIZE: Final = 32
_WITHOUT_ANSWER: Final = frozenset({"consultationId", "outcome", "receipt"})  # what GET …/receipt gives
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was checked. `text`: an English sentence that says what holds, or what does not."""

    name: str
    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class ReceiptReport:
    """The steps in their order. A step on which the next ones stand ends them if it does not hold."""

    steps: tuple[Step, ...]

    @property
    def ok(self) -> bool:
        """Whether every step holds."""
        return all(step.ok for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        """`{"ok", "steps": [{"name", "ok", "text"}]}`."""
        steps = [{"name": step.name, "ok": step.ok, "text": step.text} for step in self.steps]
        return {"ok": self.ok, "steps": steps}


@dataclass(frozen=True, slots=True)
class _Held:
    """What the institution holds, in its right form and not yet verified."""

    document: Mapping[str, Any] = field(repr=False)
    consultation: str
    index: int
    nonce: bytes | None = field(repr=False)
    proof: Inclusion


class _Ended(Exception):
    """A step does not hold."""


def verify_receipt(answer: object, key: VerifierKey, request_body: bytes | None = None) -> ReceiptReport:
    """Check an answer with its receipt against the log key, and the request body where it is given.

    `answer`: the bytes or the JSON object that the institution received, or what the hub gives as the receipt
    of a consultation ({consultationId, outcome, receipt}), which shows that outcome without an answer. Bytes
    in which a name stands twice do not hold: one program would read the first, another the last.
    `request_body`: the bytes that were sent. Steps: form, signature, inclusion, consultation, answer (or
    outcome), request. Raises nothing: whatever does not fit is a step that does not hold.
    """
    steps: list[Step] = []
    try:
        held = _take(steps, "form", lambda: _form(answer))
        checkpoint = _take(steps, "signature", lambda: _signature(held, key))
        entry = _take(steps, "inclusion", lambda: _inclusion(held, checkpoint))
        _take(steps, "consultation", lambda: _consultation(held, entry))
    except _Ended:
        return ReceiptReport(tuple(steps))
    if held.document.keys() == _WITHOUT_ANSWER:
        steps.append(_outcome(held, entry))
    else:
        steps.append(_opened("answer", held, entry, lambda: _without_receipt(held)))
    if request_body is not None:
        steps.append(_opened("request", held, entry, lambda: _json(request_body, "The request body")))
    return ReceiptReport(tuple(steps))


def _take(steps: list[Step], name: str, check: Callable[[], tuple[T, str]]) -> T:
    """Run one check, which gives a value and says what holds, or raises ValueError saying what does not."""
    try:
        value, text = check()
    except ValueError as error:
        steps.append(Step(name, False, str(error)))
        raise _Ended from None
    steps.append(Step(name, True, text))
    return value


def _form(answer: object) -> tuple[_Held, str]:
    if isinstance(answer, bytes):
        answer = _json(answer, "The answer", MAX_ANSWER)
    receipt = answer.get("receipt") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(receipt, dict):
        raise ValueError("This is no answer with a receipt: it needs the member `receipt`")
    consultation, index, proof = answer.get("consultationId"), receipt.get("index"), receipt.get("proof")
    if not isinstance(consultation, str) or not _UUID.fullmatch(consultation):
        raise ValueError("The answer needs `consultationId`, a UUID in lower case")
    if type(index) is not int or not isinstance(proof, str):
        raise ValueError("The receipt needs `index`, a whole number, and `proof`, a text")
    held = _Held(answer, consultation, index, _nonce(receipt), Inclusion.parse(proof))
    return held, f"This is an answer of consultation {consultation}, with a receipt"


def _nonce(receipt: Mapping[str, Any]) -> bytes | None:
    nonce = receipt.get("nonce")
    if nonce is None:
        return None
    if not isinstance(nonce, str) or len(raw := unb64(nonce)) != _NONCE_SIZE:
        raise ValueError("The receipt's `nonce` is base64 of 32 bytes")
    return raw


def _signature(held: _Held, key: VerifierKey) -> tuple[Checkpoint, str]:
    checkpoint = open_checkpoint(held.proof.note, key)
    return checkpoint, f"The log {checkpoint.origin} signed that it held {checkpoint.size} entries"


def _inclusion(held: _Held, checkpoint: Checkpoint) -> tuple[Mapping[str, Any], str]:
    proof = held.proof
    if proof.index != held.index:
        raise ValueError("The receipt's `index` is another than that of its proof")
    if proof.extra is None:
        raise ValueError("The proof does not bring its entry along, in a line `extra`")
    proof.check(checkpoint, proof.extra)
    entry = _json(proof.extra, "The entry")
    if not isinstance(entry, dict):
        raise ValueError("The entry is no JSON object")
    return entry, f"Entry {proof.index} is one of them: its hash leads to the signed root"


def _consultation(held: _Held, entry: Mapping[str, Any]) -> tuple[None, str]:
    if entry.get("kind") != "outcome":
        raise ValueError("The entry is not the outcome of a consultation")
    if entry.get("consultation") != held.consultation:
        raise ValueError("The entry is of another consultation than the answer")
    return None, f"It is the outcome of this consultation, recorded at {entry.get('at')}"


def _outcome(held: _Held, entry: Mapping[str, Any]) -> Step:
    if held.document["outcome"] == entry.get("outcome"):
        return Step("outcome", True, f"The outcome that was recorded is: {entry.get('outcome')}")
    return Step("outcome", False, "The outcome is not the one that was recorded")


def _opened(name: str, held: _Held, entry: Mapping[str, Any], content: Callable[[], object]) -> Step:
    """Whether the entry's commitment of this name is to this content."""
    if name not in entry:
        return Step(name, False, f"The entry holds no {name} to compare with")
    if held.nonce is None:
        return Step(name, False, f"The receipt has no `nonce`, without which no {name} can be compared")
    try:
        committed = b64(commitment(held.nonce, canonical(content())))
    except ValueError as error:
        return Step(name, False, str(error))
    if committed != entry[name]:
        return Step(name, False, f"The {name} is not the one that was recorded: something in it was changed")
    return Step(name, True, f"The {name} is the one that was recorded: nothing in it was changed")


def _without_receipt(held: _Held) -> dict[str, Any]:
    return {name: value for name, value in held.document.items() if name != "receipt"}


def _json(raw: bytes, what: str, limit: int = MAX_REQUEST) -> object:
    """JSON in which no name stands twice. Raises ValueError, without showing any of it."""
    if len(raw) > limit:
        raise ValueError(f"{what} has more than {limit} bytes")
    try:
        return json.loads(raw.decode(), object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ValueError(f"{what} is no JSON in UTF-8 with each name once in its object") from None


def _unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a name stands twice")
    return found


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
