"""What clients were told, what the source was asked and what is published, each against the log."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import rfc8785

from audit.files_verify import verify_files
from audit.note import LOG, NoteKey, VerifierKey
from audit.receipt import verify_receipt
from audit.tilereader import TileReader
from fidus.demo.home import ORIGIN
from tests.crash.client import Asking, Told
from tests.crash.recount import REFUSALS_A_MINUTE, Ledger, Signed, sha256

OUTCOMES = {True: ("found", "confirmed"), False: ("absent",)}


def acknowledged(ledger: Ledger, askings: Iterable[Asking]) -> list[str]:
    """Whatever a client was told that is not in the log, or otherwise."""
    members = ledger.members
    refusals = {entry["traceIds"]["own"]: entry for entry in members if entry["kind"] == "refusal"}
    ended, key = ledger.ended(), NoteKey(ORIGIN, ledger.seed, LOG).verifier
    faults: list[str] = []
    for asking in askings:
        told = asking.told
        if told is None or _unrecorded(told):
            continue
        name = f"{asking.flow} {told.status} {told.reason}"
        if told.status == 200:
            faults += (f"{name}: {what}" for what in _answer(ledger, key, asking, told))
        elif "consultationId" in told.body:
            outcome = ended.get(told.body["consultationId"], {})
            if (outcome.get("outcome"), outcome.get("error")) != ("failed", told.reason):
                faults.append(f"{name}: its outcome is not in the log")
        elif refusals.get(told.trace, {}).get("error") != told.reason:
            faults.append(f"{name}: the refusal is not in the log")
    return faults


def _unrecorded(told: Told) -> bool:
    """Whether it says that nothing can be recorded, or that it was one refusal too many to be."""
    if told.status == 503:
        return bool(told.body["origin"] == "hub")
    return told.status == 429 and told.body.get("limit") == REFUSALS_A_MINUTE


def _answer(ledger: Ledger, key: VerifierKey, asking: Asking, told: Told) -> Iterator[str]:
    receipt, answer = told.body["receipt"], dict(told.body)
    del answer["receipt"]
    if receipt["index"] >= len(ledger.entries):
        yield "its outcome is not in the log"
        return
    entry = ledger.members[receipt["index"]]
    if entry["consultation"] != told.body["consultationId"]:
        yield "its receipt names the entry of another consultation"
    if entry["outcome"] not in OUTCOMES[told.body["found"]]:
        yield "the log has another outcome"
    extra = base64.b64encode(ledger.entries[receipt["index"]]).decode()
    if f"\nextra {extra}\n" not in receipt["proof"]:
        yield "its proof brings another entry along"
    nonce = base64.b64decode(receipt["nonce"])
    if base64.b64decode(entry["answer"]) != sha256(nonce, rfc8785.dumps(answer)):
        yield "the log commits to another answer"
    report = verify_receipt(told.body, key, asking.body)
    yield from (step.text for step in report.steps if not step.ok)


def asked(ledger: Ledger, askings: Iterable[Asking], items: Iterable[dict[str, Any]]) -> list[str]:
    """Whatever reached the source without a durable intent before it. `items`: of the mock's /asked."""
    begun: defaultdict[str, list[str]] = defaultdict(list)
    intents = {entry["traceIds"].get("related"): entry for entry in ledger.of_kind("intent")}
    for asking in askings:
        if asking.trace in intents:
            begun[asking.subject].append(intents[asking.trace]["at"])
    reached: defaultdict[str, list[str]] = defaultdict(list)
    messages: set[str] = set()
    faults = []
    for item in items:
        reached[item["key"]].append(item["at"])
        if item["messageId"] in messages:
            faults.append("the source got one message twice")
        messages.add(item["messageId"])
    for subject, times in reached.items():
        intended = sorted(begun[subject])
        if len(times) > len(intended):
            faults.append(f"the source was asked {len(times)} times on {len(intended)} intents")
        elif any(at < intent for at, intent in zip(sorted(times), intended, strict=False)):
            faults.append("the source was asked before the intent")
    return faults


def published(ledger: Ledger, home: Path) -> list[str]:
    """Whatever is wrong with the published files, which may lag behind the log and never be ahead."""
    checkpoint = home / "log" / "checkpoint"
    if not checkpoint.exists():
        return []
    signed = Signed.open(checkpoint.read_text(encoding="utf-8"), ledger.seed)
    if signed.size > ledger.size:
        return [f"{signed.size} entries are published, the log has {ledger.size}"]
    faults = [] if signed.root == ledger.roots()[signed.size] else ["another tree is published"]
    reader = TileReader.open(str(home / "log"))
    report = verify_files(reader, NoteKey(ORIGIN, ledger.seed, LOG).verifier)
    faults += [fault.what for fault in report.faults]
    if (
        not faults
        and [reader.entry(index, signed.size) for index in range(signed.size)]
        != [*ledger.entries][: signed.size]
    ):
        faults.append("other entries are published")
    return faults
