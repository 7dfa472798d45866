from __future__ import annotations

import json
import string
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import b64, canonical
from audit.event import Sealed
from audit.seal import BLOCK, KeyId, key_id_of, month_of, open_seal, plaintext, seal
from fidus.model import Subject, SubjectRole, SubjectType

if TYPE_CHECKING:
    from tests.audit.conftest import Events

KEY, NONCE, ID = bytes(range(32)), bytes(range(12)), KeyId(202610, 1)
BOUND = b'{"kind":"intent","v":1}'
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def subjects() -> st.SearchStrategy[Subject]:
    digits = st.text("0123456789", min_size=11, max_size=11)
    plates = st.text(string.ascii_uppercase, min_size=1).map("plate:B:{}".format)
    role = st.sampled_from(SubjectRole)
    return st.one_of(
        st.builds(Subject, st.just(SubjectType.PERSON), digits, role),
        st.builds(Subject, st.just(SubjectType.VEHICLE), plates, role),
        st.builds(Subject, st.sampled_from(SubjectType), st.none(), role),
    )


SEALED = st.builds(
    Sealed,
    subjects=st.lists(subjects(), max_size=30).map(tuple),
    end_user=st.none() | TEXT,
    case_reference=st.none() | TEXT,
    query=st.none() | st.dictionaries(TEXT, TEXT, max_size=4),
    answer_nonce=st.none() | st.binary(min_size=32, max_size=32),
    flow=st.none() | TEXT,
)


@given(SEALED)
def test_what_was_sealed_is_what_is_opened(sealed: Sealed) -> None:
    opened = open_seal(seal(sealed, ID, KEY, NONCE, BOUND), KEY, BOUND)
    expected: dict[str, Any] = {
        "subjects": [
            {"type": one.type, "role": one.role} | ({} if one.id is None else {"id": one.id})
            for one in sealed.subjects
        ],
        "endUser": sealed.end_user,
        "caseReference": sealed.case_reference,
        "query": sealed.query,
        "answerNonce": None if sealed.answer_nonce is None else b64(sealed.answer_nonce),
        "flow": sealed.flow,
    }
    assert opened == {name: value for name, value in expected.items() if value is not None}


@given(SEALED)
def test_the_length_tells_no_more_than_the_number_of_blocks(sealed: Sealed) -> None:
    text = plaintext(sealed)
    members = json.loads(text)
    pad = members.pop("pad")
    assert len(text) % BLOCK == 0
    assert set(pad) <= {" "}
    assert len(pad) < BLOCK
    assert text == canonical({**members, "pad": pad})


@pytest.mark.parametrize(
    "sealed",
    [
        pytest.param(Sealed(case_reference='"pad":"', end_user='\\","pad":"'), id="in-a-text"),
        pytest.param(Sealed(end_user="pad", query={"pad": "", "a": '"pad":""'}), id="as-a-name-and-a-text"),
    ],
)
def test_what_looks_like_padding_is_left_as_it_is(sealed: Sealed) -> None:
    opened = open_seal(seal(sealed, ID, KEY, NONCE, BOUND), KEY, BOUND)
    told = (opened.get("caseReference"), opened["endUser"], opened.get("query"))
    assert told == (sealed.case_reference, sealed.end_user, sealed.query)
    assert len(plaintext(sealed)) == BLOCK


@given(st.integers(0, 400), st.integers(0, 400))
def test_short_and_long_texts_are_sealed_to_the_same_length(one: int, other: int) -> None:
    lengths = {len(seal(Sealed(end_user="x" * many), ID, KEY, NONCE, BOUND)) for many in (one, other)}
    assert lengths == {8 + 12 + BLOCK + 16}


@given(SEALED, st.data())
def test_any_change_is_noticed(sealed: Sealed, data: st.DataObject) -> None:
    blob = bytearray(seal(sealed, ID, KEY, NONCE, BOUND))
    place = data.draw(st.integers(0, len(blob) - 1))
    blob[place] ^= data.draw(st.integers(1, 255))
    if place < 8:
        assert key_id_of(bytes(blob)) != ID
    else:
        with pytest.raises(ValueError, match="was changed"):
            open_seal(bytes(blob), KEY, BOUND)


@given(st.integers(min_value=21))
def test_a_shortened_seal_is_noticed(length: int) -> None:
    blob = seal(Sealed(), ID, KEY, NONCE, BOUND)
    with pytest.raises(ValueError, match="was changed"):
        open_seal(blob[: min(length, len(blob) - 1)], KEY, BOUND)


def test_a_seal_that_was_moved_to_another_entry_does_not_open() -> None:
    blob = seal(Sealed(end_user="agent-17"), ID, KEY, NONCE, BOUND)
    with pytest.raises(ValueError, match="another entry"):
        open_seal(blob, KEY, b'{"kind":"outcome","v":1}')


def test_another_key_does_not_open() -> None:
    with pytest.raises(ValueError, match="was changed"):
        open_seal(seal(Sealed(), ID, KEY, NONCE, BOUND), bytes(32), BOUND)


def test_the_layout_is_key_id_nonce_and_aes_gcm(events: Events) -> None:
    sealed = events.intent().sealed
    assert sealed is not None
    blob = seal(sealed, ID, KEY, NONCE, BOUND)
    assert blob[:8] == (202610).to_bytes(4, "big") + (1).to_bytes(4, "big")
    assert blob[8:20] == NONCE
    text = AESGCM(KEY).decrypt(NONCE, blob[20:], BOUND)
    assert json.loads(text) == {
        "subjects": [{"type": "person", "id": events.person().id, "role": "asked"}],
        "endUser": "agent-17",
        "caseReference": "2026-004711",
        "query": {"ssin": events.person().id},
        "answerNonce": b64(events.nonce),
        "pad": " " * (BLOCK - len(text.replace(b" ", b""))),
    }
    assert key_id_of(blob) == ID


def test_identifiers_are_sealed_in_their_normal_form() -> None:
    plate = Subject(SubjectType.VEHICLE, "plate:b:1-abc-234", SubjectRole.LISTED)
    opened = open_seal(seal(Sealed(subjects=(plate,)), ID, KEY, NONCE, BOUND), KEY, BOUND)
    assert opened["subjects"] == [{"type": "vehicle", "id": "plate:B:1ABC234", "role": "listed"}]


@pytest.mark.parametrize("length", [0, 7, 20])
def test_what_is_too_short_is_no_seal(length: int) -> None:
    with pytest.raises(ValueError, match="key id, a nonce and a content"):
        key_id_of(bytes(length))


@pytest.mark.parametrize(
    ("at", "month"),
    [
        pytest.param(datetime(2026, 10, 31, 23, 59, 59, 999999, tzinfo=UTC), 202610, id="last-moment"),
        pytest.param(
            datetime(2026, 11, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), 202610, id="in-brussels"
        ),
        pytest.param(datetime(2027, 1, 1, tzinfo=UTC), 202701, id="new-year"),
    ],
)
def test_the_month_of_a_moment_is_that_of_utc(at: datetime, month: int) -> None:
    assert month_of(at) == month
