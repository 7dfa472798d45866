"""UrbIS by requests: one GET, its JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.plain.session import plain_session


def client(url: str, pki: Path, query: Mapping[str, Any]) -> Callable[[], Any]:
    """Looks for this address."""
    session = plain_session(pki)
    asked = {"language": "", "address": query["addressText"], "spatialReference": "31370"}

    def ask() -> Any:
        answer = session.get(f"{url}/localization/Rest/Localize/getaddresses", params=asked, timeout=10)
        answer.raise_for_status()
        return answer.json()["result"][0]

    return ask
