"""Checkpoints: the published one, byte for byte, and what is none."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint, open_checkpoint, parse_decimal, sign_checkpoint
from audit.note import NoteKey
from audit.tree import EMPTY_ROOT

ORIGIN = "audit.fidus.example/log"
ROOT = bytes.fromhex("a78f21a181baf3967853319e54c5c86c56995e7a54f9e03d7af5143b00d3c07d")
TEXT = "audit.fidus.example/log\n257\np48hoYG685Z4UzGeVMXIbFaZXnpU+eA9evUUOwDTwH0=\n"
PUBLISHED = (
    TEXT + "\n— audit.fidus.example/log "
    "U3oqqQt3oVSDrkgDHyX8WiQL8IDTpF0yAtuekep3ZifAlwRLtmywgLWiGiCVSGOx3sc6w6x6cStDEAaVxcx61Z3O6AU=\n"
)
COSIGNATURE = (
    "— witness.example/w1 "
    "IDJKvgAAAABqsTuAfZ86Riq6c7j/Q4nFr9kbVCdcVSzSU3IVH0MM+aOWPSW54eB1VQE8pOCGFtja+7wPr3R+ZuGw976VaqXsXT9PAQ==\n"
)


def test_the_published_checkpoint_is_made_byte_for_byte(log_key: NoteKey, witness_key: NoteKey) -> None:
    checkpoint = Checkpoint(ORIGIN, 257, ROOT)
    note = sign_checkpoint(checkpoint, log_key)
    assert note == PUBLISHED
    assert len(note.encode()) == 195
    digest = "9e6b9009fb790a5e9c5e4d76442ba5d7332343e87318f7c0d7684f5d86627cc1"
    assert hashlib.sha256(note.encode()).hexdigest() == digest
    assert witness_key.sign(checkpoint.text(), 1790000000) == COSIGNATURE


def test_the_published_checkpoint_opens_with_and_without_witness(log_key: NoteKey) -> None:
    for note in (PUBLISHED, PUBLISHED + COSIGNATURE):
        assert open_checkpoint(note, log_key.verifier) == Checkpoint(ORIGIN, 257, ROOT)


def test_an_empty_log_has_a_checkpoint(log_key: NoteKey) -> None:
    checkpoint = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert open_checkpoint(sign_checkpoint(checkpoint, log_key), log_key.verifier) == checkpoint


def test_a_checkpoint_of_another_log_is_refused(log_key: NoteKey, witness_key: NoteKey) -> None:
    text = TEXT.replace("fidus", "other")
    with pytest.raises(ValueError, match="another log"):
        open_checkpoint(f"{text}\n{log_key.sign(text)}", log_key.verifier)
    with pytest.raises(ValueError, match="origin as name"):
        sign_checkpoint(Checkpoint("other.example/log", 257, ROOT), log_key)
    with pytest.raises(ValueError, match="cosigner"):
        open_checkpoint(PUBLISHED + COSIGNATURE, witness_key.verifier)
    with pytest.raises(ValueError, match="cosigner"):
        sign_checkpoint(Checkpoint(ORIGIN, 257, ROOT), witness_key)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(TEXT[:-1], id="no-newline"),
        pytest.param(TEXT + "extension\n", id="extension-line"),
        pytest.param(TEXT + "\n", id="empty-line-behind"),
        pytest.param(TEXT.replace("257", "0257"), id="leading-zero"),
        pytest.param(TEXT.replace("257", "+257"), id="sign"),
        pytest.param(TEXT.replace("257", " 257"), id="space"),
        pytest.param(TEXT.replace("257", "٢٥٧"), id="other-digits"),
        pytest.param(TEXT.replace("257", ""), id="no-size"),
        pytest.param(TEXT.replace("257", str(2**63)), id="size-too-large"),
        pytest.param(TEXT.replace("257", "9" * 5000), id="size-of-many-digits"),
        pytest.param(TEXT.replace("257", "0"), id="empty-log-with-a-root"),
        pytest.param(TEXT.replace("H0=", "H1="), id="root-spelled-otherwise"),
        pytest.param(TEXT.replace("p48h", ""), id="root-too-short"),
        pytest.param(TEXT.replace("fidus", "fi dus"), id="space-in-origin"),
        pytest.param(TEXT.replace("fidus", "fi+dus"), id="plus-in-origin"),
        pytest.param(TEXT[TEXT.index("\n") :], id="no-origin"),
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused(text: str, log_key: NoteKey) -> None:
    with pytest.raises(ValueError):
        Checkpoint.parse(text)
    if text.endswith("\n"):
        with pytest.raises(ValueError):
            open_checkpoint(f"{text}\n{log_key.sign(text)}", log_key.verifier)


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(ValueError, match="2\\^63"):
        Checkpoint(ORIGIN, -1, ROOT)


@given(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_every_checkpoint_reads_back(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(ORIGIN, size, root)
    assert Checkpoint.parse(checkpoint.text()) == checkpoint
    assert parse_decimal(str(size)) == size


@given(st.text())
def test_the_parser_raises_nothing_but_value_errors(text: str) -> None:
    for changed in (text, f"log\n{text}\nAAAA\n", f"log\n1\n{text}\n"):
        with pytest.raises(ValueError):
            Checkpoint.parse(changed)
