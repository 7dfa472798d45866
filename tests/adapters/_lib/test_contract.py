"""What a contract in OpenAPI says of an answer is what is taken, formats included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters._lib.contract import RestContract
from fidus.errors import SourceAnswerInvalid
from tests.adapters.valid_answers import Answers

CONTRACT = """
openapi: 3.0.3
info: {title: Things, version: "1"}
paths:
  /things:
    get:
      operationId: things
      responses:
        "200":
          description: x
          content: {application/json: {schema: {$ref: "#/components/schemas/Things"}}}
  /nothing:
    delete:
      operationId: nothing
      responses: {"204": {description: x}}
components:
  schemas:
    Day: {type: string, format: date}
    Things:
      type: object
      required: [items]
      properties:
        items:
          type: array
          items:
            type: object
            required: [since]
            properties:
              since: {$ref: "#/components/schemas/Day"}
              plate: {type: string, pattern: "^[A-Z]+$"}
"""


@pytest.fixture
def contract(tmp_path: Path) -> RestContract:
    file = tmp_path / "openapi.yaml"
    file.write_text(CONTRACT)
    return RestContract("source", file)


def test_only_answers_in_json_are_known(contract: RestContract) -> None:
    assert contract.operations == ("things",)


@pytest.mark.parametrize(
    "answer",
    [
        {"items": []},
        {"items": [{"since": "2026-01-31", "plate": "ABC", "more": 1}]},
    ],
)
def test_what_the_contract_says_is_taken(contract: RestContract, answer: Any) -> None:
    contract.check("things", answer)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"items": {}},
        {"items": [{}]},
        {"items": [{"since": 1}]},
        {"items": [{"since": "2026-02-30"}]},
        {"items": [{"since": "2026-01-31", "plate": "abc"}]},
    ],
)
def test_anything_else_is_refused_without_a_word_of_it(contract: RestContract, answer: Any) -> None:
    with pytest.raises(SourceAnswerInvalid) as raised:
        contract.check("things", answer)
    assert "2026" not in str(raised.value)


NULLABLE = (
    CONTRACT[: CONTRACT.index("    Things:")]
    + """\
    Things:
      type: object
      required: [text, nullable]
      properties:
        text: {type: string, maxLength: 3, nullable: true}
        count: {type: integer, nullable: false}
        letter: {type: string, enum: [A, B], nullable: true}
        part:
          type: object
          nullable: true
          required: [day]
          properties: {day: {$ref: "#/components/schemas/Day"}}
        nullable: {type: boolean}
"""
)


@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        ({"text": None, "nullable": True}, True),
        ({"text": "abc", "nullable": True, "part": None}, True),
        ({"text": "abcd", "nullable": True}, False),
        ({"nullable": True}, False),
        ({"text": "a", "nullable": None}, False),
        ({"text": "a", "nullable": True, "count": None}, False),
        ({"text": "a", "nullable": True, "letter": None}, False),  # null is none of the values of the list
        ({"text": "a", "nullable": True, "part": {}}, False),
        ({"text": "a", "nullable": True, "part": {"day": "2026-02-30"}}, False),
    ],
)
def test_null_is_taken_where_the_contract_says_so(tmp_path: Path, answer: Any, taken: bool) -> None:
    assert allows(written(tmp_path, NULLABLE), answer) is taken


@pytest.fixture(scope="module")
def nullable(tmp_path_factory: pytest.TempPathFactory) -> tuple[RestContract, Answers]:
    """The contract, and whatever it allows."""
    folder = tmp_path_factory.mktemp("nullable")
    return written(folder, NULLABLE), Answers(folder / "openapi.yaml")


@given(st.data())
def test_whatever_our_tests_make_of_a_contract_is_as_it_says(
    nullable: tuple[RestContract, Answers], data: st.DataObject
) -> None:
    contract, answers = nullable
    assert allows(contract, data.draw(answers.of("Things")))


def written(folder: Path, text: str) -> RestContract:
    (folder / "openapi.yaml").write_text(text)
    return RestContract("source", folder / "openapi.yaml")


def allows(contract: RestContract, answer: Any) -> bool:
    try:
        contract.check("things", answer)
    except SourceAnswerInvalid:
        return False
    return True
