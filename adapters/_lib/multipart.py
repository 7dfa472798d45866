"""The envelope of a multipart/related answer, as stacks with MTOM send it (RFC 2387; MTOM 1.0 §3).

No contract here has binary content, so attachments are counted and never read: an envelope that refers to one
(`xop:Include`) is against its contract and is refused where that is checked.
"""

from __future__ import annotations

import re
from typing import Final

MEDIA_TYPE: Final = "multipart/related"
MOST_PARTS: Final = 8
MOST_HEAD: Final = 4_096  # bytes of the headers of one part
_ROOTS: Final = ("text/xml", "application/xop+xml")
_PLAIN: Final = ("", "7bit", "8bit", "binary")
_BOUNDARY: Final = re.compile(
    rb"(?:\r\n)?--([0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-])[ \t]*\r\n"
)


class MultipartRefused(ValueError):
    """Not multipart as it is taken here. The text is a fixed phrase and never quotes the answer."""


def root_part(raw: bytes) -> bytes:
    """The content of the first part, which holds the envelope; the whole is in memory already.

    Taken: at most MOST_PARTS parts up to the closing boundary, each with headers of at most MOST_HEAD bytes;
    the first is XML in UTF-8 and not encoded. Raises MultipartRefused.
    """
    opened = _BOUNDARY.match(raw)
    if opened is None:
        raise MultipartRefused("the answer does not begin with the boundary of its parts")
    parts = raw[opened.end() :].split(b"\r\n--" + opened[1])
    if len(parts) < 2 or not parts[-1].startswith(b"--") or parts[-1][2:].strip():
        raise MultipartRefused("the answer does not end with the boundary of its parts")
    if len(parts) - 1 > MOST_PARTS:
        raise MultipartRefused("the answer has more parts than are taken")
    contents = [_opened(part if at == 0 else part.lstrip(b" \t")) for at, part in enumerate(parts[:-1])]
    head, content = contents[0]
    kind, *parameters = (one.strip().lower() for one in head.get("content-type", "").split(";"))
    charsets = [one.partition("=")[2].strip('" ') for one in parameters if one.startswith("charset")]
    if kind not in _ROOTS or any(charset != "utf-8" for charset in charsets):
        raise MultipartRefused("the first part is not XML in UTF-8")
    if head.get("content-transfer-encoding", "").lower() not in _PLAIN:
        raise MultipartRefused("the first part is encoded")
    return content


def _opened(part: bytes) -> tuple[dict[str, str], bytes]:
    """Headers by name in small letters, and content."""
    head, found, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not found or len(head) > MOST_HEAD or not head.isascii():
        raise MultipartRefused("a part has no headers, or more than are taken")
    lines = re.sub(r"\r\n[ \t]+", " ", head.decode("ascii")).split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if name.lower() in headers:
            raise MultipartRefused("a part has a header twice")
        headers[name.lower()] = value.strip()
    return headers, content
