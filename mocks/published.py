"""A source's own contract, as it publishes it.

`?wsdl`, `?wsdl=NAME` and `?xsd=NAME` at its service (as SOAP servers do), `/openapi.yaml` below its address.
"""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import web

CONTRACTS = Path(__file__).parents[1] / "contracts"
_BESIDE = re.compile(rb'schemaLocation="(?!https?:)(?:[^"/]*/)*([^"/]+)"')


def published(slug: str, request: web.Request) -> web.Response | None:
    """The document that a request asks for, None if it asks for none. A name of none: 404."""
    if request.method != "GET":
        return None
    if request.path.endswith("/openapi.yaml"):
        return _file(CONTRACTS / slug, "openapi.yaml", "application/yaml")
    for kind in ("wsdl", "xsd"):
        if kind in request.query:
            return _file(CONTRACTS / slug, request.query[kind], "text/xml", f".{kind}")
    return None


def _file(folder: Path, name: str, media: str, suffix: str = "") -> web.Response:
    """The one file of this name below a folder, without name the only one of this suffix.

    Of its own neighbours it tells where they are published.
    """
    found = [file for file in folder.rglob("*") if (file.name == name if name else file.suffix == suffix)]
    if len(found) != 1:
        return web.Response(status=404, text="there is no such document\n")
    raw = found[0].read_bytes()
    if suffix:
        raw = _BESIDE.sub(rb'schemaLocation="?xsd=\1"', raw)
    return web.Response(body=raw, content_type=media, charset="utf-8")
