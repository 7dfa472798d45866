"""Any answer that an OpenAPI contract allows: a strategy made of a schema, as far as our contracts go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

_TEXT = st.characters(exclude_categories=["Cs"])


class Answers:
    """Strategies for the answers of one contract. `likely`: values that are often told, by
    the name of the member that holds one, in whatever object."""

    def __init__(self, file: Path, likely: Mapping[str, st.SearchStrategy[Any]] | None = None) -> None:
        self._document = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        self._likely = likely or {}

    def of(self, schema: str) -> st.SearchStrategy[Any]:
        """Answers of a named schema. `likely` by a member's name is tried as often as anything else."""
        return self._any(self._document["components"]["schemas"][schema])

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            found = self._document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            schema = found
        return schema

    def _any(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        schema = self._resolved(schema)
        if "anyOf" in schema:
            return st.one_of([self._any(one) for one in schema["anyOf"]])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        if schema.get("nullable"):
            return st.one_of(st.none(), self._any({**schema, "nullable": False}))
        return getattr(self, f"_{schema.get('type', 'anything')}")(schema)  # type: ignore[no-any-return]

    def _object(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        members = {name: self._member(name, one) for name, one in schema.get("properties", {}).items()}
        required = schema.get("required", ())
        return st.fixed_dictionaries(
            {name: one for name, one in members.items() if name in required},
            optional={name: one for name, one in members.items() if name not in required},
        )

    def _member(self, name: str, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        """Whatever it may be. An object or a list that bears the name of a likely value is another thing."""
        any_ = self._any(schema)
        single = self._resolved(schema).get("type") not in ("object", "array")
        return st.one_of(any_, self._likely[name]) if name in self._likely and single else any_

    def _array(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        return st.lists(self._any(schema["items"]), max_size=min(3, schema.get("maxItems", 3)))

    def _string(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        if "pattern" in schema:
            return st.from_regex(schema["pattern"].removesuffix("$"), fullmatch=schema["pattern"][-1] == "$")
        if schema.get("format") == "date":
            return st.dates().map(str)
        if schema.get("format") == "date-time":
            return st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)
        most = min(40, schema.get("maxLength", 40))
        return st.text(_TEXT, min_size=schema.get("minLength", 0), max_size=most)

    def _number(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        # What the reader of JSON takes (fidus/strictjson.py): beyond it, an answer is refused before.
        least, most = schema.get("minimum", -(2.0**53) + 1), schema.get("maximum", 2.0**53 - 1)
        floats = st.floats(least, most, allow_nan=False, allow_infinity=False)
        return st.one_of(floats, self._integer(schema))

    def _integer(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        return st.integers(schema.get("minimum", -(2**53) + 1), schema.get("maximum", 2**53 - 1))

    def _boolean(self, _: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        return st.booleans()

    def _anything(self, _: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        return (
            st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.lists(st.integers(), max_size=2)
        )
