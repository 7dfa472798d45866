"""Data minimisation (GDPR art. 5(1)(c)): an answer is built from the granted leaves, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from fidus.model import JsonObject, Subject

_Tree = dict[str, "_Tree | None"]  # None: from here on everything is granted
_Path = tuple[str, ...]
_SCALARS: Final = (str, int, float, type(None))


def keep(fields: JsonObject, leaves: Iterable[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The part of `fields` that `leaves` grant, and the sorted leaves that it really holds.

    A leaf is a dotted path (`address.postalCode`); lists are passed through, and what a leaf names is copied
    whole (`address.street` with its languages). What the source left out stays out, and so do the objects
    and lists in which nothing is left. The data shares nothing with `fields`.
    Raises TypeError for a value that JSON does not have, naming its type only.
    """
    granted, tree = _granted(frozenset(leaves))
    data = _keep(fields, tree)
    kept = data if isinstance(data, dict) else {}
    return kept, tuple(leaf for leaf, path in granted if _holds(kept, path))


def narrowed(leaves: Iterable[str], select: Iterable[str] | None) -> frozenset[str]:
    """The granted leaves that a caller wants: those that are named or lie below what is named, all for None.

    Nothing is added: a name of what is not granted selects nothing.
    """
    if select is None:
        return frozenset(leaves)
    names = tuple(select)
    return frozenset(leaf for leaf in leaves if any(_below(leaf, name) for name in names))


def disclosed(subjects: Iterable[Subject], handed_over: Iterable[str]) -> tuple[Subject, ...]:
    """Those of `subjects` whom the answer shows, given the leaves that it really hands over.

    A subject shows as soon as one of its `fields`, or a part of one, is handed over; always if it has none.
    """
    leaves = tuple(handed_over)
    return tuple(
        subject
        for subject in subjects
        if not subject.fields or any(_overlap(leaf, path) for leaf in leaves for path in subject.fields)
    )


@lru_cache(maxsize=1024)  # the same few sets come again with every answer
def _granted(leaves: frozenset[str]) -> tuple[tuple[tuple[str, _Path], ...], _Tree]:
    """Leaves in order, each with its path, and the tree that they span; nobody changes it afterwards."""
    granted = tuple((leaf, tuple(leaf.split("."))) for leaf in sorted(leaves))
    root: _Tree = {}
    for _, path in granted:
        _plant(root, path)
    return granted, root


def _plant(tree: _Tree, path: _Path) -> None:
    """Add one path. Paths come sorted: one that grants the whole comes before those that grant a part."""
    if len(path) == 1:
        tree[path[0]] = None
        return
    branch = tree.setdefault(path[0], {})
    if branch is not None:
        _plant(branch, path[1:])


def _keep(value: Any, tree: _Tree) -> Any:
    """What is granted of `value`; None if that is nothing."""
    if _is_object(value):
        members = {name: _grant(member, tree[name]) for name, member in value.items() if name in tree}
        return {name: member for name, member in members.items() if member is not None} or None
    if _is_list(value):
        items = (_keep(item, tree) for item in value)
        return [item for item in items if item is not None] or None
    return None


def _grant(value: Any, tree: _Tree | None) -> Any:
    return _copy(value) if tree is None else _keep(value, tree)


def _copy(value: Any) -> Any:
    if isinstance(value, _SCALARS):
        return value
    if _is_object(value):
        return {name: _copy(member) for name, member in value.items()}
    if _is_list(value):
        return [_copy(item) for item in value]
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _holds(value: Any, path: _Path) -> bool:
    for depth, name in enumerate(path):
        if isinstance(value, list):
            rest = path[depth:]
            return any(_holds(item, rest) for item in value)
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return True


def _is_object(value: Any) -> bool:
    return type(value) is dict or isinstance(
        value, Mapping
    )  # asking the abstract class takes five times as long


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _overlap(one: str, other: str) -> bool:
    return _below(one, other) or _below(other, one)


def _below(path: str, other: str) -> bool:
    """Whether it is the other, or a part of it."""
    return path == other or path.startswith(f"{other}.")
