"""Features of a WFS 2.0.0 (OGC 09-025r2): asked by key-value pairs and a filter, answered in GeoJSON.

What is wrong comes as an exception report in XML (OGC 06-121r9 §8), whatever the status of HTTP says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from lxml import etree

from adapters._lib.answers import HttpAnswer, HttpQuestion, Send
from adapters._lib.codes import NotAsAgreed
from adapters._lib.rest import RestClient
from adapters._lib.xml import XmlRefused, parse
from fidus.errors import SourceAnswerInvalid, SourceFault

FES: Final = "http://www.opengis.net/fes/2.0"
XML_TYPES: Final = frozenset({"application/xml", "text/xml", "application/gml+xml"})
MOST: Final = 1_000  # features of one answer
_NOT_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2


def filter_xml(equal: Mapping[str, str]) -> str:
    """A filter (OGC 09-026r2) for features of which each attribute has its value.

    Raises NotAsAgreed for a value with a character that XML does not have: it can only come from a source.
    """
    if any(_NOT_XML.search(text) for pair in equal.items() for text in pair):
        raise NotAsAgreed("a key in the answer holds what XML does not have")
    operators = "".join(
        f"<PropertyIsEqualTo><ValueReference>{escape(name)}</ValueReference>"
        f"<Literal>{escape(value)}</Literal></PropertyIsEqualTo>"
        for name, value in equal.items()
    )
    inner = f"<And>{operators}</And>" if len(equal) > 1 else operators
    return f'<Filter xmlns="{FES}">{inner}</Filter>'


class WfsClient:
    """Asks one WFS. `path`: below the site's address; `system`: of the coordinates in its answers."""

    def __init__(self, source: str, send: Send, path: str, system: str) -> None:
        self._source = source
        self._send = send
        self._path = path
        self._system = system
        self._rest = RestClient(source, self._sent, absent=frozenset())

    async def features(self, layer: str, equal: Mapping[str, str]) -> Any:
        """The JSON of the features of a layer of which each attribute has its value.

        Raises SourceError, a report as SourceFault, and NotAsAgreed as `filter_xml` does.
        """
        asked = {
            "service": "WFS",
            "version": "2.0.0",
            "request": "GetFeature",
            "typeNames": layer,
            "outputFormat": "application/json",
            "srsName": self._system,
            "filter": filter_xml(equal),
            "count": str(MOST),
        }
        return await self._rest.get(f"{self._path}?{urlencode(asked)}")

    async def _sent(self, question: HttpQuestion) -> HttpAnswer:
        answer = await self._send(question)
        if answer.status == 200 and answer.content_type in XML_TYPES:
            raise self._reported(answer.body)
        return answer

    def _reported(self, body: bytes) -> SourceFault | SourceAnswerInvalid:
        """What XML in the place of features means."""
        try:
            root = parse(body)
        except XmlRefused as refused:
            return SourceAnswerInvalid(self._source, str(refused))
        if etree.QName(root).localname in ("ExceptionReport", "ServiceExceptionReport"):
            return SourceFault(self._source, "it reported an exception under HTTP 200")
        return SourceAnswerInvalid(self._source, "the answer is XML in the place of features")
