"""Equality by meaning, for confirm mode: only yes, no or unknown ever leave.

A false yes is the worst answer, so it is given only where every part that was asked is surely the same. A
false no turns an honest citizen away, so what can be read in two ways is unknown. Why the rules are as they
are: `docs/decisions/0005-confirm-by-meaning.md`; what they give: `tests/fidus/confirm_pairs.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from fidus.comparable import FORMS, Verdict, all_of
from fidus.confirm_house import same_door
from fidus.confirm_person import same_birth, same_name
from fidus.confirm_place import same_municipality, same_postal_code
from fidus.confirm_street import same_street
from fidus.model import JsonObject

__all__ = ["JUDGES", "Verdict", "compare"]


def compare(
    group: str, asked: Mapping[str, str], fields: JsonObject | None, withheld: Iterable[str]
) -> Verdict:
    """Whether what was asked of `group` is what the source holds.

    `asked`: plain text by member, as `comparable.FORMS` says. `fields`: canonical data of the source, None
    where it has nobody. `withheld`: groups, or leaf paths of them, that are secret or not communicable: they
    are unknown whatever is asked. Raises KeyError for a group that has no judge.
    """
    judge = JUDGES[group]
    if fields is None or any(name == group or name.startswith(f"{group}.") for name in withheld):
        return Verdict.UNKNOWN
    registered = fields.get(group)
    if not isinstance(registered, Mapping) or not asked.keys() >= set(FORMS[group].required):
        return Verdict.UNKNOWN
    return judge(asked, registered)


def _address(asked: Mapping[str, str], registered: Mapping[str, Any]) -> Verdict:
    """Street, door and postal code must agree; the municipality too, if it was given (the postal code says
    it already).

    What the register lacks is unknown, unless another part differs: that is a no. Without a street to compare
    with, all is unknown.
    """
    street = same_street(asked["street"], registered.get("street", {}))
    if street is None:  # else number and code alone could be tried, at no cost
        return Verdict.UNKNOWN
    code = registered.get("postalCode", "")
    verdicts = [
        street,
        same_door(
            (asked["houseNumber"], asked.get("box", "")),
            (registered.get("houseNumber", ""), registered.get("box", "")),
        ),
        same_postal_code(asked["postalCode"], code),
    ]
    if "municipality" in asked:
        verdicts.append(same_municipality(asked["municipality"], registered.get("municipality", {}), code))
    return all_of(verdicts)


Judge = Callable[[Mapping[str, str], Mapping[str, Any]], Verdict]
JUDGES: Mapping[str, Judge] = MappingProxyType({"address": _address, "name": same_name, "birth": same_birth})
