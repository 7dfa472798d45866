"""Clients that come through nginx are known by their own certificates, and nobody can be anybody else."""

from __future__ import annotations

import http.client
import json
import ssl
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from cryptography import x509

from fidus.client_cert import LONGEST
from fidus.demo.home import DemoHome
from tests.journeys.alone import Alone, home_in, serving
from tests.journeys.certificates import Issuer, Pair, key_in
from tests.journeys.commands import fidus
from tests.journeys.metrics import strangers
from tests.journeys.nginx import nginx

pytestmark = pytest.mark.slow

ONE, OTHER = "municipality", "social-housing-company"
FLOWS = {ONE: "municipality-address", OTHER: "slrb-confirm-address"}
PROXIES = """
[proxies.front]
certificate = "front.crt"
form = "escapedPem"
[proxies.standard]
certificate = "standard.crt"
"""


@dataclass
class Front:
    """A hub, and nginx before it at `port`. `front`, `standard`: the proxies' own certificates."""

    hub: Alone
    port: int
    front: Pair
    standard: Pair

    @property
    def home(self) -> DemoHome:
        return self.hub.home

    def pair(self, who: str) -> Pair:
        return self.home.pki.path(who, "crt"), self.home.pki.path(who, "key")

    def through(self, pair: Pair | None) -> http.client.HTTPSConnection:
        """A connection to nginx."""
        return self._connection(self.port, pair)

    def direct(self, pair: Pair | None) -> http.client.HTTPSConnection:
        """A connection to the hub."""
        return self._connection(urlsplit(self.hub.says["api"]).port or 0, pair)

    def _connection(self, port: int, pair: Pair | None) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cafile=self.home.pki.path("issuer-servers", "crt"))
        if pair is not None:
            context.load_cert_chain(*pair)
        return http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)

    def issued(self, folder: Path, who: str, **more: Any) -> Pair:
        """A certificate of its own for the enrolled key of an institution."""
        pki = self.home.pki
        registered = pki.path("issuer-institutions", "crt"), pki.path("issuer-institutions", "key")
        number = next(member.number for member in self.home.members if member.slug == who)
        issuer = Issuer(folder, None if more.pop("foreign", False) else registered)
        return issuer.issue(f"NTRBE-{number}", key=key_in(self.pair(who)[1]), **more)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    home = home_in(folder / "home")
    for name in ("front", "standard"):
        for made, kind in zip(Issuer(folder).issue(None), ("crt", "key"), strict=True):
            made.replace(home.folder / f"{name}.{kind}")
    file = home.folder / "fidus.toml"
    file.write_text(file.read_text(encoding="utf-8") + PROXIES, encoding="utf-8")
    pairs = {
        name: (home.folder / f"{name}.crt", home.folder / f"{name}.key") for name in ("front", "standard")
    }
    with serving(home) as hub:
        assert fidus("flow", "apply", str(home.flows), home=home.folder).code == 0
        changes = {
            "hub.internal:8443": urlsplit(hub.says["api"]).netloc,
            "proxy_ssl_name hub.internal": "proxy_ssl_name localhost",
            "/etc/fidus/server.crt": str(home.pki.path("hub", "crt")),
            "/etc/fidus/server.key": str(home.pki.path("hub", "key")),
            "/etc/fidus/front.crt": str(pairs["front"][0]),
            "/etc/fidus/front.key": str(pairs["front"][1]),
            "/etc/fidus/hub-issuer.crt": str(home.pki.path("issuer-servers", "crt")),
        }
        with nginx(folder / "nginx", changes) as port:
            yield Front(hub, port, pairs["front"], pairs["standard"])


def flows(connection: http.client.HTTPSConnection, headers: dict[str, str] | None = None) -> set[str] | int:
    """The flows that the caller may use, by which it is known who it is taken for; or the status."""
    connection.putrequest("GET", "/fidus/v1/flows")
    for name, value in (headers or {}).items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    body = json.loads(response.read())
    return {flow["id"] for flow in body["items"]} if response.status == 200 else response.status


def der(pair: Pair) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pair[0].read_text(encoding="ascii"))


def binary(pair: Pair) -> str:
    return f":{b64encode(der(pair)).decode()}:"


def escaped(pair: Pair) -> str:
    return quote(pair[0].read_text(encoding="ascii"), safe="")


def counted(front: Front, before: dict[str, int]) -> dict[str, int]:
    now = strangers(front.hub.says["management"])
    return {
        reason: now[reason] - before.get(reason, 0) for reason in now if now[reason] != before.get(reason)
    }


@pytest.fixture
def before(front: Front) -> dict[str, int]:
    return strangers(front.hub.says["management"])


def test_through_nginx_everybody_is_who_they_are(front: Front) -> None:
    for who in (ONE, OTHER):
        connection = front.through(front.pair(who))
        found = flows(connection)
        assert isinstance(found, set)
        assert FLOWS[who] in found
        assert not found & set(FLOWS.values()) - {FLOWS[who]}
        connection.close()


def test_kept_alive_connections_to_the_hub_are_shared_and_never_mix(front: Front) -> None:
    """Both clients keep theirs to nginx, which has few to the hub: turn by turn, they stay apart."""
    one, other, nobody = (front.through(pair) for pair in (front.pair(ONE), front.pair(OTHER), None))
    for _ in range(15):
        for connection, own, others in ((one, ONE, OTHER), (other, OTHER, ONE)):
            found = flows(connection)
            assert isinstance(found, set)
            assert (FLOWS[own] in found, FLOWS[others] in found) == (True, False)
        assert flows(nobody) == 401
    for connection in (one, other, nobody):
        connection.close()


def test_a_consultation_goes_through_with_its_body(front: Front) -> None:
    """No source is there: what comes back is the hub's own answer to this flow."""
    body = {"query": {"ssin": "62691699717"}, "context": {"caseReference": "1", "endUser": {"id": "a"}}}
    connection = front.through(front.pair(ONE))
    connection.request(
        "POST",
        f"/fidus/v1/flows/{FLOWS[ONE]}/consult",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["origin"]) == (503, "source")
    connection.close()


def test_what_the_client_writes_into_the_header_is_replaced(front: Front, before: dict[str, int]) -> None:
    for written in (escaped(front.pair(OTHER)), binary(front.pair(OTHER))):
        spoofed = {"Client-Cert": written, "client_cert": written, "Client-Cert-Chain": written}
        for pair, taken_for in ((front.pair(ONE), ONE), (None, None)):
            connection = front.through(pair)
            found = flows(connection, spoofed)
            if taken_for is None:
                assert found == 401
            else:
                assert isinstance(found, set)
                assert FLOWS[taken_for] in found
            connection.close()
    assert counted(front, before) == {"noCertificate": 2}


def test_without_certificate_only_health_and_documentation_are_open(front: Front) -> None:
    connection = front.through(None)
    for path, status in (("/health", 200), ("/doc/openapi.json", 200), ("/flows", 401)):
        connection.request("GET", f"/fidus/v1{path}")
        response = connection.getresponse()
        response.read()
        assert response.status == status
    connection.close()


@pytest.mark.parametrize("name", ["Client-Cert", "Client-Cert-Chain"])
@pytest.mark.parametrize("who", [ONE, None], ids=["an institution", "nobody"])
def test_directly_nobody_may_send_the_header(
    front: Front, before: dict[str, int], who: str | None, name: str
) -> None:
    """Not even with one's own certificate in it."""
    connection = front.direct(None if who is None else front.pair(who))
    assert flows(connection, {name: binary(front.pair(who or ONE))}) == 401
    connection.close()
    assert counted(front, before) == {"clientCertNotFromProxy": 1}


def test_a_proxy_that_speaks_the_standard_is_understood(front: Front, before: dict[str, int]) -> None:
    """RFC 9440, by a proxy of its own; and turn by turn on one connection."""
    connection = front.direct(front.standard)
    for who in (ONE, OTHER, ONE):
        found = flows(connection, {"Client-Cert": binary(front.pair(who))})
        assert isinstance(found, set)
        assert FLOWS[who] in found
    issuer = front.pair("issuer-institutions")
    with_chain = {"Client-Cert": binary(front.pair(ONE)), "Client-Cert-Chain": binary(issuer)}
    assert isinstance(flows(connection, with_chain), set)
    wrong_chain = {"Client-Cert": binary(front.pair(ONE)), "Client-Cert-Chain": binary(front.pair(OTHER))}
    assert flows(connection, wrong_chain) == 401
    assert flows(connection, {"Client-Cert": escaped(front.pair(ONE))}) == 401
    assert flows(connection) == 401  # the proxy itself is no institution
    connection.close()
    assert counted(front, before) == {"clientCertMalformed": 2, "noCertificate": 1}


def test_a_certificate_that_is_handed_on_is_checked_like_one_that_is_shown(
    front: Front, before: dict[str, int], tmp_path: Path
) -> None:
    proxy = front.direct(front.standard)
    wrong: tuple[dict[str, Any], ...] = ({"ends_in": timedelta(days=-1)}, {"foreign": True}, {"usages": ()})
    for number, change in enumerate(wrong):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert flows(proxy, {"Client-Cert": binary(front.issued(folder, ONE, **change))}) == 401
    proxy.close()
    assert counted(front, before) == {"outsideValidity": 1, "issuerNotRegistered": 1, "notForClientAuth": 1}


def test_a_header_as_long_as_certificates_may_be_gets_through(front: Front, before: dict[str, int]) -> None:
    """To whoever reads it: the wire has room for it, and for no more than a line."""
    for length, status in ((LONGEST, 401), (2 * LONGEST, 400)):
        connection = front.direct(front.standard)
        sent = f":{b64encode(bytes((length - 2) // 4 * 3)).decode()}:"
        assert flows(connection, {"Client-Cert": sent}) == status
        connection.close()
    assert counted(front, before) == {"unreadable": 1}


def test_an_ended_certificate_gets_no_further_than_nginx(
    front: Front, before: dict[str, int], tmp_path: Path
) -> None:
    connection = front.through(front.issued(tmp_path, ONE, ends_in=timedelta(days=-1)))
    connection.request("GET", "/fidus/v1/flows")
    response = connection.getresponse()
    assert (response.status, response.headers["Content-Type"]) == (400, "text/html")
    connection.close()
    assert counted(front, before) == {}


@pytest.mark.parametrize("number", [None, "NTRBE-0999000129"], ids=["no number", "another's"])
def test_a_foreign_issuer_is_judged_by_the_hub(
    front: Front, before: dict[str, int], tmp_path: Path, number: str | None
) -> None:
    """As the contract has it, not by a page of nginx."""
    connection = front.through(Issuer(tmp_path).issue(number))
    assert flows(connection) == 401
    connection.close()
    assert counted(front, before) == {"issuerNotRegistered": 1}


def test_who_is_revoked_gets_no_answer_through_the_proxy_either(
    front: Front, before: dict[str, int], tmp_path: Path
) -> None:
    pair = front.issued(tmp_path, ONE)
    client = front.through(pair)
    assert isinstance(flows(client), set)
    pki = front.home.pki
    issuer = pki.issuer("issuer-institutions", "-")
    pki.revocations("issuer-institutions", issuer, x509.load_pem_x509_certificate(pair[0].read_bytes()))
    assert fidus("crl", "--refresh", home=front.home.folder).code == 0
    assert flows(client) == 401  # on the same connection
    client.close()
    again = front.through(front.pair(ONE))
    assert isinstance(flows(again), set)  # another certificate of the same key goes on
    again.close()
    assert counted(front, before) == {"revoked": 1}
