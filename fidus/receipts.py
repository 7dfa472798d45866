"""The receipt of a consultation, against the newest checkpoint."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, Final, Protocol
from uuid import UUID

from audit.log import Log
from audit.recorder import Recorder
from fidus.errors import Conflict, NotFound
from fidus.model import Caller

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Entries(Protocol):
    """What is read of the log. Each raises AuditUnavailable where the store cannot be read."""

    def entry(self, index: int) -> bytes: ...
    def intent_of(self, consultation: UUID) -> int | None: ...
    def outcome_of(self, consultation: UUID) -> int | None: ...


class Receipts:
    """Gives receipts to the flow's institution, or to the one whose key called."""

    def __init__(self, log: Log, entries: Entries, recorder: Recorder) -> None:
        self._log = log
        self._entries = entries
        self._recorder = recorder

    async def receipt(self, caller: Caller, consultation: str) -> dict[str, Any]:
        """{consultationId, outcome, receipt: {index, nonce?, proof}}.

        The nonce is left out once its key is destroyed, and for `interrupted`, which has none. Raises
        NotFound (unknown and another's alike), Conflict while it is open, AuditUnavailable.
        """
        if not _UUID.fullmatch(consultation):
            raise NotFound
        index, outcome, nonce = await asyncio.to_thread(self._outcome, caller, UUID(consultation))
        receipt = {"index": index, **nonce, "proof": await self._log.prove(index)}
        return {"consultationId": consultation, "outcome": outcome, "receipt": receipt}

    def _outcome(self, caller: Caller, consultation: UUID) -> tuple[int, str, dict[str, str]]:
        """Index of the outcome, what it is, and {"nonce"} or nothing. Reads store and keys: in a thread."""
        intent = self._entries.intent_of(consultation)
        if intent is None:
            raise NotFound
        asked = json.loads(self._entries.entry(intent))
        if caller.institution not in (asked["institution"], asked.get("actor")):
            raise NotFound
        index = self._entries.outcome_of(consultation)
        if index is None:
            raise Conflict("this consultation is still open")
        entry = json.loads(self._entries.entry(index))
        sealed = self._recorder.open_sealed(entry) or {}
        nonce = {"nonce": sealed["answerNonce"]} if "answerNonce" in sealed else {}
        return index, entry["outcome"], nonce
