"""What a contract in OpenAPI says of an answer is what is taken, formats included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters._lib.contract import RestContract
from fidus.errors import SourceAnswerInvalid

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
