"""Opening receipts: everything that an answer, its receipt and the request say is bound to the log."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import b64, canonical, commitment
from audit.note import NoteKey
from audit.proof import Inclusion
from audit.receipt import MAX_ANSWER, MAX_REQUEST, ReceiptReport, verify_receipt

if TYPE_CHECKING:
    from tests.audit.conftest import MemorySource

    Source = Callable[[int], MemorySource]

CONSULTATION = "0199b1f4-6c00-7000-8000-000000000001"
NONCE = bytes(range(32))
REQUEST = {"query": {"ssin": "nobodys-number"}, "context": {"caseReference": "2026-004711"}}
ANSWER = {
    "consultationId": CONSULTATION,
    "flow": "slrb-address",
    "answeredAt": "2026-10-05T08:30:01.000000Z",
    "found": True,
    "data": {"address": {"street": {"fr": "Rue inventée", "nl": "Verzonnen straat"}, "postalCode": "1000"}},
}
STEPS = ["form", "signature", "inclusion", "consultation", "answer"]


def committed(content: object) -> str:
    return b64(commitment(NONCE, canonical(content)))


def entry(**change: Any) -> dict[str, Any]:
    members = {
        "v": 1,
        "kind": "outcome",
        "at": "2026-10-05T08:30:00.999999Z",
        "consultation": CONSULTATION,
        "outcome": "found",
        "request": committed(REQUEST),
        "answer": committed(ANSWER),
    }
    return {name: value for name, value in {**members, **change}.items() if value is not None}


def received(source: MemorySource, raw: bytes | None = None, **change: Any) -> dict[str, Any]:
    """An answer with its receipt. `raw` or `change`: the entry that the log holds."""
    source.add(canonical(entry(**change)) if raw is None else raw)
    index = source.edge.size - 1
    receipt = {"index": index, "nonce": b64(NONCE), "proof": source.proof(index)}
    return {**deepcopy(ANSWER), "receipt": receipt}


@pytest.fixture
def source(memory_source: Source) -> MemorySource:
    return memory_source(6)


Check = Callable[..., ReceiptReport]


@pytest.fixture
def check(log_key: NoteKey) -> Check:
    return lambda answer, request=None: verify_receipt(answer, log_key.verifier, request)


def failed(report: ReceiptReport) -> str:
    """Name and text of the step that does not hold."""
    assert not report.ok
    step = next(step for step in report.steps if not step.ok)
    return f"{step.name}: {step.text}"


def test_a_true_answer_and_request_hold(source: MemorySource, check: Check) -> None:
    report = check(received(source), json.dumps(REQUEST, indent=3).encode())
    assert report.ok
    assert [step.name for step in report.steps] == [*STEPS, "request"]
    assert [step.text for step in report.steps] == [
        f"This is an answer of consultation {CONSULTATION}, with a receipt",
        "The log audit.fidus.example/log signed that it held 7 entries",
        "Entry 6 is one of them: its hash leads to the signed root",
        "It is the outcome of this consultation, recorded at 2026-10-05T08:30:00.999999Z",
        "The answer is the one that was recorded: nothing in it was changed",
        "The request is the one that was recorded: nothing in it was changed",
    ]
    assert report.as_json()["ok"] is True
    assert report.as_json()["steps"][0] == {"name": "form", "ok": True, "text": report.steps[0].text}


def test_without_the_request_the_answer_alone_is_opened(source: MemorySource, check: Check) -> None:
    report = check(received(source))
    assert report.ok
    assert [step.name for step in report.steps] == STEPS


def test_order_and_blanks_of_the_answer_do_not_matter(source: MemorySource, check: Check) -> None:
    answer = dict(reversed(received(source).items()))
    assert check(json.loads(json.dumps(answer, indent=2, ensure_ascii=True))).ok


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda answer: answer.update(found=False), id="found"),
        pytest.param(lambda answer: answer["data"]["address"].update(postalCode="1001"), id="value"),
        pytest.param(lambda answer: answer["data"]["address"].pop("street"), id="left-out"),
        pytest.param(lambda answer: answer.update(withheld=["address"]), id="put-in"),
    ],
)
def test_a_changed_answer_does_not_hold(
    source: MemorySource, check: Check, change: Callable[[Any], None]
) -> None:
    answer = received(source)
    change(answer)
    report = check(answer, canonical(REQUEST))
    assert (
        failed(report) == "answer: The answer is not the one that was recorded: something in it was changed"
    )
    assert report.steps[-1].ok  # the request is judged by itself


@pytest.mark.parametrize(
    ("request_body", "says"),
    [
        pytest.param(canonical({**REQUEST, "query": {}}), "not the one that was recorded", id="another"),
        pytest.param(b'{"a": 1, "a": 1}', "each name once", id="name-twice"),
        pytest.param(b'{"a": NaN}', "no JSON", id="no-number"),
        pytest.param(b"\xff", "no JSON", id="no-text"),
        pytest.param(b"", "no JSON", id="empty"),
        pytest.param(b"[" * 60_000, "no JSON", id="too-deep"),
        pytest.param(b" " * (MAX_REQUEST + 1), "more than 65536 bytes", id="too-large"),
        pytest.param(b'{"a": 9007199254740993}', "2^53-1", id="no-canonical-form"),
    ],
)
def test_another_request_does_not_hold(
    source: MemorySource, check: Check, request_body: bytes, says: str
) -> None:
    report = check(received(source), request_body)
    assert failed(report).startswith("request: ")
    assert says in failed(report)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(lambda answer: answer.pop("receipt"), "form: This is no answer", id="no-receipt"),
        pytest.param(lambda answer: answer.update(receipt=[]), "form: This is no answer", id="list"),
        pytest.param(lambda answer: answer.pop("consultationId"), "form: The answer needs", id="no-id"),
        pytest.param(
            lambda answer: answer.update(consultationId="\x1b[2J"), "form: The answer needs", id="no-uuid"
        ),
        pytest.param(lambda answer: answer["receipt"].pop("index"), "form: The receipt needs", id="no-index"),
        pytest.param(
            lambda answer: answer["receipt"].update(index=True), "form: The receipt needs", id="index-bool"
        ),
        pytest.param(lambda answer: answer["receipt"].pop("proof"), "form: The receipt needs", id="no-proof"),
        pytest.param(
            lambda answer: answer["receipt"].update(proof="nonsense"), "form: A proof has", id="no-proof-text"
        ),
        pytest.param(
            lambda answer: answer["receipt"].update(nonce=5), "form: The receipt's `nonce`", id="nonce-number"
        ),
        pytest.param(
            lambda answer: answer["receipt"].update(nonce="AAAA"),
            "form: The receipt's `nonce`",
            id="nonce-short",
        ),
        pytest.param(
            lambda answer: answer["receipt"].update(nonce="?"), "form: Not standard", id="nonce-text"
        ),
        pytest.param(
            lambda answer: answer["receipt"].update(nonce=b64(bytes(32))),
            "answer: The answer",
            id="nonce-other",
        ),
        pytest.param(
            lambda answer: answer["receipt"].pop("nonce"), "answer: The receipt has no `nonce`", id="no-nonce"
        ),
        pytest.param(
            lambda answer: answer["receipt"].update(index=5),
            "inclusion: The receipt's `index`",
            id="index-other",
        ),
        pytest.param(
            lambda answer: answer.update(consultationId=CONSULTATION[:-1] + "2"),
            "consultation: The entry is of another",
            id="consultation-other",
        ),
        pytest.param(
            lambda answer: answer["receipt"].update(
                proof=answer["receipt"]["proof"].replace("\n7\n", "\n8\n")
            ),
            "signature: The signature of audit.fidus.example/log does not fit",
            id="checkpoint-changed",
        ),
        pytest.param(
            lambda answer: answer.update(data={1: "a key that JSON does not have"}),
            "answer: No canonical",
            id="key",
        ),
    ],
)
def test_a_changed_receipt_does_not_hold(
    source: MemorySource, check: Check, change: Callable[[Any], None], says: str
) -> None:
    answer = received(source)
    change(answer)
    assert failed(check(answer)).startswith(says)


@pytest.mark.parametrize("answer", [None, [], "text", {}, {"receipt": None}])
def test_what_is_no_answer_does_not_hold(check: Check, answer: object) -> None:
    assert failed(check(answer)).startswith("form: This is no answer")


def test_the_bytes_that_were_received_hold(source: MemorySource, check: Check) -> None:
    assert check(json.dumps(received(source), indent=1).encode(), canonical(REQUEST)).ok


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda raw: raw.replace(b'"data"', b'"data": {"forged": 1}, "data"'), id="name-twice"),
        pytest.param(lambda raw: raw.replace(b'"index"', b'"index": 1, "index"'), id="name-twice-deeper"),
        pytest.param(lambda raw: raw[:-1], id="cut"),
        pytest.param(lambda raw: b"\xef\xbb\xbf" + raw, id="byte-order-mark"),
        pytest.param(lambda raw: raw.decode().encode("utf-16"), id="utf-16"),
        pytest.param(lambda raw: raw.replace(b"true", b"NaN"), id="no-number"),
        pytest.param(lambda raw: b"[" * 100_000, id="deep"),
        pytest.param(lambda raw: b"", id="empty"),
        pytest.param(lambda raw: raw + b" " * MAX_ANSWER, id="too-large"),
    ],
)
def test_bytes_that_others_may_read_otherwise_do_not_hold(
    source: MemorySource, check: Check, spoil: Callable[[bytes], bytes]
) -> None:
    report = check(spoil(json.dumps(received(source)).encode()))
    assert failed(report).startswith("form: The answer ")


def test_a_receipt_of_another_log_does_not_hold(source: MemorySource) -> None:
    stranger = NoteKey("audit.fidus.example/log", b"o" * 32)
    report = verify_receipt(received(source), stranger.verifier)
    assert failed(report) == "signature: No trusted key signed this note"
    assert [step.name for step in report.steps] == ["form", "signature"]


def test_a_proof_with_another_entry_does_not_hold(source: MemorySource, check: Check) -> None:
    answer = received(source)
    proof = Inclusion.parse(answer["receipt"]["proof"])
    forged = Inclusion(proof.index, proof.path, canonical(entry(outcome="absent")), proof.note)
    answer["receipt"]["proof"] = forged.text()
    assert failed(check(answer)).startswith("inclusion: The entry is not the one")
    answer["receipt"]["proof"] = Inclusion(proof.index, proof.path, None, proof.note).text()
    assert failed(check(answer)).startswith("inclusion: The proof does not bring its entry")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        pytest.param(b"no json", "inclusion: The entry is no JSON", id="no-json"),
        pytest.param(b'"text"', "inclusion: The entry is no JSON object", id="no-object"),
        pytest.param(
            canonical(entry(kind="intent")), "consultation: The entry is not the outcome", id="intent"
        ),
        pytest.param(
            canonical(entry(consultation=None)), "consultation: The entry is of another", id="no-id"
        ),
        pytest.param(canonical(entry(answer=None)), "answer: The entry holds no answer", id="no-commitment"),
        pytest.param(canonical(entry(answer=5)), "answer: The answer is not the one", id="commitment-number"),
    ],
)
def test_an_entry_that_is_not_this_outcome_does_not_hold(
    source: MemorySource, check: Check, raw: bytes, says: str
) -> None:
    assert failed(check(received(source, raw))).startswith(says)


@pytest.mark.parametrize("outcome", ["found", "failed", "interrupted"])
def test_the_receipt_of_a_consultation_shows_its_outcome(
    source: MemorySource, check: Check, outcome: str
) -> None:
    answered = {} if outcome == "found" else {"answer": None}
    receipt = received(source, outcome=outcome, **answered)["receipt"]
    document = {"consultationId": CONSULTATION, "outcome": outcome, "receipt": receipt}
    report = check(document, canonical(REQUEST))
    assert report.ok
    assert [step.name for step in report.steps] == [*STEPS[:-1], "outcome", "request"]
    assert report.steps[-2].text == f"The outcome that was recorded is: {outcome}"
    document["outcome"] = "absent"
    assert failed(check(document)) == "outcome: The outcome is not the one that was recorded"


def test_a_request_cannot_be_opened_without_the_nonce(source: MemorySource, check: Check) -> None:
    receipt = received(source, outcome="interrupted", answer=None)["receipt"]
    del receipt["nonce"]
    document = {"consultationId": CONSULTATION, "outcome": "interrupted", "receipt": receipt}
    assert check(document).ok
    assert failed(check(document, canonical(REQUEST))).startswith("request: The receipt has no `nonce`")


def test_no_text_shows_what_was_asked_or_answered(source: MemorySource, check: Check) -> None:
    report = check(received(source), canonical(REQUEST))
    texts = " ".join(step.text for step in report.steps)
    assert "Verzonnen" not in texts
    assert "nobodys-number" not in texts


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES, VALUES, st.sampled_from(["", "receipt", "index", "nonce", "proof", "consultationId", "data"]))
def test_nothing_that_is_received_makes_it_stumble(
    memory_source: Source, log_key: NoteKey, value: object, other: object, where: str
) -> None:
    answer: Any = received(memory_source(2))
    if where in ("index", "nonce", "proof"):
        answer["receipt"][where] = value
    elif where:
        answer[where] = value
    else:
        answer = value
    report = verify_receipt(answer, log_key.verifier, json.dumps(other).encode())
    assert not report.ok
