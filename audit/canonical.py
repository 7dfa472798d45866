"""The one way in which anything is written before it is hashed, sealed or stored: RFC 8785, base64, UTC."""

from __future__ import annotations

import hashlib
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import rfc8785

_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")

_EXACT: Final = 2**53 - 1  # integers up to here are the same in every JSON reader
_SIMPLE: Final = frozenset({str, bool, type(None)})


def canonical(value: object) -> bytes:
    """The RFC 8785 form of a JSON value, UTF-8, no final newline.

    Mappings stand for objects, lists and tuples for arrays. Raises ValueError for what has no such form:
    a type that JSON lacks, a key that is no text, a lone surrogate, an integer beyond 2^53-1, NaN or
    infinity, nesting without end. Its text never shows the value, which may identify a person.
    """
    try:
        return quickly(value, orjson.OPT_SORT_KEYS) or rfc8785.dumps(_plain(value))
    except rfc8785.IntegerDomainError:
        problem = "an integer beyond 2^53-1"
    except rfc8785.FloatDomainError:
        problem = "a number that is not finite"
    except UnicodeEncodeError:
        problem = "a lone surrogate in a name"
    except RecursionError:
        problem = "nesting that is too deep"
    except rfc8785.CanonicalizationError:
        problem = "a lone surrogate, or a type or name that JSON does not have"
    raise ValueError(f"No canonical JSON (RFC 8785) for this value: it holds {problem}")


def quickly(value: object, options: int = 0) -> bytes:
    """JSON by a library in machine code, where that writes what the standard library does; b"" where it would
    not, or cannot (a lone surrogate, nesting deeper than it takes)."""
    if not _is_usual(value):
        return b""
    try:
        return orjson.dumps(value, option=options)
    except orjson.JSONEncodeError:
        return b""


def _is_usual(value: Any) -> bool:
    """Whether orjson writes this value as RFC 8785 does, at a hundredth of the cost.

    It does unless there are floats, which it spells otherwise, or names beyond ASCII, which it may order
    otherwise (§3.2.3 orders by UTF-16). Whatever is not exactly one of JSON's own types is not judged here.
    """
    kind = type(value)
    if kind is dict:
        for name, member in value.items():
            if type(name) is not str or not name.isascii():
                return False
            if type(member) not in _SIMPLE and not _is_usual(member):
                return False
        return True
    if kind is list or kind is tuple:
        return all(type(item) in _SIMPLE or _is_usual(item) for item in value)
    return kind in _SIMPLE or (kind is int and -_EXACT <= value <= _EXACT)


def _plain(value: object) -> Any:
    """Read-only mappings as dicts, which is what the library takes; everything else as it is."""
    if isinstance(value, Mapping):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def commitment(nonce: bytes, canonical_form: bytes) -> bytes:
    """SHA-256(nonce ‖ canonical form), 32 bytes: shows what was asked or told to nobody without the nonce
    (formats.md §3)."""
    return hashlib.sha256(nonce + canonical_form).digest()


def b64(data: bytes) -> str:
    """Standard base64 with padding, as every hash, key and nonce in JSON."""
    return b2a_base64(data, newline=False).decode("ascii")


def unb64(text: str) -> bytes:
    """The bytes behind `b64`. Raises ValueError for any other spelling, so that one value has one text."""
    try:
        data = a2b_base64(text, strict_mode=True)
    except ValueError:
        raise ValueError("Not standard base64 with padding") from None
    if b64(data) != text:
        raise ValueError("Not the one standard base64 spelling of these bytes")
    return data


def moment(at: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS.ffffffZ`. Raises ValueError for a time without zone, which is no moment."""
    if at.tzinfo is None:
        raise ValueError("A moment needs a time zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def parse_moment(text: str) -> datetime:
    """The moment that `moment` wrote, in UTC. Raises ValueError for any other spelling."""
    if not _MOMENT.fullmatch(text):
        raise ValueError("A moment reads YYYY-MM-DDTHH:MM:SS.ffffffZ")
    return datetime.fromisoformat(text)
