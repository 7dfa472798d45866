"""What all tests share: hypothesis without a clock, since machines are shared and slow at times; a database
server."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.postgres import cluster as cluster
from tests.postgres import database as database

settings.register_profile("fidus", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fidus")
