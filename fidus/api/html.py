"""The frame of a page: one file of HTML, no script, nothing from elsewhere.

Pages are built as a tree, so that every text is escaped by the serializer.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --mark: #0b6e4f; }
@media (prefers-color-scheme: dark) { :root { --mark: #6fd3ae; } }
body { font: 1rem/1.55 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1.5rem; }
h1 { font-size: 2rem; margin-bottom: 0; }
h2 { border-bottom: 1px solid var(--line); margin-top: 2.5rem; padding-bottom: .3rem; }
h3 { margin: 2rem 0 .3rem; }
code, pre { font: .9rem/1.45 ui-monospace, monospace; }
pre { background: var(--soft); border-radius: .4rem; overflow-x: auto; padding: .8rem; }
table { border-collapse: collapse; margin: .6rem 0; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem .35rem 0; text-align: left; }
th, td { vertical-align: top; }
summary { cursor: pointer; }
a { color: var(--mark); }
"""
_DIGEST: Final = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The content security policy that belongs to these pages."""

_MARKED = re.compile(r"(`[^`]+`|\*\*[^*]+\*\*)")


def new_page(title: str, language: str) -> tuple[Element, Element]:
    """A page with its heading, and the element into which the content goes."""
    page = Element("html", lang=language)
    head = SubElement(page, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    add(head, "title", title)
    add(head, "style", STYLE)
    main = SubElement(SubElement(page, "body"), "main")
    add(main, "h1", title)
    return page, main


def written(page: Element) -> bytes:
    """The page as it is sent."""
    return f"<!DOCTYPE html>\n{tostring(page, encoding='unicode', method='html')}".encode()


def add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    """A new element with this text."""
    made = SubElement(parent, tag, attributes)
    made.text = text
    return made


def prose(parent: Element, text: str) -> None:
    """Paragraphs, divided by empty lines; `code` and **strong** are the only marks that count."""
    for paragraph in filter(str.strip, text.split("\n\n")):
        marked(add(parent, "p"), " ".join(paragraph.split()))


def marked(parent: Element, text: str) -> None:
    """Text with marks, put at the end of an element that has no child yet."""
    last: Element | None = None
    for piece in filter(None, _MARKED.split(text)):
        if _MARKED.fullmatch(piece):
            last = add(parent, "code" if piece[0] == "`" else "strong", piece.strip("`*"))
        elif last is None:
            parent.text = piece
        else:
            last.tail = piece


def table(parent: Element, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """A table whose first column is code; nothing where there is no row."""
    if not rows:
        return
    made = add(parent, "table")
    line = add(add(made, "thead"), "tr")
    for head in heads:
        add(line, "th", head, scope="col")
    body = add(made, "tbody")
    for first, *others in rows:
        line = add(body, "tr")
        add(add(line, "td"), "code", first)
        for cell in others:
            marked(add(line, "td"), " ".join(cell.split()))
