"""What all tests share: hypothesis without a clock, since machines are shared and slow at times; a database
server; and a search for people in what the tests left behind."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.left_behind import pytest_sessionfinish as pytest_sessionfinish
from tests.left_behind import pytest_terminal_summary as pytest_terminal_summary
from tests.left_behind import pytest_testnodedown as pytest_testnodedown
from tests.postgres import cluster as cluster
from tests.postgres import database as database

settings.register_profile("fidus", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fidus")
