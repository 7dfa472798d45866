"""Clients gone bad: whatever they send, the hub refuses it, tells nothing, and answers the others."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
from urllib.parse import urlsplit

import pytest

from tests.attacks.bodies import BODIES, SSIN, Body
from tests.attacks.requests import BASE, FLOW, REQUESTS, Request
from tests.attacks.short import opened, said, well
from tests.journeys.alone import Alone
from tests.journeys.journal import journal_of
from tests.journeys.trial import MUNICIPALITY

pytestmark = pytest.mark.slow

STATUS = re.compile(rb"HTTP/[01]\.[019] (\d{3}) ")


def named(request: Request) -> str:
    return request.name


@pytest.mark.parametrize("request_", REQUESTS, ids=named)
def test_a_bad_request(hub: Alone, request_: Request) -> None:
    """One answer, a problem where it is none of 200; after what cannot be framed the connection ends."""
    with opened(hub) as wire:
        with contextlib.suppress(OSError):
            wire.sendall(request_.sent)
        if not request_.ends:
            with contextlib.suppress(OSError):
                wire.sendall(b"GET %b/doc HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n" % BASE)
        answer = said(wire)
    statuses = [int(status) for status in STATUS.findall(answer)]
    assert statuses, "no answer"
    assert statuses[0] in request_.statuses
    assert len(statuses) == (1 if request_.ends else len(statuses))
    assert b"secret-of-mine" not in answer
    assert b"Traceback" not in answer
    if statuses[0] >= 400:
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"application/problem+json" in head
        assert json.loads(body[: length(head)])["status"] == statuses[0]
    assert well(hub)


def length(head: bytes) -> int:
    found = re.search(rb"(?i)content-length: (\d+)", head)
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.name)
def test_a_bad_body(hub: Alone, body: Body) -> None:
    """A problem that repeats nothing; the refusal is recorded, as every one of an institution."""
    before = refusals(hub)
    client = hub.client(MUNICIPALITY)
    parts = urlsplit(client.api)
    connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, context=client.context())
    with contextlib.closing(connection):
        connection.putrequest("POST", f"{BASE.decode()}/flows/{FLOW}/consult")
        for name, value in (
            ("Content-Type", body.kind),
            ("Content-Length", str(len(body.sent))),
            *body.headers,
        ):
            if value:
                connection.putheader(name, value)
        connection.endheaders()
        with contextlib.suppress(OSError):
            connection.send(body.sent)
        told = connection.getresponse()
        text = told.read().decode()
    assert told.status == body.status
    assert told.headers["Content-Type"] == "application/problem+json"
    assert SSIN not in text
    assert "SELECT" not in text
    assert json.loads(text)["origin"] == "caller"
    assert refusals(hub) == before + 1
    assert well(hub)


def refusals(hub: Alone) -> int:
    """How many entries the log has of refusals."""
    with journal_of(hub.home.folder) as journal:
        return sum(entry["kind"] == "refusal" for entry in journal.entries())
