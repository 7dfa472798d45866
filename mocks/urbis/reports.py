"""Exception reports (OGC 06-121r9 §8), in which a WFS says that something is wrong."""

from __future__ import annotations

from lxml import etree

OWS = "http://www.opengis.net/ows/1.1"
MEDIA = "application/xml"


class Report(Exception):
    """What is wrong: a code of the standard, the parameter, and a sentence without any value."""

    def __init__(self, code: str, locator: str | None, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.locator = locator
        self.text = text

    def xml(self) -> bytes:
        """The report as it goes out."""
        root = etree.Element(f"{{{OWS}}}ExceptionReport", nsmap={"ows": OWS}, version="2.0.0")
        one = etree.SubElement(root, f"{{{OWS}}}Exception", exceptionCode=self.code)
        if self.locator is not None:
            one.set("locator", self.locator)
        etree.SubElement(one, f"{{{OWS}}}ExceptionText").text = self.text
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
