"""What an operator can have done, by the hub that runs or by a command that opens the store itself."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from audit.event import Event, Kind, Outcome, Sealed
from audit.search import REFUSED, Criteria, search
from fidus.app import Hub
from fidus.control import Operation
from fidus.model import Catalogue, Subject, SubjectRole, SubjectType
from fidus.policy import told_fields
from fidus.revocation import Watched


def operations(hub: Hub) -> Mapping[str, Operation]:
    """By name, each with one JSON object in and one out."""

    async def apply(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        files = {path: base64.b64decode(text) for path, text in arguments["files"].items()}
        applied = await hub.changes.apply(files, arguments["approvals"])
        return {
            "digest": applied.digest.hex(),
            "index": applied.index,
            "added": list(applied.added),
            "changed": list(applied.changed),
            "removed": list(applied.removed),
        }

    async def suspend(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"index": await hub.changes.suspend(arguments["flow"], arguments["reason"])}

    async def resume(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"index": await hub.changes.resume(arguments["flow"], arguments["reason"])}

    async def flows(_: Mapping[str, Any]) -> Mapping[str, Any]:
        return _flows(hub.catalogue)

    async def look(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        return await _search(hub, arguments)

    async def crls(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if arguments["refresh"]:
            await hub.crls.refresh()
        return {"issuers": [_crl(one, hub.now()) for one in hub.trust.revocation.watched]}

    return {
        "apply": apply,
        "suspend": suspend,
        "resume": resume,
        "flows": flows,
        "search": look,
        "crls": crls,
        **_about_sources(hub),
    }


def _crl(watched: Watched, now: datetime) -> Mapping[str, Any]:
    """What is known of an issuer's revocations; of the list nothing where there is none."""
    told = {"name": watched.name, "freshness": watched.freshness(now).value}
    if watched.crl is None:
        return told
    until = watched.crl.next_update.isoformat()
    return {**told, "number": watched.crl.number, "nextUpdate": until, "revoked": len(watched.crl.revoked)}


def _about_sources(hub: Hub) -> Mapping[str, Operation]:
    async def sources(_: Mapping[str, Any]) -> Mapping[str, Any]:
        reachable, gates = await hub.sources.reachable(), hub.sources.look()
        return {
            "sources": [{"slug": slug, "reachable": reachable[slug], **gate} for slug, gate in gates.items()]
        }

    async def say(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        source = arguments["source"]
        if source not in hub.sources.gates:
            raise LookupError(f"there is no source {source} here; `fidus source list` shows which there are")
        return {"index": await hub.changes.say(source, arguments["word"], arguments["reason"])}

    return {"sources": sources, "say": say}


def _flows(catalogue: Catalogue) -> Mapping[str, Any]:
    """What is in force, for people and programs."""
    return {
        "epoch": catalogue.epoch,
        "digest": catalogue.digest.hex(),
        "flows": [
            {
                "id": flow.id,
                "institution": flow.institution,
                "service": flow.service,
                "mode": flow.mode.value,
                "fields": list(told_fields(flow, catalogue.services[flow.service])),
                "purpose": dict(flow.purpose),
                "legalBasis": list(flow.legal_basis),
                "channels": sorted(flow.channels),
                "validFrom": flow.valid_from.isoformat(),
                "validUntil": flow.valid_until.isoformat(),
                "suspended": flow.id in catalogue.suspended,
                "digest": flow.digest.hex(),
            }
            for flow in sorted(catalogue.flows.values(), key=lambda flow: flow.id)
        ],
    }


async def _search(hub: Hub, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Search, and record that it was done before anything is shown."""
    criteria = _criteria(arguments)
    found = await asyncio.to_thread(
        search,
        hub.reader,
        hub.recorder,
        criteria,
        limit=int(arguments.get("limit", 100)),
        cursor=arguments.get("cursor"),
    )
    detail = {"act": "search", "query": criteria.shape(), "count": len(found.rows)}
    looked_for = criteria.identifier
    asked = () if looked_for is None else (Subject(*looked_for, SubjectRole.ASKED),)
    event = Event(kind=Kind.READ, at=hub.now(), detail=detail, sealed=Sealed(subjects=asked))
    await hub.log.append(await hub.recorder.record(event, numbered=False))
    rows = [{name: value for name, value in asdict(row).items() if value is not None} for row in found.rows]
    return {"rows": rows, "cursor": found.cursor}


def _criteria(arguments: Mapping[str, Any]) -> Criteria:
    """From plain words. Raises ValueError naming the member and what it takes, never its value."""
    identifier = arguments.get("identifier")
    outcome = _one_of(arguments, "outcome", (*Outcome, REFUSED))
    kind, role = _one_of(arguments, "kind", (*Kind,)), _one_of(arguments, "role", (*SubjectRole,))
    return Criteria(
        identifier=None if identifier is None else (SubjectType(identifier[0]), identifier[1]),
        role=None if role is None else SubjectRole(role),
        flow=arguments.get("flow"),
        institution=arguments.get("institution"),
        kind=None if kind is None else Kind(kind),
        outcome=outcome,
        since=_moment(arguments, "since"),
        until=_moment(arguments, "until"),
    )


def _one_of(arguments: Mapping[str, Any], name: str, values: Sequence[str]) -> str | None:
    given = arguments.get(name)
    if given is None or given in values:
        return given
    raise ValueError(f"{name}: there is no such one; it is one of {', '.join(values)}")


def _moment(arguments: Mapping[str, Any], name: str) -> datetime | None:
    given = arguments.get(name)
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None:
        raise ValueError(f"{name}: write a time with its time zone, such as 2026-10-01T00:00:00+02:00")
    return moment
