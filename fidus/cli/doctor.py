"""`fidus doctor`: why does my first call not work? Step by step, from the client's side."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from fidus.cli.client import Client
from fidus.cli.consult import ApiOption, CaOption, CertificateOption, KeyOption
from fidus.cli.homes import JsonOption
from fidus.cli.steps import Step, tell
from fidus.policy import brussels_day


def doctor(
    api: ApiOption,
    ca: CaOption,
    certificate: CertificateOption,
    key: KeyOption,
    flow: Annotated[str | None, typer.Option("--flow", help="Look at this flow too.")] = None,
    as_json: JsonOption = False,
) -> int:
    """Look at each step of a call: files, connection, TLS, identity, flow. Asks about nobody."""
    return tell(examine(Client(api, ca, certificate, key, timeout_s=10), flow), as_json=as_json)


def examine(client: Client, flow: str | None) -> Iterator[Step]:
    """The steps in order; ends at the first that is not right."""
    for look in (_files, _connection, _tls, _health, _identity):
        step = look(client)
        yield step
        if not step.ok:
            return
    if flow is not None:
        yield _flow(client, flow)


def _files(client: Client) -> Step:
    what = "your certificate and key"
    assert client.certificate is not None
    assert client.key is not None
    try:
        certificate = x509.load_pem_x509_certificate(client.certificate.read_bytes())
        key = load_pem_private_key(client.key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        return Step(
            what, False, f"Give readable PEM files, the key without passphrase ({type(error).__name__})"
        )
    if key.public_key() != certificate.public_key():
        return Step(what, False, "The key belongs to another certificate: give the two that belong together")
    if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
        return Step(
            what, False, f"The certificate ended or has not begun ({certificate.not_valid_after_utc})"
        )
    if not certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER):
        return Step(
            what, False, "Its subject has no organizationIdentifier (NTRBE-…): ask your issuer for one"
        )
    return Step(what, True)


def _connection(client: Client) -> Step:
    try:
        host, port = client.address()
    except ValueError as error:
        return Step("the hub's address", False, f"Correct --api: {error}")
    what = f"a connection to {host}:{port}"
    try:
        socket.create_connection((host, port), timeout=client.timeout_s).close()
    except OSError as error:
        return Step(what, False, f"Is the address right, the hub up, the firewall open? ({_reason(error)})")
    return Step(what, True)


def _tls(client: Client) -> Step:
    what, (host, port) = "TLS, and the hub's certificate", client.address()
    try:
        context = client.context()
    except OSError as error:
        return Step(what, False, f"Give the PEM file with the hub's issuer as --ca ({_reason(error)})")
    try:
        with (
            socket.create_connection((host, port), client.timeout_s) as raw,
            context.wrap_socket(raw, server_hostname=host),
        ):
            return Step(what, True)
    except ssl.SSLCertVerificationError as error:
        return Step(what, False, f"--ca does not lead to the hub's certificate: {error.verify_message}")
    except (ssl.SSLError, OSError) as error:
        return Step(
            what, False, f"The hub ended the handshake ({error}): is your certificate by a known issuer?"
        )


def _health(client: Client) -> Step:
    try:
        reply = client.get("/health")
    except OSError as error:
        return Step(
            "the hub's health", False, f"No answer under TLS ({error}): is your certificate still valid?"
        )
    state = reply.body.get("status") if isinstance(reply.body, dict) else reply.status
    return Step(
        f"the hub's health: {state}", reply.status == 200, "The hub cannot answer now: try again later"
    )


def _identity(client: Client) -> Step:
    reply = client.get("/flows")
    if reply.status == 401:
        cure = "Your key is not enrolled for the institution in your certificate: send the hub its SPKI hash"
        return Step("who you are", False, cure)
    if reply.status != 200:
        return Step("who you are", False, f"The hub answered {reply.status}: {reply.body}")
    return Step(f"who you are: an institution with {len(reply.body['items'])} flows", True)


def _flow(client: Client, flow: str) -> Step:
    reply = client.get(f"/flows/{quote(flow, safe='')}")
    what = f"the flow {flow}"
    if reply.status != 200:
        return Step(what, False, "No such flow of yours: `GET /fidus/v1/flows` lists what you may ask")
    today = brussels_day(datetime.now(UTC)).isoformat()
    begins, ends = reply.body["validFrom"], reply.body["validUntil"]
    if not begins <= today <= ends:
        return Step(what, False, f"It is in force from {begins} to {ends} only: have it renewed")
    if reply.body["suspended"]:
        return Step(what, False, "It is suspended: ask the service integrator why")
    if "api" not in reply.body["channels"]:
        granted = ", ".join(reply.body["channels"])
        return Step(what, False, f"It grants {granted} only, not this interface: have `api` granted too")
    return Step(what, True)


def _reason(error: OSError) -> str:
    return str(error.strerror or error)
