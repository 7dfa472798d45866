"""Who gets a token, and what a token opens: RFC 6749 §5, RFC 6750 §3, RFC 7523 §3."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mocks.div.server import VehicleRegister, make
from mocks.div.tokens import NAMED
from mocks.source import UnusableHome
from mocks.world import world
from mocks.wssec import Signer
from tests.mocks.div.conftest import Client
from tests.mocks.served import served


def test_a_right_proof_gives_a_token_that_opens(client: Client) -> None:
    given = client.new_token()
    assert (given.status, given.headers["Cache-Control"]) == (200, "no-store")
    assert (given.json["token_type"], given.json["expires_in"]) == ("Bearer", 300)
    assert client.get("registrations?plateNr=0ZZZ000", given.json["access_token"]).status == 204
    assert client.mock.control("GET", "asked").json["items"][-2]["service"] == "div/token"


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [("hub-sign", "PS256"), ("hub-sign", "RS256"), ("second-hub-sign", "ES256")],
)
def test_each_key_of_the_hub_may_sign(client: Client, key: str, algorithm: str) -> None:
    assert client.new_token(client_assertion=client.proof(key, algorithm)).status == 200


def test_the_end_point_may_be_named_as_the_contract_does_and_among_others(client: Client) -> None:
    assert client.new_token(client_assertion=client.proof(aud=NAMED)).status == 200
    assert client.new_token(client_assertion=client.proof(aud=["https://example.org", NAMED])).status == 200


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        pytest.param({"iss": "another"}, "iss and sub are not both the client", id="issuer"),
        pytest.param({"sub": "another"}, "iss and sub are not both the client", id="subject"),
        pytest.param({"aud": "https://example.org/token"}, "aud is not the URL", id="audience"),
        pytest.param({"aud": [7]}, "aud is not the URL", id="audience-number"),
        pytest.param({"exp": timedelta(minutes=-1)}, "the assertion has expired", id="expired"),
        pytest.param({"exp": timedelta(hours=1)}, "exp is more than ten minutes away", id="long"),
        pytest.param({"exp": "soon"}, "exp is not a time", id="no-time"),
        pytest.param({"exp": True}, "exp is not a time", id="truth"),
        pytest.param({"nbf": timedelta(minutes=5)}, "nbf is yet to come", id="not-yet"),
        pytest.param({"iat": timedelta(minutes=5)}, "iat is yet to come", id="from-tomorrow"),
        pytest.param({"jti": ""}, "jti is not a text", id="empty-id"),
        pytest.param({"jti": 7}, "jti is not a text", id="number-id"),
        *(
            pytest.param({name: None}, f"the assertion has no {name}", id=f"no-{name}")
            for name in ("iss", "sub", "exp", "jti")
        ),
    ],
)
def test_a_claim_that_is_wrong_gives_no_token(client: Client, claims: dict[str, Any], why: str) -> None:
    refused = client.new_token(client_assertion=client.proof(**from_now(claims)))
    assert (refused.status, refused.json["error"]) == (401, "invalid_client")
    assert refused.json["error_description"].startswith(why)


def from_now(claims: dict[str, Any]) -> dict[str, Any]:
    """Spans as seconds of the epoch, by the clock of this moment and not of the collection."""
    now = datetime.now(UTC)
    return {
        name: int((now + value).timestamp()) if isinstance(value, timedelta) else value
        for name, value in claims.items()
    }


def test_an_assertion_is_taken_once(client: Client) -> None:
    proof = client.proof()
    assert client.new_token(client_assertion=proof).status == 200
    again = client.new_token(client_assertion=proof)
    assert (again.status, again.json["error_description"]) == (401, "this assertion was used before")


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [("stranger", "ES256"), ("former-hub-sign", "ES256")],
    ids=["stranger", "certificate-expired"],
)
def test_another_key_gives_no_token(client: Client, key: str, algorithm: str) -> None:
    refused = client.new_token(client_assertion=client.proof(key, algorithm))
    assert refused.status == 401
    assert refused.json["error_description"] == "the assertion is not signed by a key of this client"


def test_an_assertion_that_was_changed_or_not_signed_gives_no_token(client: Client) -> None:
    head, claims, signature = client.proof().split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    other = claims[:-2] + ("A" if claims[-2] != "A" else "B") + claims[-1]
    for text in (f"{none}.{claims}.", f"{head}.{other}.{signature}", "no token at all", "a.b.c"):
        assert client.new_token(client_assertion=text).json["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("fields", "status", "error", "why"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type", "body.grant_type: "),
        ({"client_id": "another"}, 401, "invalid_client", "the client is not known"),
        ({"scope": "everything"}, 400, "invalid_scope", "the scopes are mob_movind_v1_G, "),
        ({"scope": ""}, 400, "invalid_scope", "the scopes are "),
        ({"client_assertion_type": "x"}, 400, "invalid_request", "body.client_assertion_type: "),
        ({"client_id": None}, 400, "invalid_request", 'body: "client_id" is a required'),
    ],
)
def test_a_wrong_form_is_told_what_is_wrong(
    client: Client, fields: dict[str, str | None], status: int, error: str, why: str
) -> None:
    refused = client.new_token(**fields)
    assert (refused.status, refused.json["error"]) == (status, error)
    assert refused.json["error_description"].startswith(why)


def test_a_form_that_is_none_is_refused(client: Client) -> None:
    forms: tuple[dict[str, Any], ...] = (
        {"data": b"grant_type=client_credentials&grant_type=x"},
        {"data": b"%ff=1"},
        {"json": {}},
    )
    for more in forms:
        headers = {} if "json" in more else {"Content-Type": "application/x-www-form-urlencoded"}
        refused = client.mock.ask("POST", "/oauth2/token", headers=headers, **more)
        assert (refused.status, refused.json["error"]) == (400, "invalid_request")


def test_without_a_token_nothing_opens(client: Client) -> None:
    bare = client.mock.ask("GET", "/v1/mobility/registrations?plateNr=0ABC123")
    assert (bare.status, bare.headers["WWW-Authenticate"]) == (401, "Bearer")
    wrong = client.get("registrations?plateNr=0ABC123", "guessed")
    assert (wrong.status, wrong.media) == (401, "application/problem+json")
    assert wrong.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_token_opens_what_its_scopes_say(client: Client) -> None:
    given = client.new_token(scope="mob_reg_v1_G").json
    assert given["scope"] == "mob_reg_v1_G"
    assert client.get("registrations?plateNr=0ABC123", given["access_token"]).status == 204
    refused = client.get("registrationsTitular?plateNr=0ABC123", given["access_token"])
    assert (refused.status, refused.json["detail"]) == (403, "the token lacks the scope mob_regtit_v1_G")
    assert 'scope="mob_regtit_v1_G"' in refused.headers["WWW-Authenticate"]


def test_without_a_scope_all_are_given(client: Client) -> None:
    assert len(client.new_token(scope=None).json["scope"].split()) == 4


def test_a_token_ends(client: Client, home: Path, register: VehicleRegister) -> None:
    moment = [datetime.now(UTC)]
    signer = Signer.load(home / "pki" / "div-sign.crt", home / "pki" / "div-sign.key")
    known, lives = register.tokens.known, timedelta(seconds=60)
    source = VehicleRegister(signer, known, world(), lives=lives, clock=lambda: moment[0])
    with served(source, home / "pki") as mock:
        one = Client(mock, home / "pki")
        assert one.new_token().json["expires_in"] == 60
        assert one.get("registrations?plateNr=0ABC123").status == 204
        moment[0] += timedelta(seconds=60)
        assert one.get("registrations?plateNr=0ABC123").status == 401


def test_a_home_without_keys_of_the_hub_is_none(tmp_path: Path) -> None:
    with pytest.raises(UnusableHome):
        make(tmp_path, world())


def test_tokens_show_nothing_of_themselves(client: Client, register: VehicleRegister) -> None:
    assert client.token not in repr(register.tokens)
