"""An approval is good for one hub, one change, and counts once per approver."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.note import COSIGNER, NoteKey
from fidus.approvals import approval_text, check_approvals, make_approval
from fidus.errors import ConfigurationInvalid

ORIGIN = "hub.example/log"
BEFORE, AFTER, OTHER = (sha256(text).digest() for text in (b"before", b"after", b"other"))
ANN, BOB, EVE = (NoteKey(name, name.ljust(32, "!").encode()) for name in ("ann", "bob", "eve"))
ANN_AGAIN = NoteKey("ann", b"another key of the same approver")
WITNESS = NoteKey("wim", b"the key of a witness, 32 bytes!!", COSIGNER)
APPROVERS = (ANN.vkey, BOB.vkey, ANN_AGAIN.vkey)


def approved(*keys: NoteKey) -> list[str]:
    return [make_approval(key, ORIGIN, BEFORE, AFTER) for key in keys]


def check(notes: Sequence[str], needed: int = 2, approvers: Sequence[str] = APPROVERS) -> tuple[str, ...]:
    return check_approvals(notes, approvers, needed, ORIGIN, BEFORE, AFTER)


def problems(notes: Sequence[str], needed: int = 2, approvers: Sequence[str] = APPROVERS) -> list[str]:
    with pytest.raises(ConfigurationInvalid) as error:
        check(notes, needed, approvers)
    assert all(fault.cure for fault in error.value.faults)
    return [f"{fault.file}: {fault.problem}" for fault in error.value.faults]


def test_the_text_is_that_of_the_format() -> None:
    assert (
        approval_text(ORIGIN, BEFORE, AFTER) == f"fidus-catalogue\n{ORIGIN}\n{BEFORE.hex()}\n{AFTER.hex()}\n"
    )
    assert approval_text(ORIGIN, b"", AFTER).split("\n")[2] == "0" * 64


def test_two_approvers_are_named_in_order() -> None:
    assert check(approved(BOB, ANN)) == ("ann", "bob")


def test_one_note_may_carry_both_signatures() -> None:
    text = approval_text(ORIGIN, BEFORE, AFTER)
    assert check([f"{text}\n{ANN.sign(text)}{BOB.sign(text)}"]) == ("ann", "bob")


def test_none_is_needed_where_none_is_asked_for() -> None:
    assert check([], needed=0, approvers=()) == ()


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param((), id="none"),
        pytest.param((ANN,), id="one"),
        pytest.param((ANN, ANN), id="one-twice"),
        pytest.param((ANN, ANN_AGAIN), id="one-with-two-keys"),
    ],
)
def test_too_few_are_refused(keys: tuple[NoteKey, ...]) -> None:
    assert problems(approved(*keys)) == [f"approvals: {min(len(keys), 1)} of 2 approvals are given"]


@pytest.mark.parametrize(
    ("note", "problem"),
    [
        pytest.param(make_approval(ANN, "x", BEFORE, AFTER), "it approves for another hub", id="another-hub"),
        pytest.param(
            make_approval(ANN, ORIGIN, OTHER, AFTER),
            "it approves a change of what was in force at another time",
            id="another-time",
        ),
        pytest.param(make_approval(ANN, ORIGIN, BEFORE, OTHER), "it approves other files", id="other-files"),
        pytest.param(
            make_approval(EVE, ORIGIN, BEFORE, AFTER), "No trusted key signed this note", id="a-stranger"
        ),
        pytest.param(
            "any text\n\n" + ANN.sign("any text\n"), "it approves something else", id="another-text"
        ),
        pytest.param(
            "a\nb\nc\nd\n\n" + ANN.sign("a\nb\nc\nd\n"), "it approves something else", id="another-first-line"
        ),
        pytest.param(
            approved(ANN)[0].replace(AFTER.hex(), OTHER.hex()), "does not fit this text", id="changed"
        ),
        pytest.param("", "A note ends in a newline", id="empty"),
    ],
)
def test_an_approval_of_something_else_is_refused_even_beside_enough_good_ones(
    note: str, problem: str
) -> None:
    (found,) = problems([*approved(ANN, BOB), note])
    assert found.startswith("approval 3: ")
    assert problem in found


@pytest.mark.parametrize(
    ("approvers", "problem"),
    [
        pytest.param([ANN.vkey, "ann+key"], "catalogue.approvers 2: A verifier key reads", id="no-key"),
        pytest.param([WITNESS.vkey], "catalogue.approvers 1: The key of a witness", id="witness"),
        pytest.param(
            [ANN.vkey, NoteKey("ann2", ANN.seed).vkey], "catalogue.approvers 2: The same key", id="two-names"
        ),
    ],
)
def test_approvers_that_cannot_be_told_apart_are_refused(approvers: list[str], problem: str) -> None:
    (found,) = problems(approved(ANN, BOB), approvers=approvers)
    assert found.startswith(f"fidus.toml: {problem}")


def test_a_key_may_be_named_twice() -> None:
    assert check(approved(ANN), needed=1, approvers=[ANN.vkey, ANN.vkey]) == ("ann",)


def test_a_witness_approves_nothing() -> None:
    with pytest.raises(ValueError, match="cosigner"):
        make_approval(WITNESS, ORIGIN, BEFORE, AFTER)


@given(st.text(max_size=80), st.integers(0, 300), st.integers(0, 9))
def test_whatever_is_not_exactly_an_approval_is_refused(noise: str, at: int, cut: int) -> None:
    good = approved(BOB)[0]
    note = good[:at] + noise + good[at + cut :]
    if note != good:
        assert problems([note], needed=1)
