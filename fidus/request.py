"""From the body of a consultation to a Request: what may be sent, and every fault of what was.

`strictjson` reads the text, a pydantic model made for the flow and service checks it. pydantic's own messages
quote values, so none of them leaves: each kind of error has its fixed sentence here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from audit.canonical import canonical
from fidus import strictjson
from fidus.asked import subjects as asked_about
from fidus.comparable import FORMS
from fidus.errors import FidusError, Issue, IssueType, RequestInvalid
from fidus.model import Context, Flow, Mode, Query, QueryMember, Request, Service
from fidus.policy import granted_groups
from fidus.request_forms import (
    KINDS,
    context_form,
    group_form,
    names_of,
    plain_text,
    query_form,
    some_of,
    whole_form,
)

__all__ = ["KINDS", "confirm_schema", "parse", "query_schema", "with_faults_of_body"]

_SENTENCES: Mapping[str, tuple[IssueType, str]] = {
    "missing": (IssueType.REQUIRED_INPUT, "This member is required: send it"),
    "extra_forbidden": (IssueType.UNKNOWN_INPUT, "A member is not known here: leave it out"),
    "list_type": (IssueType.SCHEMA_VIOLATION, "Send a list here; what has no value is left out"),
    "string_type": (IssueType.SCHEMA_VIOLATION, "Send a string here; what has no value is left out"),
    "int_type": (IssueType.SCHEMA_VIOLATION, "Send a whole number here; what has no value is left out"),
    "float_type": (IssueType.SCHEMA_VIOLATION, "Send a number here; what has no value is left out"),
    "model_type": (IssueType.SCHEMA_VIOLATION, "Send an object here; what has no value is left out"),
}


def parse(raw: bytes, flow: Flow, service: Service, synthetic: bool) -> Request:
    """The question in `raw`, checked against what this flow may ask of this service.

    `synthetic`: whether identifiers must be synthetic ones (true) or may not be (false).
    Raises PayloadTooLarge, or RequestInvalid with every fault (up to 100), Belgif paths and no value.
    """
    sent = strictjson.loads(raw)
    if not isinstance(sent, dict):
        raise RequestInvalid((Issue(IssueType.SCHEMA_VIOLATION, "", "Send one JSON object"),))
    form = _form(_shape(flow, service))
    subjects = asked_about(service.members, sent.get("query"), synthetic)
    asked = tuple(sorted(_asked(form, sent)))
    body = canonical(sent)
    try:
        checked = form.model_validate(sent, context={"synthetic": synthetic})
    except ValidationError as error:
        issues = _issues(error)
    else:
        values = checked.model_dump(by_alias=True, exclude_unset=True)
        query = Query(service.id, values["query"], subjects)
        select = values.get("select")
        selected = None if select is None else tuple(select)
        return Request(query, values.get("confirm"), _context(values), body, asked, selected)
    raise RequestInvalid(issues, subjects=subjects, asked=asked, body=body)


def with_faults_of_body(error: FidusError, flow: Flow, service: Service, synthetic: bool) -> FidusError:
    """The error of a request that was refused before its body was looked at, with what is wrong there too,
    and with whoever is asked about, for its record."""
    if not isinstance(error, RequestInvalid) or error.unread is None:
        return error
    try:
        request = parse(error.unread, flow, service, synthetic)
    except RequestInvalid as more:
        issues = (*error.issues, *more.issues)[: strictjson.MOST_ISSUES]
        return RequestInvalid(issues, subjects=more.subjects, asked=more.asked, body=more.body)
    return RequestInvalid(
        error.issues, subjects=request.query.subjects, asked=request.asked, body=request.body
    )


def query_schema(service: Service) -> dict[str, Any]:
    """JSON Schema of `query`: belongs to the service, the same for every flow."""
    return _schema(query_form(service.members, service.choices))


def confirm_schema(flow: Flow, service: Service) -> dict[str, Any]:
    """JSON Schema of `confirm` for a flow of confirm mode."""
    return _schema(_confirm_form(_groups(flow, service)))


@dataclass(frozen=True, slots=True)
class _Shape:
    """All that a body's form depends on, so that it can be the key of a cache."""

    members: tuple[QueryMember, ...]
    choices: tuple[tuple[str, ...], ...]
    groups: tuple[tuple[str, tuple[str, ...]], ...] | None  # None in data mode
    fields: tuple[str, ...]  # what may be selected; nothing in confirm mode
    requires_case: bool
    requires_end_user: bool


def _shape(flow: Flow, service: Service) -> _Shape:
    confirms = flow.mode is Mode.CONFIRM
    groups, fields = (_groups(flow, service), ()) if confirms else (None, flow.fields)
    case, end_user = flow.requires_case, flow.requires_end_user
    return _Shape(service.members, service.choices, groups, fields, case, end_user)


def _groups(flow: Flow, service: Service) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((group, tuple(service.confirmable[group])) for group in granted_groups(flow, service))


@lru_cache(maxsize=4096)
def _form(shape: _Shape) -> type[BaseModel]:
    parts: dict[str, Any] = {"query": (query_form(shape.members, shape.choices), ...)}
    if shape.groups is not None:
        parts["confirm"] = (_confirm_form(shape.groups), ...)
    else:
        parts["select"] = (names_of(selectable(shape.fields)), None)
    parts["context"] = context_form(case=shape.requires_case, end_user=shape.requires_end_user)
    return whole_form(parts)


def selectable(fields: Iterable[str]) -> frozenset[str]:
    """Every name to which an answer with these fields can be narrowed: a field, or what several lie in."""
    return frozenset(field[:end] for field in fields for end in (*_dots(field), len(field)))


def _dots(path: str) -> Iterator[int]:
    return (place for place, character in enumerate(path) if character == ".")


@lru_cache(maxsize=1024)
def _confirm_form(groups: tuple[tuple[str, tuple[str, ...]], ...]) -> type[BaseModel]:
    text = plain_text(128)
    forms: dict[str, type[BaseModel]] = {}
    for group, members in groups:
        form = FORMS[group]
        kinds = {name: KINDS[form.kinds[name]] if name in form.kinds else text for name in members}
        forms[group] = group_form({name: (kinds[name], name in form.required) for name in members})
    return some_of(forms)


def _context(values: Mapping[str, Any]) -> Context:
    context = values.get("context", {})
    return Context(context.get("caseReference"), context.get("endUser", {}).get("id"))


def _asked(form: type[BaseModel], sent: Mapping[str, Any]) -> Iterator[str]:
    """Dotted names of the known members of query and confirm that were sent."""
    for part in ("query", "confirm"):
        if part in form.model_fields and isinstance(sent.get(part), dict):
            yield from _leaves(form.model_fields[part].annotation, sent[part], part)


def _leaves(form: object, sent: object, path: str) -> Iterator[str]:
    if not (isinstance(form, type) and issubclass(form, BaseModel) and isinstance(sent, dict)):
        yield path
        return
    for name, member in form.model_fields.items():
        spelled = member.alias or name
        if spelled in sent:
            yield from _leaves(member.annotation, sent[spelled], f"{path}.{spelled}")


def _issues(error: ValidationError) -> tuple[Issue, ...]:
    details = error.errors(include_url=False, include_context=False, include_input=False)
    found = dict.fromkeys(_issue(detail) for detail in details)
    return tuple(islice(found, strictjson.MOST_ISSUES))


def _issue(detail: ErrorDetails) -> Issue:
    path = ""
    for part in detail["loc"]:
        path = strictjson.tellable_path(path, str(part))
    if detail["type"] in _SENTENCES:
        type_, sentence = _SENTENCES[detail["type"]]
        return Issue(type_, path, sentence)
    return Issue(IssueType[detail["type"]], path, detail["msg"])


def _schema(form: type[BaseModel]) -> dict[str, Any]:
    schema = form.model_json_schema()
    return _tidied(schema, schema.get("$defs", {}))


def _tidied(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Without references, titles and the defaults that stand for "left out"."""
    if "$ref" in schema:
        return _tidied(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    kept = {name: part for name, part in schema.items() if name not in ("title", "$defs", "default")}
    if "properties" in kept:
        kept["properties"] = {name: _tidied(part, definitions) for name, part in kept["properties"].items()}
    return kept
