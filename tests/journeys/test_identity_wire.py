"""Who gets through to the running hub, by which certificates and TLS; and that the others are counted."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fidus.cli.client import Client, Reply
from tests.journeys.alone import home_in, serving
from tests.journeys.certificates import CLIENT, SERVER, Issuer, Pair, key_in
from tests.journeys.journal import journal_of
from tests.journeys.metrics import strangers
from tests.journeys.world import World

pytestmark = pytest.mark.slow

OLDER = pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
GET = b"GET /fidus/v1/flows HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n"
FLOW = "municipality-address"


@pytest.fixture(scope="module")
def issuer(world: World, tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    """The issuer of the demonstration's institutions."""
    return Issuer(tmp_path_factory.mktemp("issued"), registered(world))


@pytest.fixture
def counts(world: World) -> dict[str, int]:
    """How often each reason was counted before the test."""
    return strangers(world.told["management"])


def counted(world: World, before: dict[str, int]) -> dict[str, int]:
    """What was counted since; waits for it, as a failed handshake may be seen by the client first."""
    until = time.monotonic() + 5
    while (now := strangers(world.told["management"])) == before and time.monotonic() < until:
        time.sleep(0.02)
    return {
        reason: count - before.get(reason, 0) for reason, count in now.items() if count != before.get(reason)
    }


def enrolled(world: World) -> Pair:
    one = world.institution(FLOW)
    return Path(one["certificate"]), Path(one["key"])


def registered(world: World) -> Pair:
    return world.home / "pki" / "issuer-institutions.crt", world.home / "pki" / "issuer-institutions.key"


def number(world: World) -> str:
    return f"NTRBE-{world.institution(FLOW)['number']}"


def get(world: World, pair: Pair | None, path: str = "/flows") -> Reply:
    certificate, key = pair or (None, None)
    return Client(world.told["api"], Path(world.told["ca"]), certificate, key, timeout_s=10).get(path)


def not_recognized(reply: Reply) -> None:
    assert reply.status == 401
    assert reply.body["type"] == "urn:problem-type:fidus:clientCertificateNotRecognized"
    assert reply.body["origin"] == "caller"
    assert reply.body.keys() == {"type", "href", "title", "status", "origin", "detail", "instance"}


def answered(world: World, context: ssl.SSLContext) -> tuple[bytes, str, str]:
    """First bytes of the answer over this TLS, its version and its cipher. Raises OSError without any."""
    parts = urlsplit(world.told["api"])
    with (
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as raw,
        context.wrap_socket(raw, server_hostname=parts.hostname) as wire,
    ):
        wire.sendall(GET)
        return wire.recv(12), wire.version() or "", (wire.cipher() or ("",))[0]


def tls(world: World, pair: Pair, version: ssl.TLSVersion, ciphers: str = "") -> ssl.SSLContext:
    context = Client(world.told["api"], Path(world.told["ca"]), *pair).context()
    context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    return context


def test_without_certificate_only_health_and_documentation_are_open(
    world: World, counts: dict[str, int]
) -> None:
    assert get(world, None, "/health").body == {"status": "UP"}
    assert get(world, None, "/doc/openapi.json").status == 200
    not_recognized(get(world, None))
    not_recognized(get(world, None, f"/flows/{FLOW}"))
    not_recognized(get(world, None, "/nothing/at/all"))
    assert counted(world, counts) == {"noCertificate": 3}


def test_a_key_that_is_not_enrolled(world: World, issuer: Issuer, counts: dict[str, int]) -> None:
    not_recognized(get(world, issuer.issue(number(world))))
    assert counted(world, counts) == {"notEnrolled": 1}


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        (None, "noUsableNumber"),
        ("NTRBE-0999000229", "noUsableNumber"),
        ("NTRFR-0999000228", "noUsableNumber"),
        ("0999000228", "noUsableNumber"),
        ("VATBE-0999000228", "noUsableNumber"),
        ("NTRBE-0999000129", "notEnrolled"),
        ("NTRBE-0999000426", "notEnrolled"),
    ],
    ids=["none", "checkDigits", "country", "bare", "scheme", "anothers", "nobodys"],
)
def test_an_enrolled_key_under_another_number(
    world: World, issuer: Issuer, counts: dict[str, int], named: str | None, reason: str
) -> None:
    not_recognized(get(world, issuer.issue(named, key=key_in(enrolled(world)[1]))))
    assert counted(world, counts) == {reason: 1}


def test_a_certificate_for_servers_only(world: World, issuer: Issuer, counts: dict[str, int]) -> None:
    """OpenSSL refuses it in the handshake: code 26, unsuitable purpose."""
    pair = issuer.issue(number(world), key=key_in(enrolled(world)[1]), usages=(SERVER,))
    with pytest.raises(OSError, match=r"alert|reset|EOF|HTTP answer"):
        get(world, pair)
    assert counted(world, counts) == {"tlsVerify26": 1}


def test_a_certificate_that_does_not_say_what_it_is_for(
    world: World, issuer: Issuer, counts: dict[str, int]
) -> None:
    not_recognized(get(world, issuer.issue(number(world), key=key_in(enrolled(world)[1]), usages=())))
    assert counted(world, counts) == {"notForClientAuth": 1}


def test_a_new_certificate_for_an_enrolled_key_is_taken(world: World, issuer: Issuer) -> None:
    """The key is enrolled, not the certificate; dots in the number do not matter."""
    dotted = re.sub(r"(\d{4})(\d{3})(\d{3})$", r"\1.\2.\3", number(world))
    pair = issuer.issue(dotted, key=key_in(enrolled(world)[1]), usages=(CLIENT, SERVER))
    reply = get(world, pair)
    assert reply.status == 200
    assert FLOW in {flow["id"] for flow in reply.body["items"]}


@pytest.mark.parametrize("version", [TLS12, TLS13])
@pytest.mark.parametrize(
    ("what", "reason"),
    [("expired", "tlsVerify10"), ("foreign", "tlsVerify20"), ("impostor", "tlsVerify7")],
)
def test_an_ended_certificate_and_a_foreign_issuer_end_in_an_alert(
    world: World, counts: dict[str, int], tmp_path: Path, what: str, reason: str, version: ssl.TLSVersion
) -> None:
    """Under TLS 1.3 the client may see a closed connection only; counted is either, by X.509 code."""
    by = Issuer(tmp_path, None if what == "foreign" else registered(world), impostor=what == "impostor")
    ends_in = timedelta(days=-1 if what == "expired" else 1)
    pair = by.issue(number(world), key=key_in(enrolled(world)[1]), ends_in=ends_in)
    answer = b""
    with contextlib.suppress(OSError):
        answer = answered(world, tls(world, pair, version))[0]
    assert answer == b""
    assert counted(world, counts) == {reason: 1}


@OLDER
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=["1.0", "1.1"])
def test_tls_before_1_2_is_refused(world: World, counts: dict[str, int], version: ssl.TLSVersion) -> None:
    with pytest.raises(OSError, match=r"alert|version|reset|EOF"):
        answered(world, tls(world, enrolled(world), version, "ALL:@SECLEVEL=0"))
    assert counted(world, counts) == {"tlsUnsupportedProtocol": 1}


@pytest.mark.parametrize(
    "cipher",
    ["AES128-GCM-SHA256", "AES256-SHA256", "DHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256"],
)
def test_tls_1_2_without_forward_secrecy_or_authenticated_encryption_is_refused(
    world: World, counts: dict[str, int], cipher: str
) -> None:
    with pytest.raises(OSError, match=r"alert|reset|EOF"):
        answered(world, tls(world, enrolled(world), TLS12, f"{cipher}:@SECLEVEL=0"))
    assert counted(world, counts) == {"tlsNoSharedCipher": 1}


@pytest.mark.parametrize("cipher", ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"])
def test_tls_1_2_with_forward_secrecy_is_spoken(world: World, cipher: str) -> None:
    spoken = answered(world, tls(world, enrolled(world), TLS12, cipher))
    assert spoken == (b"HTTP/1.1 200", "TLSv1.2", cipher)


def test_tls_1_3_is_spoken(world: World) -> None:
    answer, version, _ = answered(world, tls(world, enrolled(world), TLS13))
    assert (answer, version) == (b"HTTP/1.1 200", "TLSv1.3")


def test_what_is_not_tls_gets_nothing(world: World, counts: dict[str, int]) -> None:
    parts = urlsplit(world.told["api"])
    address = (parts.hostname or "", parts.port or 0)
    with socket.create_connection(address, timeout=10) as raw, contextlib.suppress(OSError):
        raw.sendall(GET)
        assert b"HTTP" not in raw.recv(100)
    assert counted(world, counts) == {"tlsHttpRequest": 1}


def test_an_institution_is_no_stranger(world: World, counts: dict[str, int]) -> None:
    assert get(world, enrolled(world)).status == 200
    assert get(world, enrolled(world), "/flows/slrb-confirm-address").status == 404
    assert strangers(world.told["management"]) == counts


def test_strangers_make_one_entry_together(tmp_path: Path) -> None:
    """Whatever their number: by reason, with nothing about them. A hub that ends writes what it counted."""
    home = home_in(tmp_path / "home")
    with serving(home) as hub:
        for _ in range(4):
            not_recognized(hub.client(None).get("/flows"))
        not_recognized(hub.client("municipality").get("/flows"))  # no flow, so no key, is in force yet
        with contextlib.suppress(OSError):
            hub.client("hub").get("/flows")
    with journal_of(home.folder) as journal:
        (entry,) = journal.entries()
    assert entry["kind"] == "refusals"
    assert entry["refusals"]["reasons"] == {"noCertificate": 4, "notEnrolled": 1, "tlsVerify19": 1}
    assert not {"institution", "number", "sealed", "flow"} & entry.keys()
