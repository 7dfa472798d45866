"""The running hub does as contracts/fidus/openapi.yaml says, whatever is sent to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis.checks import CHECKS, load_all_checks

from fidus.cli.homes import apply_folder
from mocks.people import Person
from mocks.population import population
from tests.journeys.alone import home_in, serving
from tests.journeys.journal import Journal
from tests.journeys.trial import CONTEXT, address_of
from tests.journeys.world import ROOT, World

pytestmark = pytest.mark.slow

FILE = ROOT / "contracts" / "fidus" / "openapi.yaml"
CONTRACT = schemathesis.openapi.from_path(FILE)
load_all_checks()
ALL_CHECKS = CHECKS.get_all()
# What a body must hold beyond the contract, such as check digits, each flow's own schema says.
OF_BODIES = [check for check in ALL_CHECKS if check.__name__ != "positive_data_acceptance"]
CONSULT, RECEIPT, TILE = (
    "/flows/{flowId}/consult",
    "/consultations/{consultationId}/receipt",
    "/auditLog/tile/{tilePath}",
)

bounded = settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
    database=None,
)


class Wire:
    """One institution's way to the hub, and the contract beside it."""

    def __init__(self, api: str, ca: str, certificate: str, key: str) -> None:
        self.base = f"{api}/fidus/v1"
        self.trust: dict[str, Any] = {"verify": ca, "cert": (certificate, key)}
        self._session = requests.Session()
        self._session.trust_env = False

    def close(self) -> None:
        self._session.close()

    def send(self, case: Any) -> None:
        """Send a request that was made from the contract, and look at the answer by it."""
        answer = case.call(base_url=self.base, session=self._session, **self.trust)
        case.validate_response(answer, checks=OF_BODIES if case.path == CONSULT else ALL_CHECKS)

    def answer(
        self, method: str, path: str, status: int, *, body: Any = None, accept: str = "", **parts: str
    ) -> Any:
        """Ask, and look at the answer by the contract of the operation; gives its content."""
        sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        headers = {} if sent is None else {"Content-Type": "application/json"}
        headers |= {"Accept": accept} if accept else {}
        url = self.base + path.format(**parts)
        reply = self._session.request(method, url, data=sent, headers=headers, timeout=20, **self.trust)
        assert reply.status_code == status, reply.text
        CONTRACT[path][method].validate_response(reply)
        is_json = reply.headers["Content-Type"].partition(";")[0].endswith("json")
        return reply.json() if is_json else reply.content


@pytest.fixture(scope="module")
def wires(trial: World) -> Iterator[dict[str, Wire]]:
    """By the folder's name of the institution."""
    made = {
        Path(one["certificate"]).stem: Wire(
            trial.told["api"], trial.told["ca"], one["certificate"], one["key"]
        )
        for one in trial.told["institutions"]
    }
    yield made
    for wire in made.values():
        wire.close()


@pytest.fixture(scope="module")
def wire(wires: dict[str, Wire]) -> Wire:
    """The municipality's."""
    return wires["municipality"]


@pytest.fixture(scope="module")
def known(wire: Wire, trial: World, journal: Journal, people: Iterator[Person]) -> dict[str, str]:
    """Path parameters of what exists."""
    answer = wire.answer("POST", CONSULT, 200, body=about(next(people)), flowId="trial-address")
    folder = journal.published(trial.home / "log")
    return {
        "flowId": "trial-address",
        "consultationId": answer["consultationId"],
        "tilePath": first_tile((folder / "checkpoint").read_bytes()),
        "problemType": "notInForce",
    }


def first_tile(checkpoint: bytes) -> str:
    """Where the first hash tile lies now: a partial one goes once the tile is full."""
    size = int(checkpoint.split(b"\n")[1])
    return "0/000" if size >= 256 else f"0/000.p/{size}"


def about(person: Person) -> dict[str, Any]:
    return {"query": {"ssin": person.number}, "context": CONTEXT}


@CONTRACT.parametrize()
@seed(20261001)
@bounded
def test_any_request(wire: Wire, case: Any) -> None:
    wire.send(case)


@CONTRACT.parametrize()
@seed(20261002)
@bounded
def test_requests_about_what_exists(wire: Wire, known: dict[str, str], case: Any) -> None:
    for name in case.path_parameters:
        case.path_parameters[name] = known[name]
    wire.send(case)


def test_every_documented_answer(
    wires: dict[str, Wire], trial: World, known: dict[str, str], people: Iterator[Person]
) -> None:
    """But `503` of `/health`, for which the log has to be gone: below."""
    seen = {
        *service(wires["municipality"]),
        *flows_and_log(wires["municipality"], known),
        *consultations(wires, trial, next(people)),
    }
    documented = {
        (method, path, status)
        for method, path, operation in documented_operations()
        for status in operation["responses"]
    }
    assert documented - seen == {("GET", "/health", "503")} | {
        (method, path, "default")
        for method, path, status in documented
        if status == "default" and path in ("/health", "/doc", "/doc/openapi.yaml", "/doc/openapi.json")
    }


def documented_operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each."""
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method != "parameters":
                yield method.upper(), path, operation


Seen = tuple[str, str, str]


def service(wire: Wire) -> Iterator[Seen]:
    """Health, documentation, reference data."""
    assert wire.answer("GET", "/health", 200) == {"status": "UP"}
    assert wire.answer("GET", "/doc/openapi.yaml", 200) == FILE.read_bytes()
    assert wire.answer("GET", "/doc/openapi.json", 200)["openapi"].startswith("3.0.")
    assert b"<html" in wire.answer("GET", "/doc", 200)
    for path in ("/health", "/doc", "/doc/openapi.yaml", "/doc/openapi.json"):
        yield "GET", path, "200"
    types = wire.answer("GET", "/refData/problemTypes", 200)
    for accept in ("application/json", "text/html"):
        wire.answer("GET", "/refData/problemTypes", 200, accept=accept)
        for one in types["items"]:
            path = "/refData/problemTypes/{problemType}"
            wire.answer("GET", path, 200, accept=accept, problemType=one["code"])
    wire.answer("GET", "/refData/problemTypes", 406, accept="image/png")
    wire.answer("GET", "/refData/problemTypes/{problemType}", 404, problemType="none")
    for path in ("/refData/problemTypes", "/refData/problemTypes/{problemType}"):
        yield from (("GET", path, "200"), ("GET", path, "default"))


def flows_and_log(wire: Wire, known: dict[str, str]) -> Iterator[Seen]:
    """What is asked without a subject."""
    assert wire.answer("GET", "/flows", 200)["total"] >= 3
    wire.answer("GET", "/flows", 406, accept="text/html")
    for flow in ("trial-address", "trial-confirm-there", "municipality-counter-address"):
        assert wire.answer("GET", "/flows/{flowId}", 200, flowId=flow)["id"] == flow
    wire.answer("GET", "/flows/{flowId}", 404, flowId="none")
    wire.answer("GET", RECEIPT, 200, **known)
    wire.answer("GET", RECEIPT, 404, consultationId="0199b2c3-7c1e-7abc-8def-0123456789ab")
    tile = first_tile(wire.answer("GET", "/auditLog/checkpoint", 200))
    wire.answer("GET", "/auditLog/checkpoint", 406, accept="application/json")
    wire.answer("GET", TILE, 200, tilePath=tile)
    wire.answer("GET", TILE, 404, tilePath="5/000")
    for path in ("/flows", "/flows/{flowId}", RECEIPT, "/auditLog/checkpoint", TILE):
        yield from (("GET", path, "200"), ("GET", path, "default"))


def consultations(wires: dict[str, Wire], trial: World, person: Person) -> Iterator[Seen]:
    """Each kind of answer, and each kind of refusal."""
    town, housing = wires["municipality"], wires["social-housing-company"]
    body = about(person)
    for case in ("noBox", "unknown", "secretAddress"):
        town.answer("POST", CONSULT, 200, body=trial.about("trial-address", case), flowId="trial-address")
    confirm = {**body, "confirm": {"address": address_of(person)}}
    housing.answer("POST", CONSULT, 200, body=confirm, flowId="trial-confirm")
    yield "POST", CONSULT, "200"
    town.answer("POST", CONSULT, 400, body={"query": {"ssin": "1"}, "more": 1}, flowId="trial-address")
    town.answer("POST", CONSULT, 403, body=body, flowId="municipality-counter-address")
    housing.answer("POST", CONSULT, 403, body=body, flowId="slrb-waiting-list-2024")
    town.answer("POST", CONSULT, 404, body=body, flowId="none")
    town.answer("POST", CONSULT, 413, body=b" " * 70_000, flowId="trial-address")
    town.answer("POST", CONSULT, 406, body=body, flowId="trial-address", accept="text/html")
    for fault, status in (({"kind": "soapFault"}, 502), ({"kind": "status", "status": 503}, 503)):
        trial.fault(**fault, count=1, key=person.number)
        town.answer("POST", CONSULT, status, body=body, flowId="trial-address")
    yield from (("POST", CONSULT, "default"), ("POST", CONSULT, "503"))
    wrong = {**body, "confirm": {"address": address_of(person, houseNumber="999")}}
    for status in (200, 200, 200, 200, 200, 429):
        housing.answer("POST", CONSULT, status, body=wrong, flowId="trial-confirm-too")
    yield "POST", CONSULT, "429"


def test_without_certificate_only_open_operations_answer(trial: World, known: dict[str, str]) -> None:
    """`security: []` in the contract says which are open."""
    with requests.Session() as session:
        session.trust_env = False
        for method, path, operation in documented_operations():
            url = f"{trial.told['api']}/fidus/v1{path.format(**known)}"
            reply = session.request(method, url, timeout=20, verify=trial.told["ca"])
            assert reply.status_code == (200 if operation.get("security") == [] else 401)


def test_where_the_log_is_gone_the_hub_is_down_until_it_is_back(tmp_path: Path) -> None:
    """Told to anybody on `/health`, and to who asks: origin hub, and the source is not asked."""
    home = home_in(tmp_path / "home")
    with serving(home) as hub:
        apply_folder(home.folder, home.flows, [])
        pki = home.pki
        files = (
            pki.path("issuer-servers", "crt"),
            *(pki.path("municipality", kind) for kind in ("crt", "key")),
        )
        wire = Wire(hub.says["api"], *(str(file) for file in files))
        store, aside = home.folder / "fidus.db", home.folder / "aside.db"
        store.rename(aside)
        body = {"query": {"ssin": population().number("twin")}, "context": CONTEXT}
        problem = wire.answer("POST", CONSULT, 503, body=body, flowId="municipality-address")
        assert (problem["origin"], problem["type"]) == ("hub", "urn:problem-type:belgif:serviceUnavailable")
        assert "consultationId" not in problem
        assert wire.answer("GET", "/health", 503) == {"status": "DOWN"}
        aside.rename(store)
        problem = wire.answer("POST", CONSULT, 503, body=body, flowId="municipality-address")
        assert (problem["origin"], problem["type"]) == ("source", "urn:problem-type:fidus:sourceUnavailable")
        wire.close()
