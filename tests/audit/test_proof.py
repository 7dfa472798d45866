"""Proofs as text: the published hashes, every proof of small logs, and that no changed proof ever checks."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.note import NoteKey
from audit.proof import (
    HEADER,
    MAX_PROOF,
    Consistency,
    Inclusion,
    check_consistency_proof,
    check_cosignature,
    check_proof,
    cosign,
    make_consistency,
    make_proof,
)
from audit.tree import EMPTY_ROOT, consistency_path, leaf_hash

if TYPE_CHECKING:
    from tests.audit.conftest import MemorySource

    Source = Callable[[int], MemorySource]

HASH = base64.b64encode(bytes(32)).decode()


def consistency(source: MemorySource, old: int) -> str:
    path = consistency_path(old, source.edge.size, source.subtree)
    return make_consistency(old, path, source.signed or "")


def test_hashes_are_the_published_ones(memory_source: Source) -> None:
    three = memory_source(3)
    assert three.proof(0).split("\n")[3:6] == [
        "BdQtDDTv2edBoFt4zSvXogX7mpCvSKvT+waE197o7T4=",
        "/AxjxyalDgHLZTZ0Xf1qd8Ifc10sM2YsBIc4wacIq7o=",
        "",
    ]
    assert Consistency.parse(consistency(three, 2)).path == (leaf_hash(b"fidus test entry 2"),)
    many = memory_source(257)
    root_of_256 = "e937171a9e876478e4861e995ba4b8ca67f81be45357ab5a60dcb317f579c337"
    assert [one.hex() for one in Inclusion.parse(many.proof(256)).path] == [root_of_256]
    assert Consistency.parse(consistency(many, 256)).path == (leaf_hash(b"fidus test entry 256"),)


def test_proofs_read_as_published(memory_source: Source) -> None:
    source = memory_source(1)
    extra = "ZmlkdXMgdGVzdCBlbnRyeSAw"
    assert source.proof(0) == f"{HEADER}\nextra {extra}\nindex 0\n\n{source.signed}"
    assert consistency(source, 0) == f"old 0\n\n{source.signed}"


@given(st.integers(1, 40), st.data())
def test_every_inclusion_proof_checks(memory_source: Source, size: int, data: st.DataObject) -> None:
    source = memory_source(size)
    index = data.draw(st.integers(0, size - 1))
    entry, key = source.held[index], source.key.verifier
    proved = check_proof(source.proof(index), key)
    assert (proved.index, proved.entry, proved.checkpoint) == (index, entry, source.checkpoint())
    bare = make_proof(index, Inclusion.parse(source.proof(index)).path, source.signed or "", None)
    assert check_proof(bare, key, entry) == proved
    assert check_proof(source.proof(index), key, entry) == proved


@given(st.integers(0, 40), st.data())
def test_every_consistency_proof_checks(memory_source: Source, new: int, data: st.DataObject) -> None:
    newer, older = memory_source(new), memory_source(data.draw(st.integers(0, new)))
    text = consistency(newer, older.edge.size)
    assert check_consistency_proof(text, newer.key.verifier, older.checkpoint()) == newer.checkpoint()


@st.composite
def changed(draw: st.DrawFn, text: str) -> str:
    """The text with one character changed, left out or added."""
    at = draw(st.integers(0, len(text) - 1))
    way = draw(st.sampled_from(["replace", "drop", "insert"]))
    drawn = draw(st.sampled_from("AB+/=019 \nx—"))
    replaced = {
        "replace": text[:at] + drawn + text[at + 1 :],
        "drop": text[:at] + text[at + 1 :],
        "insert": text[:at] + drawn + text[at:],
    }[way]
    return replaced if replaced != text else text + "A"


@given(st.integers(1, 40), st.data())
def test_no_changed_inclusion_proof_checks(memory_source: Source, size: int, data: st.DataObject) -> None:
    source = memory_source(size)
    index = data.draw(st.integers(0, size - 1))
    with pytest.raises(ValueError):
        check_proof(data.draw(changed(source.proof(index))), source.key.verifier)


@given(st.integers(1, 40), st.data())
def test_no_changed_consistency_proof_checks(memory_source: Source, new: int, data: st.DataObject) -> None:
    newer, older = memory_source(new), memory_source(data.draw(st.integers(0, new)))
    text = data.draw(changed(consistency(newer, older.edge.size)))
    with pytest.raises(ValueError):
        check_consistency_proof(text, newer.key.verifier, older.checkpoint())


def test_an_entry_that_is_not_the_proved_one_is_refused(memory_source: Source) -> None:
    source = memory_source(5)
    key, path = source.key.verifier, Inclusion.parse(source.proof(3)).path
    with pytest.raises(ValueError, match="another entry"):
        check_proof(source.proof(3), key, b"another")
    bare = make_proof(3, path, source.signed or "", None)
    with pytest.raises(ValueError, match="not the one"):
        check_proof(bare, key, b"another")
    with pytest.raises(ValueError, match="give the entry"):
        check_proof(bare, key)
    for entry in (b"", bytes(65_536)):
        with pytest.raises(ValueError, match="65535 bytes"):
            check_proof(bare, key, entry)


def test_an_inner_node_does_not_pass_as_an_entry(memory_source: Source) -> None:
    source = memory_source(4)
    left, right = source.nodes[0, 0], source.nodes[0, 1]
    proof = make_proof(0, [source.nodes[1, 1]], source.signed or "", left + right)
    with pytest.raises(ValueError):
        check_proof(proof, source.key.verifier)


def test_a_proof_under_another_key_is_refused(memory_source: Source) -> None:
    source, other = memory_source(3), NoteKey("audit.fidus.example/log", b"o" * 32)
    with pytest.raises(ValueError, match="No trusted key"):
        check_proof(source.proof(1), other.verifier)
    with pytest.raises(ValueError, match="No trusted key"):
        check_consistency_proof(consistency(source, 2), other.verifier, source.checkpoint())


def test_a_fork_is_no_extension(memory_source: Source) -> None:
    newer, key = memory_source(9), memory_source(9).key
    fork = Checkpoint(key.name, 5, leaf_hash(b"another past"))
    with pytest.raises(ValueError, match="does not lead"):
        check_consistency_proof(consistency(newer, 5), key.verifier, fork)
    with pytest.raises(ValueError, match="goes on from 5"):
        check_consistency_proof(consistency(newer, 5), key.verifier, memory_source(4).checkpoint())
    other = Checkpoint("other.example/log", 0, EMPTY_ROOT)
    with pytest.raises(ValueError, match="another log"):
        check_consistency_proof(consistency(newer, 0), key.verifier, other)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(f"{HEADER}\nindex 0\n", id="no-checkpoint"),
        pytest.param(f"{HEADER}\n\nnote", id="no-index"),
        pytest.param("c2sp.org/tlog-proof@v2\nindex 0\n\nnote", id="another-version"),
        pytest.param(f"{HEADER}\nextra AAAA\n\nnote", id="no-index-behind-extra"),
        pytest.param(f"{HEADER}\nindex 0\nextra AAAA\n\nnote", id="extra-in-the-wrong-place"),
        pytest.param(f"{HEADER}\nextra AAAA\nextra AAAA\nindex 0\n\nnote", id="extra-twice"),
        pytest.param(f"{HEADER}\nextra AA\nindex 0\n\nnote", id="extra-is-no-base64"),
        pytest.param(f"{HEADER}\nindex 00\n\nnote", id="leading-zero"),
        pytest.param(f"{HEADER}\nindex -1\n\nnote", id="negative"),
        pytest.param(f"{HEADER}\nindex 0\nAAAA\n\nnote", id="short-hash"),
        pytest.param(f"{HEADER}\nindex 0\n" + f"{HASH}\n" * 64 + "\nnote", id="too-many-hashes"),
        pytest.param(f"{HEADER}\r\nindex 0\n\nnote", id="carriage-return"),
        pytest.param(f"{HEADER}\nindex 0\n\n" + "x" * MAX_PROOF, id="too-large"),
    ],
)
def test_what_is_no_inclusion_proof_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Inclusion.parse(text)


@pytest.mark.parametrize(
    "text", ["", "old 0\n", "\n\nnote", "old\n\nnote", "new 0\n\nnote", "old 01\n\nnote"]
)
def test_what_is_no_consistency_proof_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Consistency.parse(text)


@given(st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=63), st.text())
def test_proofs_read_back(index: int, path: list[bytes], note: str) -> None:
    proof = Inclusion(index, tuple(path), b"entry", note)
    assert Inclusion.parse(proof.text()) == proof
    old = Consistency(index, tuple(path), note)
    assert Consistency.parse(old.text()) == old


@given(st.text())
def test_parsers_raise_nothing_but_value_errors(text: str) -> None:
    for part in (text, f"{HEADER}\n{text}\n\n", f"{HEADER}\nextra {text}\nindex 0\n\n", f"old {text}\n\n"):
        for parse in (Inclusion.parse, Consistency.parse):
            try:
                parse(part)
            except ValueError:
                continue


def test_a_witness_cosigns_what_the_log_signed(memory_source: Source, witness_key: NoteKey) -> None:
    source = memory_source(257)
    note, log = source.signed or "", source.key.verifier
    line = cosign(note, log, witness_key, 1790000000)
    assert line.startswith("— witness.example/w1 IDJKvgAAAABqsTuAfZ86Riq6c7j/Q4nFr9kbVCdcVSzSU3IVH0MM")
    checked = check_cosignature(note + line, log, witness_key.verifier)
    assert checked == (source.checkpoint(), 1790000000)


def test_a_cosignature_needs_log_and_witness(memory_source: Source, witness_key: NoteKey) -> None:
    source, stranger = memory_source(3), NoteKey("audit.fidus.example/log", b"o" * 32)
    note, log = source.signed or "", source.key.verifier
    with pytest.raises(ValueError, match="No trusted key"):
        check_cosignature(note, log, witness_key.verifier)
    with pytest.raises(ValueError, match="cosigner"):
        check_cosignature(note, log, log)
    unsigned = sign_checkpoint(source.checkpoint(), stranger)
    with pytest.raises(ValueError, match="No trusted key"):
        cosign(unsigned, log, witness_key, 1790000000)
    cosigned = unsigned + witness_key.sign(source.checkpoint().text(), 1790000000)
    with pytest.raises(ValueError, match="No trusted key"):
        check_cosignature(cosigned, log, witness_key.verifier)
