"""SOAP clients not written here call every service: zeep, and PHP's SoapClient."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import zeep
from zeep.exceptions import Fault
from zeep.helpers import serialize_object
from zeep.transports import Transport

from fidus.services import load_services
from fidus.soap.names import operation_name
from tests.journeys.journal import Journal
from tests.journeys.world import ROOT, World

pytestmark = pytest.mark.slow

SERVICES = load_services(ROOT / "adapters")


def flows_of(world: World) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Service -> (institution, flow) of a flow that grants the channel soap."""
    found: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    for institution in world.told["institutions"]:
        client = world.client(institution["flows"][0]["id"])
        for flow in client.get("/flows").body["items"]:
            if "soap" in flow["channels"] and flow["mode"] == "data":
                body = next(one["body"] for one in institution["flows"] if one["id"] == flow["id"])
                found.setdefault(flow["service"], (institution, {**flow, "body": body}))
    return found


def session(world: World, institution: dict[str, Any]) -> requests.Session:
    made = requests.Session()
    made.trust_env = False
    made.cert = (institution["certificate"], institution["key"])
    made.verify = world.told["ca"]
    return made


@pytest.fixture(scope="module")
def clients(world: World) -> Iterator[dict[str, zeep.Client]]:
    """By number of the institution."""
    sessions = {one["number"]: session(world, one) for one in world.told["institutions"]}
    wsdl = f"{world.told['api']}/soap/v1?wsdl"
    yield {number: zeep.Client(wsdl, transport=Transport(session=one)) for number, one in sessions.items()}
    for one in sessions.values():
        one.close()


def ask(
    clients: dict[str, zeep.Client], institution: dict[str, Any], flow: dict[str, Any], **body: Any
) -> Any:
    service = clients[institution["number"]].service
    return service[operation_name(flow["service"])](flow=flow["id"], **(flow["body"] | body))


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_zeep_calls_every_service(
    world: World, clients: dict[str, zeep.Client], journal: Journal, service: str, tmp_path: Path
) -> None:
    """The answer is the one of REST, and its receipt proves the text that it carries."""
    institution, flow = flows_of(world)[service]
    answer = ask(clients, institution, flow)
    assert answer.found is True
    assert answer.source.service == service
    text = base64.b64decode(answer.receipt.answer)
    told = json.loads(text)
    by_rest = world.consult(flow["id"], flow["body"]).body
    assert told["data"] == by_rest["data"]
    assert (told["consultationId"], told["flow"]) == (answer.consultationId, flow["id"])
    _, outcome = journal.pair(answer.consultationId)
    assert outcome["channel"] == "soap"
    receipt = {name: answer.receipt[name] for name in ("index", "nonce", "proof")}
    file, body = tmp_path / "answer.json", tmp_path / "body.json"
    file.write_text(json.dumps({**told, "receipt": receipt}), encoding="utf-8")
    body.write_text(json.dumps(flow["body"]), encoding="utf-8")
    vkey = world.told["audit"]["vkey"]
    done = world.run("receipt", "verify", str(file), "--request", str(body), "--vkey", vkey)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_answer_can_be_narrowed(world: World, clients: dict[str, zeep.Client], journal: Journal) -> None:
    institution, flow = flows_of(world)["national-register/address"]
    select = ["address.postalCode", "address.box"]
    answer = ask(clients, institution, flow, select=select)
    told = json.loads(base64.b64decode(answer.receipt.answer))["data"]["address"]
    assert told.keys() <= {"postalCode", "box"}
    by_rest = world.consult(flow["id"], {**flow["body"], "select": select}).body
    assert by_rest["data"]["address"] == told
    _, outcome = journal.pair(answer.consultationId)
    assert set(outcome["fields"]) <= set(select)


def test_data_stands_in_the_answer_as_elements(world: World, clients: dict[str, zeep.Client]) -> None:
    institution, flow = flows_of(world)["national-register/address"]
    answer = ask(clients, institution, flow)
    told = json.loads(base64.b64decode(answer.receipt.answer))["data"]["address"]
    address = serialize_object(answer.data.address, dict)
    assert address["houseNumber"] == told["houseNumber"]
    assert {name: text for name, text in address["street"].items() if text} == told["street"]


def problem_of(fault: Fault) -> dict[str, str]:
    return {str(one.tag).partition("}")[2]: one.text for one in fault.detail[0]}


def test_a_refusal_is_a_fault_with_its_problem_and_recorded(
    world: World, clients: dict[str, zeep.Client], journal: Journal
) -> None:
    institution, flow = flows_of(world)["national-register/address"]
    size = journal.size()
    with pytest.raises(Fault) as raised:
        ask(clients, institution, flow, query={"ssin": "12345678901"})
    problem = problem_of(raised.value)
    assert problem["type"] == "urn:problem-type:belgif:badRequest"
    assert (problem["status"], problem["origin"], raised.value.code) == ("400", "caller", "soap:Client")
    (entry,) = journal.entries(size)
    assert (entry["kind"], entry["error"], entry["flow"], entry["channel"]) == (
        "refusal",
        "badRequest",
        flow["id"],
        "soap",
    )


def test_a_flow_of_another_service_or_institution_or_channel(
    world: World, clients: dict[str, zeep.Client]
) -> None:
    flows = flows_of(world)
    institution, address = flows["national-register/address"]
    others = [flow for owner, flow in flows.values() if owner["number"] != institution["number"]]
    own = [flow for owner, flow in flows.values() if owner is institution and flow is not address]
    service = clients[institution["number"]].service["nationalRegisterAddress"]
    for flow, status in ((own[0]["id"], "400"), (others[0]["id"], "404"), ("no-such-flow", "404")):
        with pytest.raises(Fault) as raised:
            service(flow=flow, **address["body"])
        assert problem_of(raised.value)["status"] == status


def post(world: World, raw: bytes, **headers: str) -> requests.Response:
    with session(world, world.told["institutions"][0]) as made:
        kind = {"Content-Type": "text/xml; charset=utf-8"}
        return made.post(f"{world.told['api']}/soap/v1", data=raw, headers=kind | headers, timeout=20)


@pytest.mark.parametrize(
    ("raw", "headers", "type_"),
    [
        (b"<a/>", {}, "badRequest"),
        (b"<!DOCTYPE a><a/>", {}, "badRequest"),
        (b"<a/>", {"Content-Type": "application/json"}, "unsupportedMediaType"),
        (b"<a/>", {"Content-Type": "text/xml; charset=latin-1"}, "unsupportedMediaType"),
        (b"<a/>", {"Content-Encoding": "gzip"}, "unsupportedMediaType"),
        (b"<a>" + b" " * 70_000 + b"</a>", {}, "payloadTooLarge"),
    ],
    ids=["no-envelope", "doctype", "json", "latin-1", "gzip", "large"],
)
def test_what_is_no_message_is_a_recorded_fault(
    world: World, journal: Journal, raw: bytes, headers: dict[str, str], type_: str
) -> None:
    size = journal.size()
    answer = post(world, raw, **headers)
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert f":{type_}<" in answer.text
    assert ("text/xml" in answer.text) is (type_ == "unsupportedMediaType")
    (entry,) = journal.entries(size)
    assert (entry["kind"], entry["error"]) == ("refusal", type_)


def test_nobody_without_certificate_gets_the_contract(world: World) -> None:
    with requests.Session() as made:
        made.trust_env, made.verify = False, world.told["ca"]
        answer = made.get(f"{world.told['api']}/soap/v1?wsdl", timeout=20)
    assert (answer.status_code, answer.json()["status"]) == (401, 401)


def test_there_is_nothing_but_the_contract_to_get(world: World) -> None:
    with session(world, world.told["institutions"][0]) as made:
        assert made.get(f"{world.told['api']}/soap/v1", timeout=20).status_code == 404
        assert made.get(f"{world.told['api']}/soap/v1?more", timeout=20).status_code == 400
        assert made.put(f"{world.told['api']}/soap/v1", timeout=20).status_code == 405


@pytest.mark.skipif(shutil.which("php") is None, reason="PHP with its soap extension is not installed")
def test_php_calls_every_service(world: World) -> None:
    """PHP's SoapClient reads the same WSDL and gets the same answers."""
    for institution in world.told["institutions"]:
        flows = [flow for owner, flow in flows_of(world).values() if owner is institution]
        told = call_php(world, institution, flows)
        for flow, one in zip(flows, told, strict=True):
            answer = one["answer"]
            text = json.loads(base64.b64decode(answer["receipt"]["answer"]))
            assert text["flow"] == answer["flow"] == flow["id"]
            assert answer["found"] is True


def call_php(world: World, institution: dict[str, Any], flows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    calls = [
        {"operation": operation_name(flow["service"]), "arguments": {"flow": flow["id"], **flow["body"]}}
        for flow in flows
    ]
    given = {name: institution[name] for name in ("certificate", "key")}
    given |= {"wsdl": f"{world.told['api']}/soap/v1?wsdl", "ca": world.told["ca"], "calls": calls}
    script = Path(__file__).with_name("soap_client.php")
    done = subprocess.run(
        ["php", str(script)], input=json.dumps(given), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told
