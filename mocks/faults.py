"""Misbehaviour on request: which kinds there are, what each needs, and which one acts now.

| kind | needs | what the source then does |
| --- | --- | --- |
| delay | seconds | answers late |
| reset | | cuts the connection instead of answering |
| status | status | answers with that HTTP status, 400 to 599 |
| truncate | bytes | ends its answer after so many bytes |
| hugeBody | bytes | answers in so many bytes, nearly all of them filler |
| slowBody | | sends its answer byte by byte, two a second |
| doctype | | puts a DOCTYPE before its answer |
| wrongSubject | | gives another person's data |
| soapFault | | answers with a SOAP fault |
| badSignature | | changes the Body after signing |
| wrappedSignature | | moves the signed Body away and puts another in its place |
| unsigned | | does not sign |
| wrongSigner | | signs with another key under its own name |
| expired | | signs an answer that ended an hour ago |
| replayed | | gives a valid, fresh answer to another request |
| duplicateMember | | writes the first member of its JSON twice, with two values |
| errorCode | code | refuses with a SOAP fault that bears its own error code of that number |
| exceptionReport | | answers with an XML report of an exception, under status 200 |
| expiredToken | | says that the access token has expired, and takes it no more |
| tokenRefused | | gives no access token: the client is not known |
| tokenDown | | gives no access token: its token server is down |

JSON has no `doctype`: `duplicateMember` is what a careless reader of JSON lets pass instead.
`count`: how many requests it acts on (left out: until deleted). `key`: only for this subject.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_Number = int | float


def _at_least(least: _Number, most: _Number, whole: bool) -> Callable[[object], str | None]:
    """A check that gives what is wrong with a value, or None."""

    def check(value: object) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            return "must be a whole number" if whole else "must be a number"
        return None if least <= value <= most else f"must be from {least} to {most}"

    return check


_SECONDS = {"seconds": _at_least(0, 3600, whole=False)}
_BYTES = {"bytes": _at_least(0, 1 << 30, whole=True)}
KINDS: Mapping[str, Mapping[str, Callable[[object], str | None]]] = {
    "delay": _SECONDS,
    "reset": {},
    "status": {"status": _at_least(400, 599, whole=True)},
    "truncate": _BYTES,
    "hugeBody": _BYTES,
    "slowBody": {},
    "doctype": {},
    "wrongSubject": {},
    "soapFault": {},
    "badSignature": {},
    "wrappedSignature": {},
    "unsigned": {},
    "wrongSigner": {},
    "expired": {},
    "replayed": {},
}
"""Every kind of a source with signed XML, with the members that it needs."""

SIGNED_ONLY = frozenset(
    {"soapFault", "badSignature", "wrappedSignature", "unsigned", "wrongSigner", "expired", "replayed"}
)
"""Kinds that only a source with signed messages knows."""

DUPLICATE, REPORT, ERROR_CODE = "duplicateMember", "exceptionReport", "errorCode"
EXPIRED_TOKEN, NO_TOKEN = "expiredToken", frozenset({"tokenRefused", "tokenDown"})
REST_KINDS: Mapping[str, Mapping[str, Callable[[object], str | None]]] = {
    **{kind: needs for kind, needs in KINDS.items() if kind not in SIGNED_ONLY | {"doctype"}},
    DUPLICATE: {},
}
"""Kinds of every source that answers in JSON."""

PLAIN_SOAP_KINDS: Mapping[str, Mapping[str, Callable[[object], str | None]]] = {
    **{kind: KINDS[kind] for kind in KINDS if kind not in SIGNED_ONLY or kind in ("soapFault", "replayed")},
    ERROR_CODE: {"code": _at_least(0, 9999, whole=True)},
}
"""Kinds of every source that answers in SOAP without signing."""

ALL_KINDS: Mapping[str, Mapping[str, Callable[[object], str | None]]] = {
    **KINDS,
    **REST_KINDS,
    **PLAIN_SOAP_KINDS,
    **{kind: {} for kind in (REPORT, EXPIRED_TOKEN, *NO_TOKEN)},
}
"""Every kind of every source."""


@dataclass(slots=True)
class Fault:
    """One misbehaviour. `left`: how many more requests it acts on, None for all."""

    kind: str
    values: Mapping[str, _Number]
    left: int | None
    key: str | None = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """As it was given, with what is left of its count."""
        shown: dict[str, Any] = {"kind": self.kind, **self.values}
        if self.left is not None:
            shown["count"] = self.left
        if self.key is not None:
            shown["key"] = self.key
        return shown


class Faults:
    """The misbehaviours in force; the newest that matches acts."""

    def __init__(self, kinds: frozenset[str] = frozenset(KINDS)) -> None:
        self.kinds = kinds
        self._active: list[Fault] = []

    def add(self, given: object) -> Fault:
        """Put one in force. Raises ValueError that says what is wrong and what is possible."""
        fault = self._parse(given)
        self._active.append(fault)
        return fault

    def clear(self) -> None:
        """End all."""
        self._active.clear()

    def all(self) -> list[Fault]:
        """Those in force, the oldest first."""
        return list(self._active)

    def take(self, *keys: str, among: frozenset[str] | None = None) -> Fault | None:
        """The one that acts on a request about `keys`, if any. One with a count is used up by it.

        `among`: the kinds that this request knows, where a source has several sorts of requests.
        """
        for fault in reversed(self._active):
            if (fault.key is None or fault.key in keys) and (among is None or fault.kind in among):
                if fault.left is not None:
                    fault.left -= 1
                    if fault.left == 0:
                        self._active.remove(fault)
                return fault
        return None

    def _parse(self, given: object) -> Fault:
        if not isinstance(given, dict):
            raise ValueError("the body must be a JSON object")
        kind = given.get("kind")
        if not isinstance(kind, str) or kind not in self.kinds:
            raise ValueError(f"kind must be one of {', '.join(sorted(self.kinds))}")
        needed = ALL_KINDS[kind]
        _members(kind, given, needed)
        count, key = given.get("count"), given.get("key")
        if "count" in given:
            _complain("count", _at_least(1, 1_000_000, whole=True)(count))
        if "key" in given and not (isinstance(key, str) and key):
            raise ValueError("key must be the identifier of a subject, as text")
        return Fault(kind, {name: given[name] for name in needed}, count, key)


def _members(
    kind: str, given: Mapping[str, Any], needed: Mapping[str, Callable[[object], str | None]]
) -> None:
    """Raises ValueError for a member too many, too few, or with a value that cannot be."""
    unknown = sorted(set(given) - {"kind", "count", "key", *needed})
    if unknown:
        raise ValueError(
            f"{kind} has no member {unknown[0]!r}; it takes {', '.join((*needed, 'count', 'key'))}"
        )
    for name, check in needed.items():
        if name not in given:
            raise ValueError(f"{kind} needs {name}")
        _complain(name, check(given[name]))


def _complain(name: str, problem: str | None) -> None:
    if problem is not None:
        raise ValueError(f"{name} {problem}")
