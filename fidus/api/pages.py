"""What the interface shows as pages: its contract and its problem types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.etree.ElementTree import Element

from fidus.api.html import add, new_page, prose, table, written
from fidus.api.problems import ProblemType
from fidus.api.texts import DETAILS

_TITLES: Final[Mapping[str, str]] = {
    "fr": "Types de problèmes",
    "nl": "Soorten problemen",
    "de": "Arten von Problemen",
    "en": "Problem types",
}


@dataclass(frozen=True, slots=True)
class _Operation:
    """One operation of the contract with all that stands about it."""

    contract: Mapping[str, Any]
    method: str
    path: str
    members: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.members["operationId"])


def documentation(contract: Mapping[str, Any], problems: Iterable[ProblemType]) -> bytes:
    """The contract as a page in English, with an anchor for each operation, schema and problem type."""
    info = contract["info"]
    page, main = new_page(f"{info['title']} {info['version']}", "en")
    prose(main, info["description"])
    operations = tuple(_operations(contract))
    _contents(main, contract["servers"][0]["url"], operations)
    for tag in contract["tags"]:
        add(main, "h2", tag["name"])
        prose(main, tag["description"])
        for operation in operations:
            if tag["name"] in operation.members["tags"]:
                _operation(main, operation)
    add(main, "h2", "Schemas")
    for name, schema in contract["components"]["schemas"].items():
        add(main, "h3", name, id=name)
        prose(main, schema.get("description", ""))
        _members(main, schema)
    add(main, "h2", _TITLES["en"])
    _problems(main, problems, "en")
    return written(page)


def problem_types(problems: Iterable[ProblemType], language: str) -> bytes:
    """What problems mean, in one language."""
    page, main = new_page(_TITLES[language], language)
    _problems(main, problems, language)
    return written(page)


def _operations(contract: Mapping[str, Any]) -> Iterator[_Operation]:
    for path, item in contract["paths"].items():
        shared = item.get("parameters", [])
        for method, members in item.items():
            if method != "parameters":
                yield _Operation(contract, method.upper(), path, {"parameters": shared, **members})


def _contents(main: Element, base: str, operations: Iterable[_Operation]) -> None:
    items = add(add(main, "nav"), "ul")
    for operation in operations:
        add(add(items, "li"), "a", f"{operation.method} {base}{operation.path}", href=f"#{operation.id}")
    for file in ("openapi.yaml", "openapi.json"):
        add(add(items, "li"), "a", file, href=f"{base}/doc/{file}")


def _operation(main: Element, operation: _Operation) -> None:
    members = operation.members
    heading = add(main, "h3", id=operation.id)
    add(heading, "code", f"{operation.method} {operation.path}")
    prose(main, members["summary"])
    prose(main, members.get("description", ""))
    parameters = [_resolved(operation.contract, one) for one in members["parameters"]]
    table(main, ("Parameter", "Meaning"), [(one["name"], one["description"]) for one in parameters])
    if "requestBody" in members:
        _contents_of(main, "Request", members["requestBody"]["content"])
    answers = {code: _resolved(operation.contract, one) for code, one in members["responses"].items()}
    table(main, ("Status", "Meaning"), [(code, one["description"]) for code, one in answers.items()])
    for code, answer in answers.items():
        if code != "default":
            _contents_of(main, f"Answer {code}", answer.get("content", {}))


def _contents_of(main: Element, title: str, contents: Mapping[str, Any]) -> None:
    """Schema and examples of each media type."""
    for kind, content in contents.items():
        line = add(main, "p", f"{title}: {kind} ")
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        if name:
            add(line, "a", name, href=f"#{name}")
        for example in content.get("examples", {}).values():
            shown = add(main, "details")
            add(shown, "summary", example["summary"])
            add(shown, "pre", json.dumps(example["value"], ensure_ascii=False, indent=2))


def _members(main: Element, schema: Mapping[str, Any]) -> None:
    required = schema.get("required", ())
    rows = [
        (name, _kind(member), "yes" if name in required else "", member.get("description", ""))
        for name, member in schema.get("properties", {}).items()
    ]
    table(main, ("Member", "Type", "Required", "Meaning"), rows)
    if not rows:
        prose(main, f"`{_kind(schema)}`")


def _kind(schema: Mapping[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "allOf" in schema:
        return _kind(schema["allOf"][0])
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if schema["type"] == "array":
        return f"list of {_kind(schema['items'])}"
    return " ".join(str(schema[key]) for key in ("type", "format", "pattern") if key in schema)


def _resolved(contract: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part itself, where it is a reference into the components."""
    found: Any = part
    if "$ref" in part:
        found = contract
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
    return {"description": "", **found}


def _problems(main: Element, problems: Iterable[ProblemType], language: str) -> None:
    for kind in problems:
        add(main, "h3", f"{kind.status} {kind.title}", id=kind.code)
        add(add(main, "p"), "code", kind.type)
        add(main, "p", DETAILS[kind.code][language], lang=language)
