"""The contract of this interface, read once: as it is written, as JSON and as a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from fidus.api import pages
from fidus.api.problems import all_types

FILE: Final = Path(__file__).parent.parent.parent / "contracts" / "fidus" / "openapi.yaml"
YAML: Final = "application/yaml"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times as fast


@dataclass(frozen=True, slots=True)
class Contract:
    """`document`: the whole OpenAPI document."""

    document: Mapping[str, Any] = field(repr=False)
    yaml: bytes = field(repr=False)
    json: bytes = field(repr=False)
    page: bytes = field(repr=False)

    @classmethod
    def read(cls, file: Path = FILE) -> Contract:
        """Raises OSError if there is no such file, ValueError if it is not YAML."""
        text = file.read_bytes()
        try:
            document = yaml.load(text, Loader=_LOADER)  # noqa: S506 - either is a safe loader
        except yaml.YAMLError:
            raise ValueError(f"{file.name} is not YAML") from None
        as_json = json.dumps(document, ensure_ascii=False, indent=2).encode()
        return cls(document, text, as_json, pages.documentation(document, all_types()))
