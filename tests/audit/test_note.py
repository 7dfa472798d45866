"""Signed notes: the published keys, and every way in which a note must not be believed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import b64
from audit.note import COSIGNER, LOG, MAX_NOTE, MAX_SIGNATURES, NoteKey, VerifierKey, open_note, text_of

LOG_VKEY = "audit.fidus.example/log+537a2aa9+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
WITNESS_VKEY = "witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X"
TEXT = "first line\nsecond line\n"
PRINTABLE = st.characters(codec="utf-8", min_codepoint=0x20).filter(lambda one: not "\x7f" <= one <= "\x9f")


@pytest.fixture(scope="module")
def note(log_key: NoteKey) -> str:
    return f"{TEXT}\n{log_key.sign(TEXT)}"


def test_vkeys_are_the_published_ones(log_key: NoteKey, witness_key: NoteKey) -> None:
    assert log_key.vkey == LOG_VKEY
    assert witness_key.vkey == WITNESS_VKEY
    for vkey in (LOG_VKEY, WITNESS_VKEY):
        assert VerifierKey.parse(vkey).vkey == vkey


def test_a_vkey_whose_base64_holds_a_plus_is_divided_at_the_first_two() -> None:
    keys = (NoteKey("log", bytes([n]) * 32) for n in range(256))
    vkey = next(key.vkey for key in keys if key.vkey.count("+") > 2)
    assert VerifierKey.parse(vkey).vkey == vkey


@pytest.mark.parametrize(
    "vkey",
    [
        pytest.param("", id="empty"),
        pytest.param("name", id="no-parts"),
        pytest.param("name+537a2aa9", id="two-parts"),
        pytest.param(LOG_VKEY.replace("537a2aa9", "537A2AA9"), id="upper-case-key-id"),
        pytest.param(LOG_VKEY.replace("537a2aa9", "537a2aa8"), id="another-key-id"),
        pytest.param(LOG_VKEY.replace("537a2aa9", ""), id="no-key-id"),
        pytest.param(LOG_VKEY.replace("fidus", "other"), id="another-name"),
        pytest.param(LOG_VKEY[LOG_VKEY.index("+") :], id="no-name"),
        pytest.param("a b" + LOG_VKEY[LOG_VKEY.index("+") :], id="space-in-name"),
        pytest.param("a\x7f" + LOG_VKEY[LOG_VKEY.index("+") :], id="control-character-in-name"),
        pytest.param("\ud800" + LOG_VKEY[LOG_VKEY.index("+") :], id="surrogate-in-name"),
        pytest.param(LOG_VKEY[:-4], id="key-too-short"),
        pytest.param(LOG_VKEY + "AAAA", id="key-too-long"),
        pytest.param(LOG_VKEY.replace("+AQ", "+Ag"), id="unknown-type"),
        pytest.param(LOG_VKEY + "\n", id="newline-behind"),
        pytest.param(LOG_VKEY[:-1] + "_", id="no-base64"),
    ],
)
def test_a_text_that_is_no_vkey_is_refused(vkey: str) -> None:
    with pytest.raises(ValueError):
        VerifierKey.parse(vkey)


def test_keys_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        NoteKey("log", bytes(31))
    with pytest.raises(ValueError, match="32 bytes"):
        VerifierKey("log", bytes(33))


def test_the_seed_is_never_shown() -> None:
    assert "seed" not in repr(NoteKey("log", b"s" * 32))
    assert "ssss" not in repr(NoteKey("log", b"s" * 32))


def test_a_signed_note_opens(note: str, log_key: NoteKey) -> None:
    opened = open_note(note, [log_key.verifier])
    assert opened.text == TEXT == text_of(note)
    assert opened.signers == (log_key.verifier,)
    assert opened.times == {}


def test_an_empty_line_in_the_text_belongs_to_the_text(log_key: NoteKey) -> None:
    text = "one\n\nthree\n\n"
    assert open_note(f"{text}\n{log_key.sign(text)}", [log_key.verifier]).text == text


def test_lines_of_unknown_keys_are_skipped(note: str, log_key: NoteKey) -> None:
    stranger, namesake = NoteKey("stranger", b"x" * 32), NoteKey(log_key.name, b"y" * 32)
    signed = note + stranger.sign(TEXT) + namesake.sign("another text\n")
    assert open_note(signed, [log_key.verifier]).signers == (log_key.verifier,)
    with pytest.raises(ValueError, match="No trusted key"):
        open_note(f"{TEXT}\n{stranger.sign(TEXT)}", [log_key.verifier])
    with pytest.raises(ValueError, match="No trusted key"):
        open_note(note, [])


def test_one_bad_signature_of_a_trusted_key_spoils_the_note(note: str, log_key: NoteKey) -> None:
    second = NoteKey("second", b"x" * 32)
    spoiled = note + second.sign("another text\n")
    assert open_note(spoiled, [log_key.verifier]).signers == (log_key.verifier,)
    with pytest.raises(ValueError, match="second does not fit"):
        open_note(spoiled, [log_key.verifier, second.verifier])
    with pytest.raises(ValueError, match="does not fit"):
        open_note(note + log_key.sign("another text\n"), [log_key.verifier])


def test_many_signatures_are_accepted_and_each_signer_counts_once(note: str, log_key: NoteKey) -> None:
    keys = [NoteKey(f"key{n}", bytes([n]) * 32) for n in range(16)]
    signed = note + "".join(key.sign(TEXT) for key in keys) + log_key.sign(TEXT)
    trusted = [log_key.verifier, *(key.verifier for key in keys)]
    assert open_note(signed, trusted).signers == tuple(trusted)
    open_note(note + keys[0].sign(TEXT) * (MAX_SIGNATURES - 1), [log_key.verifier])
    with pytest.raises(ValueError, match="at most"):
        open_note(note + keys[0].sign(TEXT) * MAX_SIGNATURES, [log_key.verifier])


def test_a_note_that_is_too_large_is_refused(log_key: NoteKey) -> None:
    text = "é" * (MAX_NOTE // 2) + "\n"
    with pytest.raises(ValueError, match="at most"):
        log_key.sign(text)
    with pytest.raises(ValueError, match="at most"):
        open_note(text, [log_key.verifier])


def signature(line: str) -> str:
    return line.split(" ")[2].strip()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda note: "", id="empty"),
        pytest.param(lambda note: TEXT, id="no-signature"),
        pytest.param(lambda note: TEXT + "\n", id="no-signature-line"),
        pytest.param(lambda note: note[:-1], id="no-last-newline"),
        pytest.param(lambda note: note + "\n", id="empty-line-behind"),
        pytest.param(lambda note: note.replace("\n\n", "\n"), id="no-empty-line"),
        pytest.param(lambda note: note.replace("— ", "- "), id="hyphen"),
        pytest.param(lambda note: note.replace("— ", "—  "), id="two-spaces"),
        pytest.param(lambda note: note.replace("— ", " — "), id="space-before"),
        pytest.param(lambda note: note[:-1] + " \n", id="space-behind"),
        pytest.param(lambda note: note[:-1] + "=\n", id="too-much-padding"),
        pytest.param(lambda note: note.replace("=\n", "\n"), id="no-padding"),
        pytest.param(lambda note: note.replace("\n\n", "\r\n\r\n"), id="carriage-return"),
        pytest.param(lambda note: note.replace("line", "li\tne"), id="tab"),
        pytest.param(lambda note: note.replace("line", "li\x85ne"), id="c1-control"),
        pytest.param(lambda note: note.replace("line", "li\ud800ne"), id="surrogate"),
        pytest.param(lambda note: note + "— short AAAAAA==\n", id="no-signature-bytes"),
        pytest.param(lambda note: note + "— a+b AAAAAAA=\n", id="plus-in-name"),
        pytest.param(lambda note: note + "— a\u00a0b AAAAAAA=\n", id="no-break-space-in-name"),
        pytest.param(lambda note: note.replace("first", "First"), id="changed-text"),
        pytest.param(lambda note: "\n" + note, id="longer-text"),
    ],
)
def test_what_is_no_verified_note_is_refused(
    note: str, log_key: NoteKey, change: Callable[[str], str]
) -> None:
    with pytest.raises(ValueError):
        open_note(change(note), [log_key.verifier])


def test_base64_has_one_spelling(log_key: NoteKey) -> None:
    line = log_key.sign(TEXT)
    assert line.endswith("=\n")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = line[-3]
    other = alphabet[alphabet.index(last) ^ 1]
    with pytest.raises(ValueError, match="base64"):
        open_note(f"{TEXT}\n{line[:-3]}{other}=\n", [log_key.verifier])


def test_a_cosigner_signs_with_the_time(note: str, log_key: NoteKey, witness_key: NoteKey) -> None:
    cosigned = note + witness_key.sign(TEXT, 1790000000) + witness_key.sign(TEXT, 1790000005)
    opened = open_note(cosigned, [log_key.verifier, witness_key.verifier])
    assert opened.signers == (log_key.verifier, witness_key.verifier)
    assert opened.times == {witness_key.verifier: 1790000005}


@pytest.mark.parametrize("time", [0, -1, 2**63])
def test_a_cosigner_signs_no_impossible_time(witness_key: NoteKey, time: int) -> None:
    with pytest.raises(ValueError, match="Unix seconds"):
        witness_key.sign(TEXT, time)


def test_time_and_kind_go_together(log_key: NoteKey, witness_key: NoteKey) -> None:
    with pytest.raises(ValueError, match="cosigner"):
        log_key.sign(TEXT, 1)
    with pytest.raises(ValueError, match="cosigner"):
        witness_key.sign(TEXT)


@pytest.mark.parametrize("time", [bytes(8), b"\xff" * 8, (1790000001).to_bytes(8, "big"), b"\x01"])
def test_a_cosignature_with_another_time_fails(witness_key: NoteKey, time: bytes) -> None:
    raw = witness_key.verifier.key_id + time + bytes(64)
    with pytest.raises(ValueError):
        open_note(f"{TEXT}\n— {witness_key.name} {b64(raw)}\n", [witness_key.verifier])


@pytest.mark.parametrize("text", ["no newline", "", "tab\t\n", "\ud800\n"])
def test_what_no_note_can_hold_is_not_signed(log_key: NoteKey, text: str) -> None:
    with pytest.raises(ValueError):
        log_key.sign(text)


def test_kinds_have_the_published_type_bytes() -> None:
    assert (LOG, COSIGNER) == (1, 4)


@given(st.text(), st.text())
def test_parsers_raise_nothing_but_value_errors(first: str, second: str) -> None:
    key = NoteKey("log", b"k" * 32)
    for text in (first, f"{first}\n\n{second}\n", f"{first}\n\n— {second}\n", f"{first}\n\n— log {second}\n"):
        with pytest.raises(ValueError):
            open_note(text, [key.verifier])
    for vkey in (first, f"{first}+{second}", f"log+{first}+{second}"):
        with pytest.raises(ValueError):
            VerifierKey.parse(vkey)


@given(st.text(PRINTABLE), st.data())
def test_every_text_that_was_signed_opens_and_no_changed_one(text: str, data: st.DataObject) -> None:
    key = NoteKey("log", b"k" * 32)
    note = f"{text}\n\n{key.sign(text + chr(10))}"
    assert open_note(note, [key.verifier]).text == text + "\n"
    at = data.draw(st.integers(0, len(note) - 1))
    one = data.draw(st.characters(codec="utf-8").filter(lambda char: char != note[at]))
    with pytest.raises(ValueError):
        open_note(note[:at] + one + note[at + 1 :], [key.verifier])
