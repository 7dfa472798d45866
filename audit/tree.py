"""The Merkle tree of the log: hashes, right edge, paths and their checks. Pure.

RFC 6962 §2.1 for hashes and paths, RFC 9162 §2.1.3.2 and §2.1.4.2 for the checks. Each hash is 32 bytes of
SHA-256. The tree is never padded and no leaf is ever doubled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

HASH_SIZE: Final = 32
MAX_SIZE: Final = 2**63  # sizes are below it
MAX_ENTRY: Final = 65_535  # bytes; an entry has at least one
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

Subtree: TypeAlias = Callable[[int, int], bytes]
"""(level, n) -> root of the leaves [n·2^level, (n+1)·2^level). Asked for complete subtrees only."""


@dataclass(frozen=True, slots=True)
class Node:
    """The root of one complete subtree: `n` counts the subtrees of its level from the left."""

    level: int
    n: int
    hash: bytes


def leaf_hash(entry: bytes) -> bytes:
    """The hash under which an entry stands in the tree; its prefix keeps it from passing as a node."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge: roots of the perfect subtrees that make up the tree, largest first.

    It is all that is needed to go on with the tree. One hash for each bit set in `size`; raises ValueError
    for any other number of hashes.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size < MAX_SIZE:
            raise ValueError("The right edge has a size that no tree has")
        if len(self.hashes) != self.size.bit_count() or any(len(one) != HASH_SIZE for one in self.hashes):
            raise ValueError("The right edge needs one hash of 32 bytes for each bit set in its size")

    def append(self, leaf: bytes) -> Edge:
        """The edge after one more leaf hash."""
        return self.grow(leaf)[0]

    def grow(self, leaf: bytes) -> tuple[Edge, tuple[Node, ...]]:
        """The edge after one more leaf hash, and the subtrees which that leaf completes, from level 0 up."""
        edge, completed = self.extend((leaf,))
        return edge, tuple(Node(level, n, one) for (level, n), one in completed.items())

    def extend(self, leaves: Iterable[bytes]) -> tuple[Edge, dict[tuple[int, int], bytes]]:
        """The edge after these leaf hashes, and the subtrees that they complete, leaves included: (level, n)
        -> hash."""
        hashes, size = list(self.hashes), self.size
        completed: dict[tuple[int, int], bytes] = {}
        for leaf in leaves:
            level, n, one = 0, size, leaf
            completed[0, n] = leaf
            while n & 1:
                one = node_hash(hashes.pop(), one)
                level, n = level + 1, n >> 1
                completed[level, n] = one
            hashes.append(one)
            size += 1
        return Edge(size, tuple(hashes)), completed

    def nodes(self) -> tuple[Node, ...]:
        """The perfect subtrees with their places, largest first.

        Together with the nodes that `extend` gave for a group of leaves they answer every question that the
        path of a leaf of that group asks.
        """
        levels = [level for level in reversed(range(self.size.bit_length())) if (self.size >> level) & 1]
        return tuple(
            Node(level, (self.size >> level) - 1, one) for level, one in zip(levels, self.hashes, strict=True)
        )

    def root(self) -> bytes:
        """The root of the whole tree."""
        return _join(self.hashes) if self.hashes else EMPTY_ROOT

    def to_bytes(self) -> bytes:
        """Size as eight bytes, big-endian, then the hashes."""
        return self.size.to_bytes(8, "big") + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Edge:
        """What `to_bytes` wrote. Raises ValueError for anything else."""
        if len(data) < 8 or (len(data) - 8) % HASH_SIZE:
            raise ValueError("The right edge is eight bytes of size and hashes of 32 bytes")
        hashes = tuple(data[at : at + HASH_SIZE] for at in range(8, len(data), HASH_SIZE))
        return cls(int.from_bytes(data[:8], "big"), hashes)


def _join(hashes: Sequence[bytes]) -> bytes:
    """One root over perfect subtrees, largest first."""
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbouring subtrees of one size. Raises ValueError unless they are 1, 2, 4, 8 ..."""
    if len(hashes).bit_count() != 1:
        raise ValueError("A perfect subtree has a power of two of parts")
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def _split(size: int) -> int:
    """The largest power of two below `size` (size > 1)."""
    return 1 << ((size - 1).bit_length() - 1)


def root_of(start: int, stop: int, subtree: Subtree) -> bytes:
    """The root over the leaves [start, stop), put together from complete subtrees; `start` must be the
    beginning of a subtree that holds them all, as 0 always is. Of no leaves: EMPTY_ROOT."""
    hashes = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        hashes.append(subtree(level, start >> level))
        start += 1 << level
    return _join(hashes) if hashes else EMPTY_ROOT


def inclusion_path(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of the first `size` leaves, the leaf's sibling
    first. Raises ValueError unless 0 <= index < size."""
    if not 0 <= index < size:
        raise ValueError(f"There is no entry {index} in a tree of {size}")
    path: list[bytes] = []
    level, here, last = 0, index, size - 1  # the node above the leaf, and the last one of its level
    while last:
        sibling = here ^ 1
        if sibling < last or (sibling == last and size == (last + 1) << level):
            path.append(subtree(level, sibling))
        elif sibling == last:  # not complete, on the right edge
            path.append(root_of(last << level, size, subtree))
        level, here, last = level + 1, here >> 1, last >> 1
    return path


def consistency_path(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """The hashes that show that the tree of `new` leaves begins with that of `old` (RFC 6962 §2.1.2).

    None if old = 0 or old = new. Raises ValueError unless 0 <= old <= new.
    """
    if not 0 <= old <= new:
        raise ValueError(f"A tree of {new} entries cannot extend one of {old}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    start, stop = 0, new
    while old < stop:
        middle = start + _split(stop - start)
        if old <= middle:
            path.append(root_of(middle, stop, subtree))
            stop = middle
        else:
            path.append(root_of(start, middle, subtree))
            start = middle
    if start > 0:  # else the checker holds this hash itself: it is the old root
        path.append(root_of(start, stop, subtree))
    return path[::-1]


def root_from_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The root to which the path leads from the leaf hash; to be compared with a signed one.

    Raises ValueError if the path has not the length or form that `index` and `size` ask for.
    """
    if not 0 <= index < size:
        raise ValueError(f"There is no entry {index} in a tree of {size}")
    _check_hashes((leaf, *path))
    here, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ValueError("The inclusion proof has too many hashes")
        if here & 1 or here == last:
            root = node_hash(sibling, root)
            here, last = _climb(here, last)
        else:
            root = node_hash(root, sibling)
        here, last = here >> 1, last >> 1
    if last != 0:
        raise ValueError("The inclusion proof has too few hashes")
    return root


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """Raises ValueError unless the path shows that the tree of `new` leaves extends that of `old`.

    `old_root` must come from a checkpoint that the checker holds, never from the proof.
    """
    if not 0 <= old <= new:
        raise ValueError(f"A tree of {new} entries cannot extend one of {old}")
    _check_hashes((old_root, new_root, *path))
    if old in (0, new):
        if path:
            raise ValueError("The consistency proof has hashes where none are needed")
        if old_root != (new_root if old else EMPTY_ROOT):
            raise ValueError("Two different roots for one size of the log")
        return
    if (old_root, new_root) != _roots_from_consistency(old, new, old_root, path):
        raise ValueError("The consistency proof does not lead from the old root to the new one")


def _roots_from_consistency(
    old: int, new: int, old_root: bytes, path: Sequence[bytes]
) -> tuple[bytes, bytes]:
    hashes = list(path)
    if old.bit_count() == 1:
        hashes.insert(0, old_root)
    if not hashes:
        raise ValueError("The consistency proof has no hashes")
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old_side = new_side = hashes[0]
    for one in hashes[1:]:
        if last == 0:
            raise ValueError("The consistency proof has too many hashes")
        if here & 1 or here == last:
            old_side, new_side = node_hash(one, old_side), node_hash(one, new_side)
            here, last = _climb(here, last)
        else:
            new_side = node_hash(new_side, one)
        here, last = here >> 1, last >> 1
    if last != 0:
        raise ValueError("The consistency proof has too few hashes")
    return old_side, new_side


def _climb(here: int, last: int) -> tuple[int, int]:
    """Up past the levels at which a node on the right edge has no sibling."""
    while here and not here & 1:
        here, last = here >> 1, last >> 1
    return here, last


def _check_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(one) != HASH_SIZE for one in hashes):
        raise ValueError("A hash of the tree has 32 bytes")
