"""Which Host a link may be made of. A caller may send anything there, and what is told back must not be
somebody's number."""

from __future__ import annotations

import re
from typing import Final

_LABEL: Final = r"(?=[0-9-]*[A-Za-z])[A-Za-z0-9-]{1,63}"
_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_NAMED: Final = re.compile(
    r"(?!.*[0-9]{5})(?=.{1,253}\Z)"
    rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|{_OCTET}(?:\.{_OCTET}){{3}}|\[(?=[0-9A-Fa-f]{{0,4}}:)[0-9A-Fa-f:.]+\])"
)
_PORT: Final = re.compile(r":[0-9]{1,5}\Z")


def tellable(host: str) -> bool:
    """Whether this value of Host is a name whose parts have a letter each, or an address, and holds no long
    number but its port."""
    return _NAMED.fullmatch(_PORT.sub("", host)) is not None
