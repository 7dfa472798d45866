"""Whether what is in force is what the log says was put in force: whoever can write the store could widen a
flow there, past the approvals, and no entry would tell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from audit.canonical import b64
from audit.event import Kind
from audit.files_verify import Fault
from audit.reader import Reader
from fidus.catalogue import digest
from fidus.store import catalogue

_OTHER = "The flow files in the store are not those that this entry says were applied"
_NEWEST = "What is in force is not what the newest apply, this entry, says"
_SUSPENDED = "The flows that are suspended are not those that the log tells of up to this entry"


def verify_policy(reader: Reader) -> tuple[Fault, ...]:
    """Compare each catalogue in the store, and the suspensions, with the acts in the log, which is whole.

    Acts that retention removed are not missed. Raises AuditUnavailable if the store cannot be read.
    """
    with reader.snapshot() as connection:
        acts = dict(_acts(reader, connection))
        return (*_applied(connection, acts), *_suspended(connection, acts))


def _acts(reader: Reader, connection: Connection) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for index, entry in reader.of_kind(connection, Kind.ADMIN.value):
        yield index, json.loads(entry)[Kind.ADMIN.value]


def _applied(connection: Connection, acts: Mapping[int, Mapping[str, Any]]) -> Iterator[Fault]:
    told = {index: act["digest"] for index, act in acts.items() if act["act"] == "apply"}
    held = {one.entry: one for one in catalogue.applied(connection)}
    for index, one in held.items():
        found = {b64(one.digest), b64(digest(catalogue.files_of(connection, one.epoch)))}
        if found != {told.get(index, b64(one.digest))}:
            yield Fault(index, _OTHER)
    newest = max(told, default=None)
    if newest is not None and newest != max(held, default=None):
        yield Fault(newest, _NEWEST)


def _suspended(connection: Connection, acts: Mapping[int, Mapping[str, Any]]) -> Iterator[Fault]:
    changes = {index: act for index, act in acts.items() if act["act"] in ("suspend", "resume")}
    told = {act["object"]: act["act"] == "suspend" for _, act in sorted(changes.items())}
    held = catalogue.load(connection).suspended.keys()
    if {flow for flow, suspended in told.items() if suspended} != held:
        yield Fault(max(changes, default=None), _SUSPENDED)
