"""The receipt of a consultation, against the newest checkpoint."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Protocol
from uuid import UUID

from audit.log import Log
from audit.recorder import Recorder
from fidus.errors import Conflict, NotFound
from fidus.model import Caller


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
        try:
            identifier = UUID(consultation)
        except ValueError:
            raise NotFound from None
        index, entry = await asyncio.to_thread(self._outcome, caller, identifier)
        receipt: dict[str, Any] = {"index": index}
        opened = self._recorder.open_sealed(entry)
        if opened is not None and "answerNonce" in opened:
            receipt["nonce"] = opened["answerNonce"]
        receipt["proof"] = await self._log.prove(index)
        return {"consultationId": str(identifier), "outcome": entry["outcome"], "receipt": receipt}

    def _outcome(self, caller: Caller, consultation: UUID) -> tuple[int, dict[str, Any]]:
        intent = self._entries.intent_of(consultation)
        if intent is None:
            raise NotFound
        asked = json.loads(self._entries.entry(intent))
        if caller.institution not in (asked["institution"], asked.get("actor")):
            raise NotFound
        outcome = self._entries.outcome_of(consultation)
        if outcome is None:
            raise Conflict("this consultation is still open")
        return outcome, json.loads(self._entries.entry(outcome))
