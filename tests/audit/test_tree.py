"""The tree, against published roots and a naive reference written from RFC 6962 §2.1."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.tree import (
    EMPTY_ROOT,
    MAX_SIZE,
    Edge,
    Node,
    check_consistency,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    perfect_root,
    root_from_inclusion,
    root_of,
)

ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "a24e94c8338419504a5b2139c8e624b0d2d8c8cb7f37fb0fe5deddfe85a2eada",
    2: "236b486bba1c1ef146d183a70e1da0b437d1dfb7ae96b49a254e62bfedb3afec",
    3: "59f2802d1317d74ebd998d7c98dc29d330fcfe90ec157615da4235812c2a8769",
    256: "e937171a9e876478e4861e995ba4b8ca67f81be45357ab5a60dcb317f579c337",
    257: "a78f21a181baf3967853319e54c5c86c56995e7a54f9e03d7af5143b00d3c07d",
    300: "0bbf36e0b5dfa6d618b78958d20c8fe9a8c19e6758ed32142be2b7a996de40f0",
}
LEAVES = [leaf_hash(f"fidus test entry {index}".encode()) for index in range(300)]


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_inclusion(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 6962 §2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return [*naive_inclusion(index, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_inclusion(index - k, leaves[k:]), naive_root(leaves[:k])]


def naive_consistency(old: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """RFC 6962 §2.1.2."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if old <= k:
        return [*naive_consistency(old, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_consistency(old - k, leaves[k:], False), naive_root(leaves[:k])]


def subtree_of(leaves: Sequence[bytes]) -> Callable[[int, int], bytes]:
    """Complete subtrees of these leaves; any other one is an error of the caller."""

    def subtree(level: int, n: int) -> bytes:
        start, stop = n << level, (n + 1) << level
        assert stop <= len(leaves), "asked for a subtree that is not complete"
        return naive_root(leaves[start:stop])

    return subtree


def edge_of(leaves: Sequence[bytes]) -> Edge:
    edge = Edge()
    for leaf in leaves:
        edge = edge.append(leaf)
    return edge


sizes = st.integers(1, 300)


def test_hashes_of_leaves_are_the_published_ones() -> None:
    empty = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"").hex() == empty
    assert LEAVES[0].hex() == "a24e94c8338419504a5b2139c8e624b0d2d8c8cb7f37fb0fe5deddfe85a2eada"


@pytest.mark.parametrize("size", sorted(ROOTS))
def test_roots_are_the_published_ones(size: int) -> None:
    assert edge_of(LEAVES[:size]).root().hex() == ROOTS[size]
    assert root_of(0, size, subtree_of(LEAVES)).hex() == ROOTS[size]


def test_every_edge_has_the_root_of_the_reference_and_survives_as_bytes() -> None:
    edge = Edge()
    for size, leaf in enumerate(LEAVES[:130]):
        assert edge.root() == naive_root(LEAVES[:size])
        assert Edge.from_bytes(edge.to_bytes()) == edge
        edge = edge.append(leaf)


def test_growing_names_each_complete_subtree_once() -> None:
    edge, found = Edge(), list[Node]()
    for leaf in LEAVES[:37]:
        edge, nodes = edge.grow(leaf)
        found += nodes
    places = {(node.level, node.n) for node in found}
    assert len(found) == len(places)
    assert places == {(level, n) for level in range(6) for n in range(37 >> level)}
    assert all(node.hash == subtree_of(LEAVES)(node.level, node.n) for node in found)
    assert edge.nodes() == tuple(
        node
        for node in sorted(found, key=lambda one: -one.level)
        if (37 >> node.level) & 1 and node.n == (37 >> node.level) - 1
    )


@given(st.integers(0, 200), st.integers(1, 60))
def test_edge_and_group_hold_every_path_of_the_group(before: int, group: int) -> None:
    edge = edge_of(LEAVES[:before])
    held = {(node.level, node.n): node.hash for node in edge.nodes()}
    edge, grown = edge.extend(LEAVES[before : before + group])
    assert edge == edge_of(LEAVES[: before + group])
    held |= grown
    for index in range(before, before + group):
        path = inclusion_path(index, edge.size, lambda level, n: held[level, n])
        assert root_from_inclusion(index, edge.size, LEAVES[index], path) == edge.root()


@pytest.mark.parametrize(
    "data",
    [b"", bytes(7), bytes(9), (1).to_bytes(8, "big"), bytes(8 + 32), b"\xff" * 8 + bytes(64 * 32)],
    ids=["empty", "short", "torn", "hash-missing", "hash-too-many", "size-too-large"],
)
def test_bytes_that_are_no_edge_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="right edge"):
        Edge.from_bytes(data)


def test_an_edge_of_negative_size_is_refused() -> None:
    with pytest.raises(ValueError, match="size"):
        Edge(-1)


@given(sizes, st.data())
def test_inclusion_is_that_of_the_reference(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, subtree_of(LEAVES))
    assert path == naive_inclusion(index, LEAVES[:size])
    assert root_from_inclusion(index, size, LEAVES[index], path) == naive_root(LEAVES[:size])


@given(sizes, st.data())
def test_consistency_is_that_of_the_reference(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    path = consistency_path(old, new, subtree_of(LEAVES))
    assert path == naive_consistency(old, LEAVES[:new])
    check_consistency(old, new, naive_root(LEAVES[:old]), naive_root(LEAVES[:new]), path)


def test_all_small_trees_prove_all_their_entries_and_prefixes() -> None:
    subtree = subtree_of(LEAVES)
    for size in range(1, 34):
        root = naive_root(LEAVES[:size])
        for index in range(size):
            path = inclusion_path(index, size, subtree)
            assert path == naive_inclusion(index, LEAVES[:size])
            assert root_from_inclusion(index, size, LEAVES[index], path) == root
        for old in range(1, size + 1):
            path = consistency_path(old, size, subtree)
            assert path == naive_consistency(old, LEAVES[:size])
            check_consistency(old, size, naive_root(LEAVES[:old]), root, path)


def test_an_empty_tree_is_a_prefix_of_every_tree() -> None:
    assert consistency_path(0, 5, subtree_of(LEAVES)) == []
    check_consistency(0, 5, EMPTY_ROOT, naive_root(LEAVES[:5]), [])
    check_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])


@st.composite
def changed_paths(draw: st.DrawFn, path: list[bytes]) -> list[bytes]:
    """The path with one hash changed, left out, added, or moved."""
    ways = ["add"] + (["flip", "drop"] if path else []) + (["swap"] if len(set(path)) > 1 else [])
    way = draw(st.sampled_from(ways))
    if way == "add":
        at = draw(st.integers(0, len(path)))
        return [*path[:at], draw(st.binary(min_size=32, max_size=32)), *path[at:]]
    if way == "swap":
        at = draw(st.sampled_from([n for n, two in enumerate(pairwise(path)) if two[0] != two[1]]))
        return [*path[:at], path[at + 1], path[at], *path[at + 2 :]]
    at = draw(st.integers(0, len(path) - 1))
    if way == "drop":
        return [*path[:at], *path[at + 1 :]]
    byte, bit = draw(st.integers(0, 31)), draw(st.integers(0, 7))
    flipped = bytearray(path[at])
    flipped[byte] ^= 1 << bit
    return [*path[:at], bytes(flipped), *path[at + 1 :]]


@given(sizes, st.data())
def test_a_changed_inclusion_path_never_leads_to_the_root(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    changed = data.draw(changed_paths(naive_inclusion(index, LEAVES[:size])))
    try:
        reached = root_from_inclusion(index, size, LEAVES[index], changed)
    except ValueError:
        return
    assert reached != naive_root(LEAVES[:size])


@given(sizes, st.data())
def test_a_path_proves_its_own_index_alone(size: int, data: st.DataObject) -> None:
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    path = naive_inclusion(index, LEAVES[:size])
    try:
        reached = root_from_inclusion(other, size, LEAVES[index], path)
    except ValueError:
        return
    assert (reached == naive_root(LEAVES[:size])) == (other == index)


@given(sizes, st.data())
def test_a_changed_consistency_path_never_checks(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    changed = data.draw(changed_paths(naive_consistency(old, LEAVES[:new])))
    with pytest.raises(ValueError):
        check_consistency(old, new, naive_root(LEAVES[:old]), naive_root(LEAVES[:new]), changed)


@given(sizes, st.data())
def test_another_root_never_checks(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, new))
    path = naive_consistency(old, LEAVES[:new]) if old else []
    with pytest.raises(ValueError):
        check_consistency(old, new, leaf_hash(b"another"), naive_root(LEAVES[:new]), path)
    if old:
        with pytest.raises(ValueError):
            check_consistency(old, new, naive_root(LEAVES[:old]), leaf_hash(b"another"), path)


@pytest.mark.parametrize("count", [1, 2, 4, 256])
def test_a_perfect_subtree_has_the_root_of_the_reference(count: int) -> None:
    assert perfect_root(LEAVES[:count]) == naive_root(LEAVES[:count])


@pytest.mark.parametrize("count", [0, 3, 255])
def test_a_subtree_that_is_not_perfect_has_no_such_root(count: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        perfect_root(LEAVES[:count])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_an_entry_outside_the_tree_has_no_path(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no entry"):
        inclusion_path(index, size, subtree_of(LEAVES))
    with pytest.raises(ValueError, match="no entry"):
        root_from_inclusion(index, size, LEAVES[0], [])


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3)])
def test_a_smaller_tree_extends_no_larger_one(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="cannot extend"):
        consistency_path(old, new, subtree_of(LEAVES))
    with pytest.raises(ValueError, match="cannot extend"):
        check_consistency(old, new, LEAVES[0], LEAVES[0], [])


def test_hashes_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        root_from_inclusion(0, 2, LEAVES[0], [LEAVES[1][:31]])
    with pytest.raises(ValueError, match="32 bytes"):
        check_consistency(1, 2, LEAVES[0], node_hash(*LEAVES[:2]), [b""])


def test_a_needed_consistency_proof_is_missed() -> None:
    with pytest.raises(ValueError, match="no hashes"):
        check_consistency(3, 5, naive_root(LEAVES[:3]), naive_root(LEAVES[:5]), [])


def test_a_tree_cannot_outgrow_its_sizes() -> None:
    full = Edge(MAX_SIZE - 1, (LEAVES[0],) * 63)
    with pytest.raises(ValueError, match="size"):
        full.append(LEAVES[0])
