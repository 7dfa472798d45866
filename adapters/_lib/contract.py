"""A REST source's contract (OpenAPI 3.0): an answer is held against it before anything is read of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from fidus.errors import SourceAnswerInvalid


class RestContract:
    """The schemas of the answers of one contract, compiled once."""

    def __init__(self, source: str, file: Path) -> None:
        """Compiles every 200 answer in JSON. Raises ValueError for a contract that is none: a bug."""
        self._source = source
        document = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        self._answers = {
            operation["operationId"]: _validator(schema, document)
            for path in document["paths"].values()
            for operation in path.values()
            if (schema := _schema_of(operation)) is not None
        }

    @property
    def operations(self) -> tuple[str, ...]:
        """Names of the operations that answer in JSON."""
        return tuple(self._answers)

    def check(self, operation: str, answer: Any) -> None:
        """Raises SourceAnswerInvalid unless the answer is as the contract says for this operation."""
        if not self._answers[operation].is_valid(answer):
            raise SourceAnswerInvalid(self._source, "the answer is not as its contract says")


def _schema_of(operation: dict[str, Any]) -> Any | None:
    content = operation["responses"].get("200", {}).get("content", {})
    return content.get("application/json", {}).get("schema")


def _validator(schema: Any, document: dict[str, Any]) -> jsonschema_rs.Validator:
    whole = _draft7({"allOf": [schema], "components": document.get("components", {})})
    made: jsonschema_rs.Validator = jsonschema_rs.Draft7Validator(whole, validate_formats=True)
    return made


def _draft7(schema: Any) -> Any:
    """A schema of OpenAPI 3.0 as JSON Schema draft 7, where `nullable` is one more type.

    Without a type beside it, it means nothing (OpenAPI 3.0.3, Schema Object).
    """
    if isinstance(schema, list):
        return [_draft7(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _draft7(one) for name, one in schema.items()}
    return (
        {**made, "type": [made["type"], "null"]} if made.get("nullable") is True and "type" in made else made
    )
