"""A REST source's contract (OpenAPI 3.0) as its mock reads it: which requests it takes, what is wrong in one.

It is said by parameter and rule; a value is never repeated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import jsonschema_rs
import yaml

CONTRACTS = Path(__file__).parent.parent / "contracts"
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_SAFE = re.compile(r"[A-Za-z0-9_]{1,32}")
_WHOLE, _DECIMAL = re.compile(r"-?[0-9]{1,18}"), re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_IN_PATH = re.compile(r"\{(\w+)\}")
_OF_TRUTH = {"true": True, "false": False}


class Wrong(Exception):
    """A request that the contract does not allow. `faults`: one sentence each, without any value."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    required: bool
    in_json: bool
    kind: str
    default: Any
    rules: jsonschema_rs.Validator

    def read(self, text: str) -> Any:
        """The value that the text stands for. Raises ValueError that says what it is not."""
        if self.in_json:
            return read_json(text)
        if self.kind == "integer":
            return int(_like(_WHOLE, text, "a whole number"))
        if self.kind == "number":
            return float(_like(_DECIMAL, text, "a number"))
        if self.kind == "boolean":
            if text not in _OF_TRUTH:
                raise ValueError("is neither true nor false")
            return _OF_TRUTH[text]
        return text


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the contract. `path`: how its path is sent, with a group for each of `in_path`.
    `media`: of the body that it takes, None where it takes none."""

    id: str
    path: re.Pattern[str]
    in_path: Mapping[str, _Parameter]
    parameters: Mapping[str, _Parameter]
    media: str | None
    body: jsonschema_rs.Validator | None
    answer: jsonschema_rs.Validator

    def place(self, raw: str) -> dict[str, Any]:
        """The parameters in a path as it was sent, each as what it stands for. Raises Wrong."""
        found = self.path.fullmatch(raw)
        assert found is not None, "the path was how this operation was found"
        values: dict[str, Any] = {}
        faults: list[str] = []
        for (name, parameter), text in zip(self.in_path.items(), found.groups(), strict=True):
            shown = f"path parameter {name}"
            try:
                values[name] = parameter.read(_decoded(text))
            except ValueError as error:
                faults.append(f"{shown}: {error}")
            else:
                faults.extend(_faults(parameter.rules, values[name], shown))
        if faults:
            raise Wrong(faults)
        return values

    def query(self, raw: str) -> dict[str, Any]:
        """The parameters of a query string, each as what it stands for. Raises Wrong with every fault."""
        texts, faults = self._texts(raw)
        values = {name: one.default for name, one in self.parameters.items() if one.default is not None}
        for name, parameter in self.parameters.items():
            shown = f"query parameter {name}"
            if name not in texts:
                faults.extend([f"{shown}: is missing"] if parameter.required else [])
                continue
            try:
                values[name] = parameter.read(texts[name])
            except ValueError as error:
                faults.append(f"{shown}: {error}")
            else:
                faults.extend(_faults(parameter.rules, values[name], shown))
        if faults:
            raise Wrong(faults)
        return values

    def form(self, raw: bytes) -> dict[str, str]:
        """The fields of a form in a body. Raises Wrong."""
        try:
            pairs = parse_qsl(raw.decode(), keep_blank_values=True, strict_parsing=True, errors="strict")
        except ValueError:
            raise Wrong(("body: is not a form in UTF-8",)) from None
        if len(dict(pairs)) != len(pairs):
            raise Wrong(("body: a field is given more than once",))
        fields = dict(pairs)
        self._check(fields)
        return fields

    def json(self, raw: bytes) -> Any:
        """The JSON of a body. Raises Wrong."""
        try:
            given = read_json(raw.decode())
        except ValueError:
            raise Wrong(("body: is not JSON in UTF-8, each member once",)) from None
        self._check(given)
        return given

    def _check(self, given: Any) -> None:
        assert self.body is not None, "the contract has a body here"
        if faults := list(_faults(self.body, given, "body")):
            raise Wrong(faults)

    def _texts(self, raw: str) -> tuple[dict[str, str], list[str]]:
        """The parameters as they were written, and what is wrong with their names. Raises Wrong."""
        try:
            pairs = parse_qsl(raw, keep_blank_values=True, strict_parsing=bool(raw), errors="strict")
        except ValueError:
            raise Wrong(("the query string is none in UTF-8",)) from None
        texts: dict[str, str] = {}
        faults: list[str] = []
        for name, text in pairs:
            shown = f"query parameter {name if _SAFE.fullmatch(name) else '(unnamed)'}"
            if name not in self.parameters:
                faults.append(f"{shown}: is not known here")
            elif name in texts:
                faults.append(f"{shown}: is given more than once")
            texts[name] = text
        return texts, faults


class Contract:
    """The operations of `contracts/<slug>/openapi.yaml`, by path and method."""

    def __init__(self, slug: str) -> None:
        text = (CONTRACTS / slug / "openapi.yaml").read_text(encoding="utf-8")
        self._document = yaml.load(text, yaml.CSafeLoader)
        self._operations = {
            path: {method: self._operation(path, one) for method, one in methods.items()}
            for path, methods in self._document["paths"].items()
        }

    def methods(self, path: str) -> Mapping[str, Operation]:
        """The operations at a path, as it was sent, by their method in lower case; none where none are.

        Of paths that fit, the one with the fewest parameters counts (OpenAPI 3.0, Paths Object).
        """
        fitting = [place for place in self._operations if _pattern(place).fullmatch(path)]
        return self._operations[min(fitting, key=lambda place: place.count("{"))] if fitting else {}

    def schema(self, name: str) -> Any:
        """A schema of the contract as it stands there. Raises KeyError."""
        return self._document["components"]["schemas"][name]

    def _operation(self, path: str, given: Any) -> Operation:
        told = [self._resolved(one) for one in given.get("parameters", [])]
        parameters = {one["name"]: self._parameter(one) for one in told}
        in_path = _IN_PATH.findall(path)
        assert {*in_path} == {one["name"] for one in told if one["in"] == "path"}
        body = given.get("requestBody", {}).get("content", {})
        media = next(iter(body), None)
        assert media in (None, _JSON, _FORM)
        answer = given["responses"]["200"]["content"][_JSON]["schema"]
        return Operation(
            given["operationId"],
            _pattern(path),
            {name: parameters[name] for name in in_path},
            {name: one for name, one in parameters.items() if name not in in_path},
            media,
            None if media is None else self._rules(body[media]["schema"]),
            self._rules(answer),
        )

    def _parameter(self, given: Any) -> _Parameter:
        assert given["in"] in ("query", "path")
        in_json = "content" in given
        schema = self._resolved(given["content"][_JSON]["schema"] if in_json else given["schema"])
        return _Parameter(
            given["name"],
            given.get("required", False),
            in_json,
            schema["type"],
            schema.get("default"),
            self._rules(schema),
        )

    def _resolved(self, given: Any) -> Any:
        while "$ref" in given:
            found = self._document
            for step in given["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            given = found
        return given

    def _rules(self, schema: Any) -> jsonschema_rs.Validator:
        whole = _with_null({"allOf": [schema], "components": self._document.get("components", {})})
        made: jsonschema_rs.Validator = jsonschema_rs.Draft7Validator(whole, validate_formats=True, mask="it")
        return made


def read_json(text: str) -> Any:
    """JSON in which no member stands twice and every number is one. Raises ValueError."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("has a member twice")
        return dict(pairs)

    def no_number(_: str) -> Any:
        raise ValueError("has a number that is none")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=no_number)
    except (json.JSONDecodeError, RecursionError):
        raise ValueError("is not JSON") from None


@cache
def _pattern(place: str) -> re.Pattern[str]:
    """How a path of the contract is sent, with a group for each parameter in it."""
    return re.compile("([^/]+)".join(re.escape(text) for text in _IN_PATH.split(place)[::2]))


def _decoded(text: str) -> str:
    """What stands between the slashes of a path. Raises ValueError that says what it is not."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None


def _with_null(schema: Any) -> Any:
    """The schema with null among the types of what is `nullable`, as JSON Schema writes it."""
    if isinstance(schema, dict):
        told = {name: _with_null(one) for name, one in schema.items()}
        if told.get("nullable") is True and isinstance(told.get("type"), str):
            told["type"] = [told["type"], "null"]
        return told
    return [_with_null(one) for one in schema] if isinstance(schema, list) else schema


def _like(pattern: re.Pattern[str], text: str, what: str) -> str:
    if pattern.fullmatch(text) is None:
        raise ValueError(f"is not {what}")
    return text


def _faults(rules: jsonschema_rs.Validator, value: Any, shown: str) -> Iterator[str]:
    for error in rules.iter_errors(value):
        where = "".join(f".{step}" for step in error.instance_path)
        yield f"{shown}{where}: {_rule(error)}"


def _rule(error: jsonschema_rs.ValidationError) -> str:
    """The rule in words; a member that is too many is not named, as its name is the caller's own."""
    if error.schema_path[-1] == "additionalProperties":
        return "has a member that is not known here"
    return error.message
