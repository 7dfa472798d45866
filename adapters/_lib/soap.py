"""SOAP 1.1 over HTTPS, client side: one POST, an answer of bounded size, each trouble as the error it is."""

from __future__ import annotations

from adapters._lib.answers import HttpQuestion, check_status
from adapters._lib.http import HttpClient, Site
from adapters._lib.multipart import MEDIA_TYPE, MultipartRefused, root_part
from adapters._lib.names import SOAP, q
from adapters._lib.xml import MAX_BYTES, XmlRefused, parse
from fidus.errors import SourceAnswerInvalid


class SoapClient:
    """Connections to one source, kept alive. Opens none before it is told to. Never sends anything twice."""

    def __init__(self, source: str, site: Site) -> None:
        """Reads the files of the site. Raises ConfigurationInvalid."""
        self._source = source
        self.http = HttpClient(source, site, most=MAX_BYTES)
        self._headers = {
            "Content-Type": "text/xml; charset=utf-8",
            "Accept": f"text/xml, {MEDIA_TYPE}",
            "Accept-Encoding": "identity",
        }

    async def post(self, envelope: bytes, action: str, *, faults: bool = False) -> bytes:
        """Send an envelope by this SOAPAction and give that of the answer, at most MAX_BYTES. No deadline of
        its own. `faults`: give a fault too, which comes under status 500 (SOAP 1.1 §6.2).

        Raises SourceUnavailable: refused, cut before an answer began, not the right certificate, 429 or 503.
        SourceFault: any other status but 200. SourceAnswerInvalid: cut off, too large, not HTTP, not text/xml
        (SOAP 1.1 §6: nothing else may be read as an envelope) nor the first part of multipart/related.
        """
        answer = await self.http.send(
            HttpQuestion("POST", "", {**self._headers, "SOAPAction": f'"{action}"'}, envelope)
        )
        told = faults and answer.status == 500 and answer.plain and answer.content_type == "text/xml"
        if not (told and is_fault(answer.body)):
            check_status(self._source, answer)
        if answer.content_type == MEDIA_TYPE:
            try:
                return root_part(answer.body)
            except MultipartRefused as refused:
                raise SourceAnswerInvalid(self._source, str(refused)) from None
        if answer.content_type != "text/xml":
            raise SourceAnswerInvalid(self._source, "the answer is of another media type than text/xml")
        return answer.body


def is_fault(raw: bytes) -> bool:
    """True for a SOAP fault, signed or not. It says that there is no answer; nothing more is read of it."""
    if b"Fault" not in raw:  # names cannot be written otherwise in UTF-8
        return False
    try:
        root = parse(raw)
    except XmlRefused:
        return False
    return root.tag == q(SOAP, "Envelope") and root.find(f"{q(SOAP, 'Body')}/{q(SOAP, 'Fault')}") is not None
