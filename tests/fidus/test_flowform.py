"""The form of flow files is told as completely as it is checked."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from fidus.flowform import (
    FLOW_EXAMPLES,
    INSTITUTION_EXAMPLES,
    FlowTable,
    InstitutionTable,
    KeyTable,
    read_flow,
    read_institution,
)
from fidus.tomlfile import read_toml


@pytest.mark.parametrize(
    ("table", "examples", "above"),
    [
        pytest.param(FlowTable, FLOW_EXAMPLES, "", id="flow"),
        pytest.param(InstitutionTable, INSTITUTION_EXAMPLES, "", id="institution"),
        pytest.param(KeyTable, INSTITUTION_EXAMPLES, "keys.", id="key"),
    ],
)
def test_each_member_has_an_example_for_its_cure(
    table: type[BaseModel], examples: dict[str, str], above: str
) -> None:
    assert {f"{above}{name}" for name in table.model_fields} <= examples.keys()


def test_an_empty_flow_file_has_a_fault_and_a_stand_in_for_each_required_member() -> None:
    read = read_flow(read_toml("a/b.toml", b""))
    required = {name for name, member in FlowTable.model_fields.items() if member.is_required()}
    assert {fault.problem.split("`")[1] for fault in read.faults} == required
    assert read.sound == FlowTable.model_fields.keys() - required


def test_an_empty_institution_file_has_a_fault_and_a_stand_in_for_each_required_member() -> None:
    read = read_institution(read_toml("a/institution.toml", b""))
    assert {fault.problem.split("`")[1] for fault in read.faults} == {"number", "kind", "name"}
    assert read.sound == {"valid_from", "valid_until", "dpo", "keys"}
