"""Requests made from the contract, right and wrong ones: whatever comes back is as the contract says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

if TYPE_CHECKING:
    from tests.fidus.api.conftest import World

FILE = Path(__file__).parents[3] / "contracts" / "fidus" / "openapi.yaml"
CONTRACT = schemathesis.openapi.from_path(FILE)
KNOWN = {
    "flowId": "own-address",
    "consultationId": "0199b2c3-7c1e-7abc-8def-0123456789ab",
    "tilePath": "0/000",
    "problemType": "notInForce",
}
AS_CONTRACTED = (
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_headers_conformance,
    schemathesis.checks.response_schema_conformance,
)


def sent(world: World, case: Any, who: str) -> Any:
    """Send a case by one of the certificates and look at the answer by the contract."""
    host, port = world.address
    certificate, key = world.clients[who].files
    return case.call_and_validate(
        base_url=f"https://{host}:{port}/fidus/v1",
        checks=AS_CONTRACTED,
        verify=str(world.authority.file),
        cert=(str(certificate), str(key)),
    )


quietly = settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.slow
@CONTRACT.parametrize()
@quietly
def test_any_request_is_answered_as_contracted(world: World, case: Any) -> None:
    sent(world, case, "auditor" if "/auditLog" in case.path else "own")


@pytest.mark.slow
@CONTRACT.parametrize()
@quietly
def test_requests_about_what_exists_are_answered_as_contracted(world: World, case: Any) -> None:
    for name in case.path_parameters:
        case.path_parameters[name] = KNOWN[name]
    sent(world, case, "auditor" if "/auditLog" in case.path else "own")
