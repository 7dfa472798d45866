"""Changes of the policy: apply, suspend, resume. Each raises the epoch and is itself an entry of the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from audit.canonical import b64, canonical, moment
from audit.event import Event, Kind, Sealed
from audit.log import RAISE, Appended, Declined, Expect, Log, Write
from audit.recorder import Recorder
from fidus.approvals import check_approvals
from fidus.catalogue import digest as catalogue_digest
from fidus.catalogue import parse_catalogue
from fidus.errors import Conflict
from fidus.inforce import InForce
from fidus.model import Flow

DIGEST_FLAG: Final = "catalogue"
WORD_FLAG: Final = "source:"  # and its slug: what the operator said of it
WORDS: Final = {"block": "blockSource", "allow": "allowSource", "auto": "autoSource"}  # as entries name them
LONGEST_REASON: Final = 1000
ROOM_FOR_NAMES: Final = 48_000  # bytes, of the 65,535 of an entry


@dataclass(frozen=True, slots=True)
class Approvers:
    """Who may approve, how many of them it takes, and for which hub."""

    vkeys: tuple[str, ...]
    needed: int
    origin: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did. `index`: the entry that says so, None where nothing had changed."""

    digest: bytes
    index: int | None
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class Changes:
    """The only way by which the policy in force changes."""

    def __init__(
        self,
        in_force: InForce,
        log: Log,
        recorder: Recorder,
        approvers: Approvers,
        clock: Callable[[], datetime],
    ) -> None:
        self._in_force = in_force
        self._log = log
        self._recorder = recorder
        self._approvers = approvers
        self._clock = clock

    def approve_by(self, approvers: Approvers) -> None:
        """From now on these may approve."""
        self._approvers = approvers

    async def apply(self, files: Mapping[str, bytes], approvals: Sequence[str]) -> Applied:
        """Put these files in force, all or nothing.

        Raises ConfigurationInvalid with every fault of files and approvals, Conflict if another apply came
        between, AuditUnavailable.
        """
        await self._in_force.reload()
        former, now = self._in_force.catalogue, self._clock()
        new = await asyncio.to_thread(
            parse_catalogue, files, former.services, former.epoch + 1, former.suspended
        )
        digest = catalogue_digest(files)
        if digest == former.digest:
            return Applied(digest, None)
        names = check_approvals(
            approvals,
            self._approvers.vkeys,
            self._approvers.needed,
            self._approvers.origin,
            former.digest,
            digest,
        )
        difference = _difference(former.flows, new.flows)
        detail = {
            "act": "apply",
            "object": "catalogue",
            "digest": b64(digest),
            "approvedBy": list(names),
            **_named(difference),
        }
        row = {
            "digest": digest.hex(),
            "files": {path: text.decode("utf-8") for path, text in files.items()},
            "at": moment(now),
        }
        flag = (DIGEST_FLAG, former.digest.hex(), digest.hex())
        written = await self._write(detail, Write("catalogue", "apply", row), flag, None)
        return Applied(digest, written.index, **difference)

    async def suspend(self, flow: str, reason: str) -> int:
        """Refuse every next intent of this flow; give the entry's index. As `resume`."""
        return await self._toggle("suspend", flow, reason, wanted=True)

    async def resume(self, flow: str, reason: str) -> int:
        """Let a suspended flow go on; give the entry's index. `reason`: as typed, for the seal.

        Raises LookupError for an unknown flow, ValueError where there is nothing to change or too much to
        read, Conflict if another change came between, AuditUnavailable.
        """
        return await self._toggle("resume", flow, reason, wanted=False)

    async def say(self, source: str, word: str, reason: str) -> int:
        """Block a source, allow every call to it, or let its breaker decide again (`auto`); give the entry's
        index. It outlives a restart, and holds for the very next question on every hub.

        Raises ValueError where nothing would change, or for no such word; else as `resume`.
        """
        if word not in WORDS:
            raise ValueError(f"there is no such word; it is one of {', '.join(sorted(WORDS))}")
        _check_reason(reason)
        name, after = f"{WORD_FLAG}{source}", "" if word == "auto" else word
        await self._in_force.reload()
        before = self._in_force.words.get(source, "")
        if before == after:
            raise ValueError(f"{source} is on {word} already")
        detail = {"act": WORDS[word], "object": source}
        written = await self._write(detail, None, (name, before, after), {"reason": reason})
        return written.index

    async def _toggle(self, act: str, flow: str, reason: str, wanted: bool) -> int:
        await self._in_force.reload()
        catalogue = self._in_force.catalogue
        if flow not in catalogue.flows and (wanted or flow not in catalogue.suspended):
            raise LookupError(f"there is no flow {flow}; `fidus flow list` shows what is in force")
        if (flow in catalogue.suspended) is wanted:
            raise ValueError(f"{flow} is {'already' if wanted else 'not'} suspended")
        _check_reason(reason)
        write = Write("catalogue", act, {"flow": flow, "at": moment(self._clock())})
        flag = (f"suspended:{flow}", *(("", "yes") if wanted else ("yes", "")))
        written = await self._write({"act": act, "object": flow}, write, flag, {"reason": reason})
        return written.index

    async def _write(
        self,
        detail: Mapping[str, Any],
        write: Write | None,
        flag: tuple[str, str, str],
        typed: Mapping[str, str] | None,
    ) -> Appended:
        """Write entry and change in one transaction. `flag`: name, value before, value after, so that of two
        changes at once only one is made. What a person typed goes under the seal."""
        name, before, after = flag
        event = Event(
            kind=Kind.ADMIN,
            at=self._clock(),
            detail=detail,
            sealed=None if typed is None else Sealed(query=typed),
        )
        record = await self._recorder.record(
            event,
            numbered=False,
            epoch=RAISE,
            expects=(Expect(name, before, "before"),),
            writes=(
                *(() if write is None else (write,)),
                Write("flags", "set", {"flag": name, "value": after}),
            ),
        )
        written = await self._log.append(record)
        if isinstance(written, Declined):
            raise Conflict("another change came between; look at what is in force and try again")
        await self._in_force.reload()
        return written[0]


def _check_reason(reason: str) -> None:
    """Raises ValueError."""
    if len(reason) > LONGEST_REASON:
        raise ValueError(f"A reason has at most {LONGEST_REASON} characters")


def _named(difference: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """The flows by name, as far as an entry has room; beyond that its digest tells which files were applied,
    and the store keeps them."""
    named = {name: list(flows) for name, flows in difference.items()}
    return named if len(canonical(named)) <= ROOM_FOR_NAMES else {}


def _difference(former: Mapping[str, Flow], new: Mapping[str, Flow]) -> dict[str, tuple[str, ...]]:
    both = former.keys() & new.keys()
    return {
        "added": tuple(sorted(new.keys() - former.keys())),
        "changed": tuple(sorted(flow for flow in both if former[flow].digest != new[flow].digest)),
        "removed": tuple(sorted(former.keys() - new.keys())),
    }
