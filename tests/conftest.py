"""What all tests share: hypothesis without a clock, since machines are shared and slow at times."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("fidus", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fidus")
