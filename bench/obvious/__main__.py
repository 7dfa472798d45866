"""`python -m bench.obvious PKI SOURCE-URL FLOWS DATABASE` serves until standard input closes."""

from __future__ import annotations

import asyncio
import sys
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiohttp import web

from bench.obvious.models import Consultation, sessions
from bench.obvious.source import NationalRegister
from bench.serving import customer, mutual_tls, serve


class Gate:
    """The flows of all institutions, and the one operation."""

    def __init__(self, flows: Path, database: Path, source: NationalRegister) -> None:
        self._flows: dict[tuple[str, str], dict[str, Any]] = {}
        for file in flows.glob("*/institution.toml"):
            number = tomllib.loads(file.read_text())["number"]
            for flow in file.parent.glob("*.toml"):
                if flow != file:
                    self._flows[number, flow.stem] = tomllib.loads(flow.read_text())
        self._sessions = sessions(database)
        self._source = source

    async def consult(self, request: web.Request) -> web.Response:
        """Check, record, ask, record, answer."""
        flow_id = request.match_info["flow"]
        institution = _institution(request)
        flow = self._flows.get((institution, flow_id))
        if flow is None or not flow["valid_from"] <= date.today() <= flow["valid_until"]:
            raise web.HTTPForbidden
        body = await request.json()
        consultation_id = str(uuid4())
        consultation = Consultation(
            id=consultation_id,
            institution=institution,
            flow=flow_id,
            ssin=body["query"]["ssin"],
            case_reference=body["context"]["caseReference"],
            end_user=body["context"]["endUser"]["id"],
        )
        address = await asyncio.to_thread(self._asked, consultation, body["query"]["ssin"])
        return web.json_response(
            {
                "consultationId": consultation_id,
                "flow": flow_id,
                "answeredAt": datetime.now(UTC).isoformat(),
                "found": address is not None,
                "data": {name: {"address": address}[name] for name in flow["fields"]},
            }
        )

    def _asked(self, consultation: Consultation, ssin: str) -> dict[str, Any] | None:
        with self._sessions() as session:
            session.add(consultation)
            session.commit()
            address = self._source.address(ssin)
            consultation.outcome = "absent" if address is None else "found"
            consultation.answered_at = datetime.now(UTC)
            session.commit()
        return address


def _institution(request: web.Request) -> str:
    assert request.transport is not None
    subject = dict(pair for part in request.transport.get_extra_info("peercert")["subject"] for pair in part)
    return str(subject["organizationIdentifier"]).removeprefix("NTRBE-")


def main(pki: str, source: str, flows: str, database: str) -> None:
    """Serve."""
    folder = Path(pki)
    gate = Gate(Path(flows), Path(database), NationalRegister(source, folder, customer()))
    application = web.Application()
    application.router.add_post("/fidus/v1/flows/{flow}/consult", gate.consult)
    asyncio.run(serve(application, mutual_tls(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
