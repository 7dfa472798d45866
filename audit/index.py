"""Search tags: how an identifier is found again without standing in the log or its index.

A tag is HMAC-SHA-256 with the tag key of its epoch over

    <type> 0x00 <normal form of the identifier>

both UTF-8, `type` one of person, enterprise, establishment, vehicle, address. 32 bytes. Equal exactly
where type and normal form are equal; without the key nobody can try numbers. Tags stand beside the log,
never in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from audit.log import Tag
from fidus.model import Subject, SubjectType

_SEPARATORS: Final = re.compile(r"[\s./·-]")
_ADDRESS: Final = re.compile(r"([0-9]{5})/([0-9]+)/([^\n]*)")


def normalise(type_: SubjectType, identifier: str) -> str:
    """The one spelling under which an identifier is sealed and tagged (formats.md §2).

    Taken are: persons as 11 digits; enterprises (also with `BE` before them) and establishments as 10, each
    with blanks, dots, dashes and slashes anywhere; vehicles as `plate:<country>:<plate>` or `vin:<17>`, in
    any case; addresses as `<nisCode>/<streetCode>/<houseNumber>/<box>`, in any case, the last part and its
    slash being optional. Check digits are not judged here.

    Raises ValueError naming the rule, never the value.
    """
    return _RULES[type_](identifier)


def _digits(count: int, what: str) -> Callable[[str], str]:
    form = re.compile(rf"[0-9]{{{count}}}")

    def rule(identifier: str) -> str:
        if form.fullmatch(identifier):
            return identifier
        digits = _SEPARATORS.sub("", identifier)
        if not form.fullmatch(digits):
            raise ValueError(f"{what} has {count} digits")
        return digits

    return rule


_ten_digits = _digits(10, "An enterprise number")


def _enterprise(identifier: str) -> str:
    return _ten_digits(re.sub(r"\A\s*[Bb][Ee]", "", identifier))


def _vehicle(identifier: str) -> str:
    kind, _, rest = identifier.strip().partition(":")
    if kind.lower() == "vin":
        vin = _SEPARATORS.sub("", rest).upper()
        if re.fullmatch(r"[A-HJ-NPR-Z0-9]{17}", vin):
            return f"vin:{vin}"
    if kind.lower() == "plate":
        country, _, plate = (_SEPARATORS.sub("", part).upper() for part in rest.partition(":"))
        if re.fullmatch(r"[A-Z]{1,3}", country) and re.fullmatch(r"[A-Z0-9]+", plate):
            return f"plate:{country}:{plate}"
    raise ValueError("A vehicle reads plate:<country>:<letters and digits> or vin:<17 letters and digits>")


def _address(identifier: str) -> str:
    match = _ADDRESS.fullmatch(identifier.strip())
    if match is None:
        raise ValueError("An address reads <nisCode, 5 digits>/<streetCode>/<houseNumber>/<box>")
    municipality, street, rest = match.groups()
    # The house number may hold a slash of its own; what follows the last one is the box.
    house, slash, box = rest.rpartition("/")
    if not slash:
        house, box = box, ""
    return "/".join([municipality, street, _upper(house), _upper(box)])


def _upper(text: str) -> str:
    if text.isascii():  # then it is NFC, and so are its capitals
        return text.upper().strip()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).upper()).strip()


_RULES: Final[Mapping[SubjectType, Callable[[str], str]]] = {
    SubjectType.PERSON: _digits(11, "A person's number"),
    SubjectType.ENTERPRISE: _enterprise,
    SubjectType.ESTABLISHMENT: _digits(10, "An establishment number"),
    SubjectType.VEHICLE: _vehicle,
    SubjectType.ADDRESS: _address,
}


class Tagger:
    """Makes tags. Holds the tag keys of all live epochs: the newest for new tags, all of them for search."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        """`keys`: 32 bytes by epoch, at least one."""
        self._keys = {epoch: HMAC(key, SHA256()) for epoch, key in keys.items()}  # each copied, never used up
        self.epoch = max(keys)

    def tag(self, type_: SubjectType, identifier: str) -> bytes:
        """The tag under the newest epoch. Raises ValueError for an identifier that has no normal form."""
        return self._tag(self.epoch, type_, identifier)

    def every(self, type_: SubjectType, identifier: str) -> list[tuple[int, bytes]]:
        """The tags of all live epochs, for a search while keys are being changed."""
        return [(epoch, self._tag(epoch, type_, identifier)) for epoch in sorted(self._keys)]

    def tags(self, subjects: Iterable[Subject]) -> tuple[Tag, ...]:
        """The tags of an entry under the newest epoch: one for each number and role, in order, none twice;
        subjects without a number have none."""
        found = [
            Tag(self.epoch, self.tag(subject.type, subject.id), subject.role)
            for subject in subjects
            if subject.id is not None
        ]
        return tuple(dict.fromkeys(found))

    def _tag(self, epoch: int, type_: SubjectType, identifier: str) -> bytes:
        tag = self._keys[epoch].copy()
        tag.update(type_.value.encode() + b"\x00" + normalise(type_, identifier).encode())
        return tag.finalize()
