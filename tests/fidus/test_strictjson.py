"""The reader of JSON from outside: takes what JSON says, refuses the rest with a place and a cure."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidus.errors import IssueType, PayloadTooLarge, RequestInvalid
from fidus.strictjson import LARGEST, LIMIT, MOST_ISSUES, loads, tellable_path

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-LARGEST, LARGEST),
    st.floats(-LARGEST, LARGEST, allow_nan=False),
    TEXT,
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def faults(raw: bytes) -> list[tuple[IssueType, str]]:
    with pytest.raises(RequestInvalid) as refused:
        loads(raw)
    return [(issue.type, issue.name) for issue in refused.value.issues]


def nested(levels: int) -> bytes:
    return b'{"a":[' * (levels // 2) + b"{}" * (levels % 2) + b"]}" * (levels // 2)


@given(VALUES, st.booleans())
def test_what_json_writes_is_read_unchanged(value: object, ascii_only: bool) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert json.dumps(loads(raw)) == json.dumps(value)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(RequestInvalid):
        assert loads(raw) == json.loads(raw)


@given(st.text(alphabet='{}[]",:\\ud80e+-.019NaInfity\n ', max_size=60))
def test_whatever_is_read_can_be_written_as_utf_8(text: str) -> None:
    with suppress(RequestInvalid):
        value = loads(text.encode())
        assert loads(json.dumps(value, ensure_ascii=False, allow_nan=False).encode()) == value


def is_faulty(text: str) -> bool:
    """Read once more, by the standard library and by rules written anew."""
    faults: list[str] = []

    def noted(kept: object, is_fault: bool) -> object:
        faults.extend(["fault"] * is_fault)
        return kept

    value = json.loads(
        text,
        object_pairs_hook=lambda pairs: noted(dict(pairs), len({name for name, _ in pairs}) < len(pairs)),
        parse_int=lambda digits: noted(0, abs(int(digits)) > LARGEST),
        parse_float=lambda digits: noted(0.5, not -LARGEST <= float(digits) <= LARGEST),
        parse_constant=lambda _: noted(0, True),
    )
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return bool(faults)


RIGHT = st.sampled_from(
    ["1", "-0.0", "1e5", "9007199254740991", "null", '"a"', '"\\u00e9"', '"\\ud83d\\ude00"', '"\\\\ud800"']
)
WRONG = st.sampled_from(["9007199254740992", "-1e400", "NaN", "-Infinity", '"\\ud800"', '"\\udc00x"'])
MEMBER_NAMES = st.sampled_from(['"a"', '"\\u0061"', '"b"', '"c\\\\"', '"\\udfff"', '"\u00e9"'])
TEXTS_OF_JSON = st.recursive(
    RIGHT | WRONG,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(MEMBER_NAMES, inner), max_size=3).map(
            lambda members: f"{{{','.join(f'{name}:{value}' for name, value in members)}}}"
        )
    ),
    max_leaves=8,
)


@given(TEXTS_OF_JSON)
def test_what_has_a_fault_anywhere_is_never_read(text: str) -> None:
    """The quick look that finds no fault finds none where there is one, and the other way round."""
    if is_faulty(text):
        assert faults(text.encode())
    else:
        assert loads(text.encode()) == json.loads(text)


def test_one_byte_over_the_limit_is_too_large() -> None:
    fits = b'"' + b"x" * (LIMIT - 2) + b'"'
    assert loads(fits) == "x" * (LIMIT - 2)
    with pytest.raises(PayloadTooLarge) as refused:
        loads(fits + b" ")
    assert refused.value.limit == LIMIT
    with pytest.raises(PayloadTooLarge) as refused:
        loads(b"[1,2]", limit=4)
    assert refused.value.limit == 4


@pytest.mark.parametrize("levels", [1, 2, 15, 16])
def test_sixteen_levels_are_taken(levels: int) -> None:
    assert loads(nested(levels)) is not None


@pytest.mark.parametrize("levels", [17, 18, 10_000])
def test_seventeen_levels_are_refused_without_recursion(levels: int) -> None:
    assert faults(nested(levels)) == [(IssueType.SCHEMA_VIOLATION, "")]


def test_many_objects_side_by_side_are_not_deep() -> None:
    assert loads(b"[" + b"{}," * 99 + b"{}]") == [{}] * 100


@pytest.mark.parametrize("text", ["[" * 40, "]" * 40, '{"' * 40, '\\"[' * 40, '\\\\" [ "' * 40])
def test_brackets_within_text_are_not_depth(text: str) -> None:
    assert loads(json.dumps([text]).encode()) == [text]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b" \r\n\t", id="blank"),
        pytest.param(b'\xef\xbb\xbf{"a":1}', id="byte-order-mark"),
        pytest.param('{"a":1}'.encode("utf-16"), id="utf-16"),
        pytest.param('{"a":"é"}'.encode("latin-1"), id="latin-1"),
        pytest.param(b'{"a":"\xed\xa0\x80"}', id="surrogate-in-utf-8"),
        pytest.param(b'{"a":"\xc0\xaf"}', id="overlong-utf-8"),
        pytest.param(b"{'a':1}", id="single-quotes"),
        pytest.param(b'{"a":1,}', id="trailing-comma"),
        pytest.param(b'{"a":1} {"b":2}', id="two-values"),
        pytest.param(b'{"a":01}', id="leading-zero"),
        pytest.param(b'{"a":"\n"}', id="raw-line-break-in-text"),
        pytest.param(b"[" * 17 + b'"', id="deep-and-cut"),
        pytest.param(b"[" * 16 + b'"\\', id="cut-in-text"),
    ],
)
def test_what_is_not_json_is_one_fault_of_the_whole(raw: bytes) -> None:
    assert faults(raw) == [(IssueType.SCHEMA_VIOLATION, "")]


@pytest.mark.parametrize(
    ("raw", "type_", "name"),
    [
        pytest.param('{"query":{"ssin":"1","ssin":"2"}}', "SCHEMA_VIOLATION", "query.ssin", id="twice"),
        pytest.param('{"a":1,"\\u0061":1}', "SCHEMA_VIOLATION", "a", id="twice-escaped"),
        pytest.param('{"a":{"no letters":1,"no letters":2}}', "SCHEMA_VIOLATION", "a", id="twice-untold"),
        pytest.param('{"a":[1,{"b":NaN}]}', "SCHEMA_VIOLATION", "a[1].b", id="nan"),
        pytest.param('{"a":Infinity}', "SCHEMA_VIOLATION", "a", id="infinity"),
        pytest.param("-Infinity", "SCHEMA_VIOLATION", "", id="minus-infinity"),
        pytest.param('{"a":1e999}', "OUT_OF_RANGE", "a", id="overflow"),
        pytest.param('{"a":-1e999}', "OUT_OF_RANGE", "a", id="negative-overflow"),
        pytest.param('{"a":9007199254740992}', "OUT_OF_RANGE", "a", id="two-to-the-53"),
        pytest.param('{"a":-9007199254740992}', "OUT_OF_RANGE", "a", id="minus-two-to-the-53"),
        pytest.param('{"a":9007199254740993.0}', "OUT_OF_RANGE", "a", id="inexact-float"),
        pytest.param('{"a":1e300}', "OUT_OF_RANGE", "a", id="integral-beyond"),
        pytest.param('{"a":' + "9" * 5000 + "}", "OUT_OF_RANGE", "a", id="thousands-of-digits"),
        pytest.param('{"a":["\\ud800"]}', "SCHEMA_VIOLATION", "a[0]", id="lone-high-surrogate"),
        pytest.param('{"a":"\\uDC00\\ud800"}', "SCHEMA_VIOLATION", "a", id="pair-in-the-wrong-order"),
        pytest.param('{"a":{"\\ud800":1}}', "SCHEMA_VIOLATION", "a", id="lone-surrogate-as-name"),
        pytest.param('{"a":{"b c":{"d":NaN}}}', "SCHEMA_VIOLATION", "a.d", id="untold-name-on-the-way"),
    ],
)
def test_a_fault_is_told_with_its_place(raw: str, type_: str, name: str) -> None:
    assert faults(raw.encode()) == [(IssueType[type_], name)]


def test_numbers_at_the_edge_are_exact() -> None:
    assert loads(b"[9007199254740991,-9007199254740991,0.1,1e2]") == [LARGEST, -LARGEST, 0.1, 100.0]


def test_a_whole_pair_and_an_escaped_backslash_are_text() -> None:
    assert loads(b'["\\ud83d\\ude00","\\\\ud800"]') == ["\U0001f600", "\\ud800"]


def test_every_fault_is_told_at_once() -> None:
    raw = b'{"a":1,"a":NaN,"b":[1e999,"\\ud800"],"c":{"d":1,"d":1}}'
    assert [name for _, name in faults(raw)] == ["a", "a", "b[0]", "b[1]", "c.d"]


def test_no_more_than_a_hundred_are_told() -> None:
    assert len(faults(b"[" + b"NaN," * 500 + b"NaN]")) == MOST_ISSUES


def test_nothing_of_the_body_is_repeated() -> None:
    raw = b'{"secret1":{"hidden2":"taken3","hidden2":1},"x":"\\ud800taken4","y":[NaN,123456789012345678]}'
    with pytest.raises(RequestInvalid) as refused:
        loads(raw)
    told = repr(refused.value.issues) + str(refused.value)
    assert not any(word in told for word in ("secret", "hidden", "taken", "1234"))


def test_a_parser_error_keeps_no_copy_of_the_body() -> None:
    with pytest.raises(RequestInvalid) as refused:
        loads(b'{"name":"taken" oops}')
    assert refused.value.__suppress_context__
    assert "taken" not in refused.value.issues[0].detail


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"[" * LIMIT, id="brackets"),
        pytest.param(b"[" * 17 + b'"' + b'\\"' * 32_000, id="escaped-quotes-never-closed"),
        pytest.param(b'{"a":' + b"9" * 65_000 + b"}", id="one-long-number"),
        pytest.param(b"{" + b",".join(b'"%d":0' % n for n in range(7000)) + b',"1":0}', id="many-names"),
    ],
)
def test_hostile_bodies_cost_little(raw: bytes) -> None:
    start = time.process_time()
    with pytest.raises(RequestInvalid):
        loads(raw)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("parent", "name", "path"),
    [
        ("query", "ssin", "query.ssin"),
        ("", "query", "query"),
        ("query", "a" * 32, "query." + "a" * 32),
        ("query", "a" * 33, "query"),
        ("query", "", "query"),
        ("query", "é", "query"),
        ("query", "n1", "query"),
        ("query", "ssin\n", "query"),
        ("", "two words", ""),
    ],
)
def test_only_a_plain_name_is_repeated(parent: str, name: str, path: str) -> None:
    assert tellable_path(parent, name) == path
