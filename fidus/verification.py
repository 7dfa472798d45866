"""Verifying one home: its store and its published files, entry by entry, tags and own numbers included."""

from __future__ import annotations

from audit.files_verify import Report
from fidus.settings import Settings


def verify_home(settings: Settings) -> Report:
    raise NotImplementedError
