"""Who may ask: each rule of the token by itself, over real sockets and on a clock of the test's own."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from mocks.cbe.credentials import Credentials, digest
from mocks.soap import Refusal
from mocks.world import world
from tests.mocks.cbe.conftest import NS, OASIS, Client, Letter

NUMBER = next(iter(world().enterprises))
WRONG = "The user is not known, or the password digest is wrong"
LATER = timedelta(minutes=20)
DIGEST = f"{OASIS}-username-token-profile-1.0#PasswordDigest"
BASE64 = f' EncodingType="{OASIS}-soap-message-security-1.0#Base64Binary"'


def test_the_digest_is_the_one_of_the_profile() -> None:
    """By another hand: printf '%s' NONCE CREATED PASSWORD | openssl dgst -sha1 -binary | base64."""
    assert digest(b"0123456789abcdef", "2026-01-01T00:00:00Z", "secret") == "AHdjPQqhLugJUej2bfmGQqPj3Vo="


@pytest.mark.parametrize(
    ("changes", "fault", "text"),
    [
        pytest.param({"user": "somebody"}, "FailedAuthentication", WRONG, id="user"),
        pytest.param({"password": "guess"}, "FailedAuthentication", WRONG, id="password"),
        pytest.param({"made": datetime.now(UTC) - LATER}, "MessageExpired", "was not made", id="old-token"),
        pytest.param(
            {"made": datetime.now(UTC) + LATER}, "MessageExpired", "was not made", id="future-token"
        ),
        pytest.param({"stamped": datetime.now(UTC) - LATER}, "MessageExpired", "has expired", id="old-stamp"),
        pytest.param(
            {"stamped": datetime.now(UTC) + LATER}, "MessageExpired", "in the future", id="future-stamp"
        ),
        pytest.param({"life": LATER}, "InvalidSecurity", "within five minutes", id="long-life"),
        pytest.param({"nonce": b"short"}, "InvalidSecurity", "8 to 64 bytes", id="nonce"),
    ],
)
def test_who_is_not_let_in(client: Client, changes: dict[str, object], fault: str, text: str) -> None:
    code, own, message = client.read(NUMBER, **changes).error
    assert (code, own) == (f"wsse:{fault}", "12")
    assert message is not None
    assert text in message


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        pytest.param(' e:mustUnderstand="1"', "", "not marked soapenv:mustUnderstand", id="must-understand"),
        pytest.param("w:UsernameToken", "w:Token", "has 0 UsernameToken", id="no-token"),
        pytest.param("u:Timestamp", "u:Stamp", "has 0 Timestamp", id="no-stamp"),
        pytest.param(DIGEST, DIGEST.replace("Digest", "Text"), "not marked as PasswordDigest", id="plain"),
        pytest.param("Base64Binary", "HexBinary", "not marked as Base64Binary", id="encoding"),
        pytest.param("</w:Username>", "</w:Username><w:Realm/>", "has more than", id="part-too-many"),
        pytest.param("</w:Username>", "</w:Username><w:Username/>", "has 2 Username", id="two-users"),
    ],
)
def test_a_header_of_another_form(client: Client, old: str, new: str, text: str) -> None:
    code, own, message = client.read(NUMBER, changes=((old, new),)).error
    assert (code, own) == ("wsse:InvalidSecurity", "12")
    assert message is not None
    assert text in message


def test_a_message_without_credentials(client: Client) -> None:
    both = (("w:Security", "w:Insecurity"), (' e:mustUnderstand="1"', ""))
    assert client.read(NUMBER, changes=both[:1]).error[0] == "soapenv:MustUnderstand"
    text = "Header has 0 Security, there must be exactly one"
    assert client.read(NUMBER, changes=both).error == ("wsse:InvalidSecurity", "12", text)


def test_times_have_the_form_of_the_profile(client: Client) -> None:
    letter = Letter("ReadEnterprise", "")
    created = letter.bytes().decode().split("<u:Created>")[2][:24]
    said = client.send(
        letter, changes=((f"{created}</u:Created></w:UsernameToken>", "now</u:Created></w:UsernameToken>"),)
    )
    assert said.error[2] == "UsernameToken/Created is not a time in UTC that ends in Z"
    said = client.send(
        letter,
        changes=(
            (
                f"{created}</u:Created></w:UsernameToken>",
                "2026-02-30T00:00:00Z</u:Created></w:UsernameToken>",
            ),
        ),
    )
    assert said.error[2] == "UsernameToken/Created does not exist"


def test_a_nonce_must_be_base64_and_may_be_left_unmarked(client: Client) -> None:
    assert client.read(NUMBER, changes=((BASE64, ""),)).reply.status == 200
    said = client.read(NUMBER, changes=((f"{BASE64}>", f"{BASE64}>!"),))
    assert said.error[2] == "Nonce is not base64"


def test_a_nonce_is_taken_once(client: Client) -> None:
    nonce = secrets.token_bytes(16)
    assert client.read(NUMBER, nonce=nonce).reply.status == 200
    assert client.read(NUMBER, nonce=nonce).error == (
        "wsse:FailedAuthentication",
        "12",
        "This Nonce was used before",
    )


def test_a_guess_does_not_use_up_a_nonce(client: Client) -> None:
    nonce = secrets.token_bytes(16)
    assert client.read(NUMBER, nonce=nonce, password="guess").error[2] == WRONG
    assert client.read(NUMBER, nonce=nonce).reply.status == 200


def test_a_nonce_is_kept_as_long_as_its_token_could_be_taken() -> None:
    made = datetime(2026, 1, 1, 12, tzinfo=UTC)
    letter = Letter("ReadEnterprise", "", made=made, stamped=made)
    header = etree.fromstring(letter.bytes()).find("s:Header", NS)
    assert header is not None
    one = Credentials(letter.user, letter.password)
    one.check(header, made - timedelta(seconds=60))
    with pytest.raises(Refusal, match="used before"):
        one.check(header, made + timedelta(minutes=5))
    other = Letter("ReadEnterprise", "", made=made + LATER, stamped=made + LATER)
    later = etree.fromstring(other.bytes()).find("s:Header", NS)
    assert later is not None
    one.check(later, made + LATER)
    assert len(one._used) == 1


def test_credentials_show_no_password() -> None:
    assert "secret" not in repr(Credentials("user", "secret"))
