from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import b64, canonical, commitment, moment, parse_moment, unb64

SAFE = 2**53 - 1
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-SAFE, SAFE)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20)


def reread(text: bytes) -> Any:
    """As any JSON reader with doubles would."""
    return json.loads(
        text, parse_int=lambda digits: int(digits) if abs(int(digits)) <= SAFE else float(digits)
    )


@given(JSON)
def test_the_form_of_what_was_read_back_is_the_same(value: Any) -> None:
    once = canonical(value)
    assert canonical(reread(once)) == once


USUAL = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | TEXT | st.text(st.characters(max_codepoint=0x2FF)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=0x7F)), inner),
    max_leaves=20,
)


@given(JSON | USUAL)
def test_the_short_way_writes_what_the_library_writes(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(st.dictionaries(TEXT, SCALARS))
def test_names_stand_in_the_order_of_their_utf_16_units(members: dict[str, Any]) -> None:
    names = list(reread(canonical(dict(reversed(members.items())))))
    assert names == sorted(members, key=lambda name: name.encode("utf-16be"))


def test_a_name_outside_the_basic_plane_stands_before_one_at_its_end() -> None:
    assert canonical({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


@pytest.mark.parametrize(
    ("value", "form"),
    [
        pytest.param({"b": [1, 2.0, -0.0], "a": "é\n"}, '{"a":"é\\n","b":[1,2,0]}', id="no-blanks"),
        pytest.param(333333333.33333329, "333333333.3333333", id="shortest-double"),
        pytest.param(1e30, "1e+30", id="large-double"),
        pytest.param(1e-7, "1e-7", id="small-double"),
        pytest.param("\x1f\u20ac</", '"\\u001f€</"', id="only-controls-escaped"),
        pytest.param(
            MappingProxyType({"a": MappingProxyType({"b": ("c",)})}), '{"a":{"b":["c"]}}', id="frozen"
        ),
        pytest.param([None, True, False], "[null,true,false]", id="words"),
    ],
)
def test_examples_of_the_form(value: object, form: str) -> None:
    assert canonical(value) == form.encode()


def nested(depth: int) -> object:
    value: object = 0
    for _ in range(depth):
        value = [value]
    return value


def test_nesting_that_the_quick_way_does_not_take_is_written_all_the_same() -> None:
    assert canonical(nested(300)) == b"[" * 300 + b"0" + b"]" * 300


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        pytest.param({"a": [SAFE + 1]}, "beyond 2\\^53-1", id="big-integer"),
        pytest.param(-SAFE - 1, "beyond 2\\^53-1", id="big-negative-integer"),
        pytest.param(float("nan"), "not finite", id="nan"),
        pytest.param({"a": float("-inf")}, "not finite", id="infinity"),
        pytest.param(["\ud800"], "surrogate", id="lone-surrogate"),
        pytest.param({"a\udc00": 1}, "surrogate in a name", id="lone-surrogate-in-a-name"),
        pytest.param({1: "a"}, "name", id="number-as-name"),
        pytest.param({"a": b"bytes"}, "type", id="bytes"),
        pytest.param({"a": {1, 2}}, "type", id="set"),
        pytest.param(nested(100_000), "too deep", id="endless"),
    ],
)
def test_what_has_no_form_is_refused_by_its_rule(value: object, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        canonical(value)


@given(st.integers(min_value=SAFE + 1))
def test_a_refusal_never_shows_the_value(value: int) -> None:
    with pytest.raises(ValueError) as caught:
        canonical({"ssin": value})
    assert str(value) not in str(caught.value)
    assert caught.value.__cause__ is None


@given(TEXT, st.integers(0xD800, 0xDFFF).map(chr), TEXT)
def test_any_lone_surrogate_is_refused(before: str, surrogate: str, after: str) -> None:
    with pytest.raises(ValueError, match="surrogate"):
        canonical([before + surrogate + after])


def test_a_commitment_is_the_hash_of_nonce_and_form() -> None:
    nonce = bytes(32)
    assert commitment(nonce, b"{}") == hashlib.sha256(nonce + b"{}").digest()


@given(st.binary())
def test_base64_goes_there_and_back(data: bytes) -> None:
    assert unb64(b64(data)) == data


@pytest.mark.parametrize("text", ["AB==", "AA", "AA==\n", "A-_=", "AA==AA==", "é", "AA===", " "])
def test_base64_has_one_spelling_only(text: str) -> None:
    with pytest.raises(ValueError, match="standard base64"):
        unb64(text)


@given(
    st.datetimes(
        timezones=st.timezones() | st.just(UTC), min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)
    )
)
def test_a_moment_goes_there_and_back(at: datetime) -> None:
    text = moment(at)
    assert len(text) == len("2026-10-05T08:30:00.000125Z")
    assert parse_moment(text) == at.astimezone(UTC)


def test_a_moment_is_told_in_utc() -> None:
    brussels = timezone(timedelta(hours=2))
    assert moment(datetime(2026, 10, 1, 0, 30, tzinfo=brussels)) == "2026-09-30T22:30:00.000000Z"


def test_a_time_without_zone_is_no_moment() -> None:
    with pytest.raises(ValueError, match="time zone"):
        moment(datetime(2026, 10, 1))


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-05T08:30:00Z",
        "2026-10-05T08:30:00.1Z",
        "2026-10-05 08:30:00.000000Z",
        "2026-13-05T08:30:00.000000Z",
    ],
)
def test_another_spelling_of_a_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_moment(text)
