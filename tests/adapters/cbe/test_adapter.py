"""The adapter against a server of our own over TLS: what is sent, what relates to it, and each error."""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from adapters.cbe.adapter import make
from adapters.cbe.mapping import ERRORS, OPERATIONS
from fidus.errors import (
    ConfigurationInvalid,
    SourceAnswerInvalid,
    SourceError,
    SourceFault,
    SourceTimeout,
    SourceUnavailable,
)
from fidus.model import Absent, Found, Why
from tests.adapters.cbe import samples
from tests.adapters.cbe.conftest import PASSWORD, Bank, envelope, says
from tests.adapters.conftest import WSSE, WSU

ENTERPRISE = samples.QUERIES["enterprise"]
MAKE = Callable[..., Bank]
SECURITY = f".//{{{WSSE}}}Security"


@pytest.mark.parametrize("service", sorted(samples.QUERIES))
def test_each_service_is_asked_by_its_operation_and_in_valid_messages(bank: MAKE, service: str) -> None:
    server = bank(says(samples.REPLIES[service]))
    answer = server.fetched(samples.QUERIES[service])
    assert isinstance(answer, Found)
    assert answer.as_of == samples.TODAY
    ((action, sent),) = server.asked
    assert action == f'"{OPERATIONS[f"cbe/{service}"].action}"'
    header, body = sent
    samples.SCHEMA.assertValid(header[-1])
    samples.SCHEMA.assertValid(body[0])


def test_it_says_who_it_is_by_a_digest_that_is_good_once(bank: MAKE) -> None:
    server = bank(says(samples.REPLIES["enterprise"]))

    async def story() -> None:
        async with server.running() as adapter:
            await adapter.ping()
            for _ in range(2):
                await adapter.fetch(ENTERPRISE)

    asyncio.run(story())
    nonces, ids = set(), set()
    for _, sent in server.asked:
        token = sent.find(f"{SECURITY}/{{{WSSE}}}UsernameToken")
        assert token is not None
        told = {str(part.tag).partition("}")[2]: part.text or "" for part in token}
        nonce = b64decode(told["Nonce"])
        expected = hashlib.sha1(nonce + told["Created"].encode() + PASSWORD.encode()).digest()
        assert (told["Username"], told["Password"]) == ("fidus", b64encode(expected).decode())
        assert len(nonce) >= 16
        nonces.add(nonce)
        created, expires = (
            sent.findtext(f"{SECURITY}/{{{WSU}}}Timestamp/{{{WSU}}}{name}") or ""
            for name in ("Created", "Expires")
        )
        assert datetime.fromisoformat(expires) - datetime.fromisoformat(created) == timedelta(minutes=5)
        ids.add(sent.findtext(".//{*}RequestContext/{*}Id"))
    assert len(nonces) == len(ids) == 2


def test_descriptions_come_in_the_language_of_the_settings(bank: MAKE) -> None:
    server = bank(says(samples.REPLIES["functions"]))
    server.more = {"language": "nl"}
    server.fetched(samples.QUERIES["functions"])
    assert server.asked[0][1].findtext(".//{*}RequestContext/{*}Language") == "nl"


def error(code: str, **how: Any) -> Callable[[str], web.Response]:
    return says(samples.error(code), 500, **how)


@pytest.mark.parametrize("code", [*ERRORS, "4711", ""])
@pytest.mark.parametrize("related", [True, False])
def test_each_error_of_the_service_has_its_meaning(bank: MAKE, code: str, related: bool) -> None:
    absent = {"1": Why.UNKNOWN_SUBJECT, "3": Why.TOO_MANY_CANDIDATES}
    server = bank(error(code, related=related))
    if code in absent:
        assert server.fetched(ENTERPRISE) == Absent(absent[code], samples.TODAY)
        return
    with pytest.raises(SourceUnavailable if code == "20" else SourceFault) as raised:
        server.fetched(ENTERPRISE)
    assert raised.value.cause != ""


def test_the_table_of_errors_is_the_one_of_the_contract() -> None:
    """Each code that SOURCE.md names has a meaning of its own."""
    assert set(ERRORS) == {"1", "2", "3", "10", "11", "12", "20"}
    causes = [meaning[1] for meaning in ERRORS.values() if not isinstance(meaning, Why)]
    assert len(set(causes)) == len(causes)


def raw(body: bytes, status: int = 200, content_type: str = "text/xml") -> Callable[[str], web.Response]:
    return lambda _: web.Response(body=body, status=status, content_type=content_type, charset="utf-8")


REPLY = samples.REPLIES["enterprise"]
ANOTHERS = samples.reply("ReadEnterprise", samples.enterprise(samples.OTHER))


@pytest.mark.parametrize(
    ("respond", "kind"),
    [
        pytest.param(says(REPLY, related=False), SourceAnswerInvalid, id="no-reply-context"),
        pytest.param(raw(envelope(REPLY, "0a7f6c1e")), SourceAnswerInvalid, id="to-another-request"),
        pytest.param(
            raw(envelope(samples.error("1"), "0a7f"), 500), SourceAnswerInvalid, id="fault-to-another"
        ),
        pytest.param(says(ANOTHERS), SourceAnswerInvalid, id="another-enterprise"),
        pytest.param(says(samples.REPLIES["search"]), SourceAnswerInvalid, id="another-operation"),
        pytest.param(says(REPLY + REPLY), SourceAnswerInvalid, id="two-replies"),
        pytest.param(says(""), SourceAnswerInvalid, id="nothing"),
        pytest.param(says(REPLY.replace("Number>", "Numero>")), SourceAnswerInvalid, id="against-the-schema"),
        pytest.param(says(REPLY.replace("Status>", "Sta tus>")), SourceAnswerInvalid, id="no-xml"),
        pytest.param(raw(b"<a/>"), SourceAnswerInvalid, id="no-envelope"),
        pytest.param(raw(b"<a/>", 500), SourceFault, id="another-500"),
        pytest.param(raw(b"x", 404, "text/plain"), SourceFault, id="another-status"),
        pytest.param(raw(b"x", 503, "text/plain"), SourceUnavailable, id="not-now"),
        pytest.param(
            raw(envelope(REPLY, "1"), 200, "text/html"), SourceAnswerInvalid, id="another-media-type"
        ),
    ],
)
def test_what_is_no_answer_to_the_question_is_an_error(
    bank: MAKE, respond: Callable[[str], web.Response], kind: type[SourceError]
) -> None:
    with pytest.raises(kind) as raised:
        bank(respond).fetched(ENTERPRISE)
    assert type(raised.value) is kind
    assert samples.ENTERPRISE not in str(raised.value)


def test_a_large_answer_is_read_beside_the_loop(bank: MAKE) -> None:
    places = [
        samples.establishment(f"8999{four:04}{97 - int(f'8999{four:04}') % 97:02}") for four in range(60)
    ]
    reply = samples.reply("ReadEstablishmentByEnterpriseNumber", *places)
    answer = bank(says(reply)).fetched(samples.QUERIES["establishments"])
    assert isinstance(answer, Found)
    assert len(answer.fields["establishments"]) == 60


def test_a_late_answer_is_a_timeout(bank: MAKE) -> None:
    server = bank(says(REPLY))
    server.deadline_s = 0.0001
    with pytest.raises(SourceTimeout):
        server.fetched(ENTERPRISE)


def test_unknown_codes_are_told_and_counted(bank: MAKE) -> None:
    server = bank(says(samples.REPLIES["functions"]))
    answer = server.fetched(samples.QUERIES["functions"])
    assert isinstance(answer, Found)
    assert [row["qualification"]["known"] for row in answer.fields["qualifications"]] == [False]
    assert sorted(server.unknown) == ["link", "qualification"]


@pytest.mark.parametrize(
    "more",
    [
        {"language": "it"},
        {"username": ""},
        {"colour": "red"},
        {"password_file": "empty"},
        {"password_file": "missing"},
    ],
    ids=str,
)
def test_settings_of_no_use_stop_the_start(bank: MAKE, more: dict[str, Any], tmp_path: Path) -> None:
    server = bank(says(REPLY))
    (tmp_path / "empty").write_text("\nsecond line\n", encoding="utf-8")
    told = {name: tmp_path / value if name == "password_file" else value for name, value in more.items()}
    with pytest.raises(ConfigurationInvalid):
        make(server.basis("https://127.0.0.1:1"), server.options() | told)
