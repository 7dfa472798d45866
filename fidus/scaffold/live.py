"""A source's contract as it publishes it today, fetched and held against ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import yaml
from lxml import etree

from adapters._lib.answers import HttpQuestion, Send, check_status
from adapters._lib.xml import XmlRefused, parse
from fidus.errors import SourceAnswerInvalid
from fidus.scaffold import openapi_facts, xml_facts
from fidus.scaffold.compare import Difference, differences

MOST_DOCUMENTS: Final = 100
MAX_DEPTH: Final = 100
_OPENING: Final = (
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
)
_CLOSING: Final = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)
_POINTS: Final = (f"{{{xml_facts.XSD}}}import", f"{{{xml_facts.XSD}}}include", f"{{{xml_facts.WSDL}}}import")


async def compare(source: str, send: Send, target: str, ours: Path) -> list[Difference]:
    """Our file against what the source publishes at `target`, a path of its host.

    WSDL and XML Schema with all that they import; OpenAPI in YAML or JSON. Raises SourceError, OSError.
    """
    if ours.suffix in (".yaml", ".json"):
        mine = openapi_facts.facts_of(yaml.safe_load(ours.read_text(encoding="utf-8")))
        return differences(mine, _openapi(source, await _fetch(source, send, target)))
    return differences(
        xml_facts.facts_of(_our_documents(ours)),
        xml_facts.facts_of(await _documents(source, send, target)),
    )


def _our_documents(file: Path) -> Iterable[etree._Element]:
    waiting, seen = [file.resolve()], set[Path]()
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            root = parse(file.read_bytes())
            waiting += [(file.parent / beside).resolve() for beside in _beside(root)]
            yield root


async def _documents(source: str, send: Send, target: str) -> list[etree._Element]:
    """What stands there and all that it points to; of an address elsewhere only path and query are taken:
    the host is the one that the settings name."""
    waiting, seen, roots = [target], set[str](), []
    while waiting:
        target = waiting.pop()
        if target in seen:
            continue
        seen.add(target)
        if len(seen) > MOST_DOCUMENTS:
            raise SourceAnswerInvalid(source, "its contract has more documents than are taken")
        try:
            root = parse(await _fetch(source, send, target))
        except XmlRefused:
            raise SourceAnswerInvalid(source, "its contract is not XML as it is taken") from None
        roots.append(root)
        waiting += [_target(target, beside) for beside in _beside(root)]
    return roots


def _beside(root: etree._Element) -> list[str]:
    """Where the documents lie to which this one points."""
    places = [node.get("schemaLocation") or node.get("location") for node in root.iter(*_POINTS)]
    return [place for place in places if place]


def _target(base: str, reference: str) -> str:
    parts = urlsplit(reference)
    query = f"?{parts.query}" if parts.query else ""
    if not parts.path:
        return f"{base.partition('?')[0]}{query}"
    if parts.path.startswith("/"):
        return f"{parts.path}{query}"
    return f"{base.partition('?')[0].rpartition('/')[0]}/{parts.path}{query}"


async def _fetch(source: str, send: Send, target: str) -> bytes:
    answer = await send(HttpQuestion("GET", target, {"Accept": "*/*", "Accept-Encoding": "identity"}))
    check_status(source, answer)
    return answer.body


def _openapi(source: str, raw: bytes) -> Mapping[str, str]:
    """What YAML, of which JSON is a part, says. Raises SourceAnswerInvalid."""
    try:
        text = raw.decode()
        document = None if _is_deep(text) else yaml.safe_load(text)
        if isinstance(document, dict):
            return openapi_facts.facts_of(document)
    except (yaml.YAMLError, ValueError, RecursionError):
        pass
    raise SourceAnswerInvalid(source, "its contract is not OpenAPI as it is taken")


def _is_deep(text: str) -> bool:
    """Whether it nests deeper than is taken. Raises yaml.YAMLError."""
    depth = 0
    for token in yaml.scan(text, yaml.SafeLoader):
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if depth > MAX_DEPTH:
            return True
    return False
