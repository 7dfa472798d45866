"""`Client-Cert` is read from named proxies only, in one spelling only."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from fidus.certificate import spki_sha256
from fidus.client_cert import LONGEST, MOST_IN_CHAIN, Form, Proxies, client_of
from fidus.errors import IdentityReason, IdentityRejected
from tests.fidus.lists import Revoker

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
ROOT, OTHER = Revoker(NOW, "root"), Revoker(NOW, "other")


def issued(by: Revoker, title: str, until: timedelta = timedelta(days=100)) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    return by.issue(name, ec.generate_private_key(ec.SECP256R1()), until=until)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def binary(data: bytes) -> str:
    return f":{b64encode(data).decode()}:"


def escaped(certificate: x509.Certificate) -> str:
    return quote(certificate.public_bytes(Encoding.PEM).decode(), safe="")


PROXY, CLIENT = issued(OTHER, "proxy"), issued(ROOT, "client")
ROOT_DER = der(ROOT.certificate)
PROXIES = Proxies({spki_sha256(PROXY): Form.RFC9440})
NGINX = Proxies({spki_sha256(PROXY): Form.ESCAPED_PEM})


def client(
    *sent: str,
    chain: Sequence[str] = (),
    peer: bytes | None = der(PROXY),
    proxies: Proxies = PROXIES,
    at: datetime = NOW,
) -> bytes | None:
    return client_of(peer, sent, chain, proxies, at)


def reason(
    *sent: str,
    chain: Sequence[str] = (),
    peer: bytes | None = der(PROXY),
    proxies: Proxies = PROXIES,
    at: datetime = NOW,
) -> IdentityReason:
    with pytest.raises(IdentityRejected) as rejected:
        client(*sent, chain=chain, peer=peer, proxies=proxies, at=at)
    return rejected.value.reason


@pytest.mark.parametrize("peer", [der(CLIENT), b"no certificate", None], ids=["client", "unreadable", "none"])
@pytest.mark.parametrize("proxies", [PROXIES, Proxies()], ids=["with proxies", "without"])
def test_who_comes_directly_is_who_they_show(peer: bytes | None, proxies: Proxies) -> None:
    assert client(peer=peer, proxies=proxies) == peer


@pytest.mark.parametrize("peer", [der(CLIENT), b"no certificate", None], ids=["client", "unreadable", "none"])
def test_who_is_no_proxy_may_not_speak_for_anybody(peer: bytes | None) -> None:
    sent = binary(der(CLIENT))
    assert reason(sent, peer=peer) is IdentityReason.NOT_A_PROXY
    assert reason(chain=[sent], peer=peer) is IdentityReason.NOT_A_PROXY
    assert reason(sent, peer=peer, proxies=Proxies()) is IdentityReason.NOT_A_PROXY


def test_a_proxy_is_known_by_its_key() -> None:
    """Another certificate of the same name is none; nor is its own, once it has ended."""
    sent = binary(der(CLIENT))
    assert client(sent) == der(CLIENT)
    assert reason(sent, peer=der(issued(OTHER, "proxy"))) is IdentityReason.NOT_A_PROXY
    late = PROXY.not_valid_after_utc
    assert client(sent, at=late) == der(CLIENT)
    assert reason(sent, at=late + timedelta(seconds=1)) is IdentityReason.NOT_A_PROXY


@pytest.mark.parametrize("proxies", [PROXIES, NGINX], ids=list(Form))
def test_a_client_without_certificate_is_nobody_and_not_the_proxy(proxies: Proxies) -> None:
    assert client(proxies=proxies) is None


def test_what_nginx_writes_is_read() -> None:
    assert client(escaped(CLIENT), proxies=NGINX) == der(CLIENT)
    assert client(escaped(CLIENT).removesuffix("%0A"), proxies=NGINX) == der(CLIENT)


def test_blanks_around_do_not_matter() -> None:
    assert client(f"  {binary(der(CLIENT))} ") == der(CLIENT)


GOOD = binary(der(CLIENT))
MALFORMED = {
    "empty": "",
    "nothing inside": "::",
    "no colons": GOOD.strip(":"),
    "one colon": GOOD[1:],
    "parameters": f"{GOOD};a=1",
    "a list": f"{GOOD}, {GOOD}",
    "text": '"text"',
    "blank inside": f":{GOOD[1:40]} {GOOD[40:]}",
    "url alphabet": binary(b"\xff\xfb\xff\xfe").replace("/", "_"),
    "no padding": ":YQ:",
    "too much padding": ":YWE==:",
    "bits in the padding": ":YR==:",
    "one character": ":Y:",
    "tab": f"\t{GOOD}",
    "too long": binary(bytes(LONGEST)),
    "escaped PEM": escaped(CLIENT),
}
PEM = CLIENT.public_bytes(Encoding.PEM).decode()
MALFORMED_PEM = {
    "empty": "",
    "not escaped": PEM,
    "the standard": GOOD,
    "cut": escaped(CLIENT)[:-60],
    "broken escape": escaped(CLIENT) + "%0",
    "not hexadecimal": escaped(CLIENT) + "%0G",
    "two": escaped(CLIENT) * 2,
    "text before": quote("x" + PEM, safe=""),
    "text behind": quote(PEM + "x", safe=""),
    "returns": quote(PEM.replace("\n", "\r\n"), safe=""),
    "a key": quote(PEM.replace("CERTIFICATE", "PRIVATE KEY"), safe=""),
    "nothing inside": quote("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", safe=""),
    "no base64": quote("-----BEGIN CERTIFICATE-----\nYQ=\n-----END CERTIFICATE-----\n", safe=""),
    "padding inside": quote("-----BEGIN CERTIFICATE-----\nYQ==\nYQ==\n-----END CERTIFICATE-----\n", safe=""),
    "too long": escaped(CLIENT) + "A" * LONGEST,
}


@pytest.mark.parametrize("value", MALFORMED.values(), ids=MALFORMED)
def test_another_spelling_is_refused(value: str) -> None:
    assert reason(value) is IdentityReason.CLIENT_CERT_MALFORMED


@pytest.mark.parametrize("value", MALFORMED_PEM.values(), ids=MALFORMED_PEM)
def test_another_escaped_pem_is_refused(value: str) -> None:
    assert reason(value, proxies=NGINX) is IdentityReason.CLIENT_CERT_MALFORMED


@pytest.mark.parametrize(
    ("sent", "chain", "proxies"),
    [
        ((GOOD, GOOD), (), PROXIES),
        ((GOOD, binary(der(PROXY))), (), PROXIES),
        ((), (binary(ROOT_DER),), PROXIES),
        ((escaped(CLIENT), escaped(CLIENT)), (), NGINX),
        ((escaped(CLIENT),), (binary(ROOT_DER),), NGINX),
        ((), (binary(ROOT_DER),), NGINX),
    ],
    ids=["twice", "two", "chain alone", "nginx twice", "nginx with chain", "nginx chain alone"],
)
def test_exactly_one_certificate_is_handed_on(
    sent: Sequence[str], chain: Sequence[str], proxies: Proxies
) -> None:
    assert reason(*sent, chain=chain, proxies=proxies) is IdentityReason.CLIENT_CERT_MALFORMED


@pytest.mark.parametrize(
    "chain",
    [
        [binary(ROOT_DER)],
        [f"{binary(ROOT_DER)},{binary(ROOT_DER)}"],
        [f" {binary(ROOT_DER)}\t,\t {binary(ROOT_DER)}"],
        [binary(ROOT_DER), binary(ROOT_DER)],
    ],
    ids=["one", "a list", "blanks", "two lines"],
)
def test_a_chain_in_which_each_issued_the_one_before_is_taken(chain: Sequence[str]) -> None:
    """The root issued itself."""
    assert client(GOOD, chain=chain) == der(CLIENT)


@pytest.mark.parametrize(
    "chain",
    [
        [""],
        [binary(b"no certificate")],
        [binary(der(OTHER.certificate))],
        [binary(der(CLIENT))],
        [binary(der(PROXY))],
        [f"{binary(ROOT_DER)}, {binary(der(OTHER.certificate))}"],
        [f"{binary(ROOT_DER)},"],
        [", ".join([binary(ROOT_DER)] * (MOST_IN_CHAIN + 1))],
    ],
    ids=[
        "empty",
        "no certificate",
        "another",
        "itself",
        "no issuer",
        "broken off",
        "comma behind",
        "too long",
    ],
)
def test_another_chain_is_refused(chain: Sequence[str]) -> None:
    assert reason(GOOD, chain=chain) is IdentityReason.CLIENT_CERT_MALFORMED


def test_a_chain_with_an_ended_certificate_is_refused() -> None:
    proxies, at = PROXIES, ROOT.certificate.not_valid_after_utc
    peer = der(issued(OTHER, "proxy", timedelta(days=2000)))
    proxies = Proxies({spki_sha256(x509.load_der_x509_certificate(peer)): Form.RFC9440})
    assert client(GOOD, chain=[binary(ROOT_DER)], peer=peer, proxies=proxies, at=at) == der(CLIENT)
    late = at + timedelta(seconds=1)
    found = reason(GOOD, chain=[binary(ROOT_DER)], peer=peer, proxies=proxies, at=late)
    assert found is IdentityReason.CLIENT_CERT_MALFORMED


def test_a_certificate_that_cannot_be_read_has_no_chain() -> None:
    found = reason(binary(b"no certificate"), chain=[binary(ROOT_DER)])
    assert found is IdentityReason.CLIENT_CERT_MALFORMED


@given(st.binary(min_size=1, max_size=3000))
def test_every_bytes_have_one_spelling(data: bytes) -> None:
    assert client(binary(data)) == data


@given(st.text(st.characters(codec="latin-1"), max_size=60))
def test_text_of_any_kind_is_refused(value: str) -> None:
    for proxies in (PROXIES, NGINX):
        assert reason(value, proxies=proxies) is IdentityReason.CLIENT_CERT_MALFORMED


@given(st.text("ABC+/=:012 ,;", max_size=24))
def test_what_looks_like_it_is_read_as_base64_or_refused(text: str) -> None:
    try:
        read = client(f":{text}:")
    except IdentityRejected:
        return
    assert read is not None
    assert text == b64encode(read).decode()
