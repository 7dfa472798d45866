"""`fidus consult`: ask one question, as an institution would."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from fidus.cli.client import Client
from fidus.cli.output import complain, print_json

ApiOption = Annotated[str, typer.Option("--api", help="The hub, such as https://127.0.0.1:8443.")]
CaOption = Annotated[Path, typer.Option("--ca", help="PEM file with the issuer of the hub's certificate.")]
CertificateOption = Annotated[Path, typer.Option("--certificate", help="Your client certificate (PEM).")]
KeyOption = Annotated[Path, typer.Option("--key", help="Its private key (PEM).")]


def consult(
    flow: Annotated[str, typer.Argument(help="The flow's name.")],
    api: ApiOption,
    ca: CaOption,
    certificate: CertificateOption,
    key: KeyOption,
    body: Annotated[str, typer.Option("--body", help="A file with the body; - reads standard input.")] = "-",
    as_json: Annotated[bool, typer.Option("--json", help="Print a refusal as JSON too.")] = False,
) -> int:
    """Ask under FLOW and print the whole answer as JSON. Exit 1 where the answer is a refusal."""
    client = Client(api, ca, certificate, key)
    try:
        client.address()
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--api") from None
    text = sys.stdin.buffer.read() if body == "-" else Path(body).read_bytes()
    reply = client.post(f"/flows/{quote(flow, safe='')}/consult", text)
    if reply.status == 200 or as_json:
        print_json(reply.body)
        return 0 if reply.status == 200 else 1
    problem: dict[str, Any] = reply.body if isinstance(reply.body, dict) else {"title": reply.body[:200]}
    complain(f"{reply.status} {problem.get('title', '')}: {problem.get('detail', '')}")
    for issue in problem.get("issues", ()):
        complain(f"  {issue.get('name', '')}: {issue.get('detail', issue.get('title', ''))}")
    sys.stderr.write(json.dumps({"type": problem.get("type"), "origin": problem.get("origin")}) + "\n")
    return 1
