"""The adapter against the mock of the Crossroads Bank: its whole world, and each of its misdeeds."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from adapters._lib.gate import Gate, Limits
from adapters._lib.http import Site
from adapters._lib.making import Basis
from adapters.cbe.adapter import Cbe, make
from fidus.demo.opendata import UPDATE, provide
from fidus.errors import SourceAnswerInvalid, SourceError, SourceFault, SourceTimeout, SourceUnavailable
from fidus.model import Absent, Answer, Found, SubjectRole, SubjectType, Why
from fidus.store.cbe_reader import CbeOpenData
from mocks.cbe.server import CrossroadsBank
from mocks.cbe.server import make as make_mock
from mocks.enterprises import NATURAL, Enterprise
from mocks.faults import PLAIN_SOAP_KINDS
from mocks.running import Listening, serving
from mocks.world import world
from tests.adapters.cbe.samples import query

pytestmark = pytest.mark.slow

WORLD = world()
FIRMS = list(WORLD.enterprises.values())
DEADLINE_S = 2.0
T = TypeVar("T")


@dataclass
class Side:
    """An adapter, the mock that it asks, and how often a code could not be explained, by table."""

    adapter: Cbe
    by_open_data: Cbe
    mock: CrossroadsBank
    unknown: list[str]

    async def ask(self, service: str, /, **values: Any) -> Answer:
        return await self.adapter.fetch(query(service, **values))


@pytest.fixture(scope="module")
def home(certificates: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("bank")
    (folder / "pki").mkdir()
    pair = certificates.get("source")
    (folder / "pki" / "cbe.crt").write_bytes(pair.certificate.read_bytes())
    (folder / "pki" / "cbe.key").write_bytes(pair.key.read_bytes())
    (folder / "pki" / "cbe.password").write_text("synthetic and long enough\n", encoding="utf-8")
    provide(folder, "sqlite")
    return folder


@asynccontextmanager
async def running(home: Path, language: str) -> AsyncIterator[Side]:
    pki = home / "pki"
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pki / "cbe.crt", pki / "cbe.key")
    mock = make_mock(home, WORLD)
    unknown: list[str] = []
    async with serving(mock, Listening(tls)) as ready:
        basis = Basis(
            site=Site(str(ready["url"]), pki / "cbe.crt"),
            gate=Gate("cbe", Limits(DEADLINE_S, 16)),
            path=lambda path: path,
            synthetic=True,
            clock=lambda: datetime.now(UTC),
            unknown_code=unknown.append,
        )
        account = {"username": "fidus-demonstration", "password_file": pki / "cbe.password"}
        adapter = make(basis, {**account, "language": language})
        held = replace(basis, open_data=CbeOpenData(home, "sqlite"))
        other = make(held, {**account, "open_data_days": 36_500})
        try:
            yield Side(adapter, other, mock, unknown)
        finally:
            await adapter.close()
            await other.close()


def with_mock(home: Path, story: Callable[[Side], Awaitable[T]], language: str = "fr") -> T:
    async def play() -> T:
        async with running(home, language) as side:
            return await story(side)

    return asyncio.run(play())


def found(answer: Answer) -> Found:
    assert isinstance(answer, Found), answer
    return answer


@pytest.mark.parametrize("language", ["fr", "nl", "de"])
def test_every_enterprise_of_the_world_is_told_as_it_is(home: Path, language: str) -> None:
    async def story(side: Side) -> None:
        for firm in FIRMS:
            fields = found(await side.ask("enterprise", enterpriseNumber=firm.number)).fields
            told = fields["enterprise"]
            assert (told["enterpriseNumber"], told["since"]) == (firm.number, str(firm.since))
            assert (told["enterpriseKind"]["code"], told["status"]["code"]) == (firm.kind, firm.status)
            assert told.get("until") == (None if firm.until is None else str(firm.until))
            assert fields["legal"].get("form", {}).get("code") == firm.form
            assert fields["legal"]["situation"]["code"] == firm.situations[-1].code
            seat = fields["addresses"][0]
            assert (seat["houseNumber"], seat["postalCode"]) == (
                firm.seat.house_number,
                firm.seat.street.postal_code,
            )
            names = {row["denomination"] for row in fields["denominations"]}
            assert names & {firm.names.fr, firm.names.nl}
        assert "form" not in side.unknown
        assert "situation" not in side.unknown

    with_mock(home, story, language)


def test_establishments_and_functions_are_those_of_the_world(home: Path) -> None:
    async def story(side: Side) -> None:
        for firm in FIRMS:
            places = await side.ask("establishments", enterpriseNumber=firm.number)
            rows = found(places).fields["establishments"]
            assert {row["establishmentNumber"] for row in rows} == {one.number for one in firm.establishments}
            check_functions(firm, await side.ask("functions", enterpriseNumber=firm.number))

    with_mock(home, story)


def check_functions(firm: Enterprise, answer: Answer) -> None:
    """Who has one is told by name, or by number where it is an enterprise."""
    if isinstance(answer, Absent):
        assert firm.functions == ()
        return
    rows = answer.fields.get("functions", [])
    assert len(rows) == len(firm.functions)
    people = [one for one in firm.functions if len(one.holder) == 11]
    names = {WORLD.people.persons[one.holder].family_name for one in people}
    assert {row["name"]["familyName"] for row in rows if "name" in row} == names
    counted = [one for one in answer.subjects if one.type is SubjectType.PERSON]
    assert len(counted) == len(people)
    assert all(one.id is None for one in counted)


def test_an_enterprise_is_found_by_how_its_name_sounds(home: Path) -> None:
    firm = next(one for one in FIRMS if one.kind != NATURAL)

    async def story(side: Side) -> Found:
        return found(await side.ask("search", name=firm.names.fr))

    answer = with_mock(home, story)
    assert firm.number in {row["enterpriseNumber"] for row in answer.fields["candidates"]}
    assert firm.number in {one.id for one in answer.subjects if one.role is SubjectRole.LISTED}


def test_who_is_not_there_and_too_many_are_answers(home: Path) -> None:
    async def story(side: Side) -> list[Answer]:
        return [
            await side.ask("enterprise", enterpriseNumber="0999999922"),
            await side.ask("functions", enterpriseNumber="0999999922"),
            await side.ask("search", name="Xylophonqvist Zzyzx"),
        ]

    answers = with_mock(home, story)
    assert [one.why for one in answers if isinstance(one, Absent)] == [Why.UNKNOWN_SUBJECT] * 3


# What each misbehaviour leads to (design §4), and what it needs.
LEADS_TO: dict[str, tuple[type[SourceError], dict[str, Any]]] = {
    "delay": (SourceTimeout, {"seconds": DEADLINE_S + 1}),
    "slowBody": (SourceTimeout, {}),
    "reset": (SourceUnavailable, {}),
    "status": (SourceFault, {"status": 500}),
    "truncate": (SourceAnswerInvalid, {"bytes": 300}),
    "hugeBody": (SourceAnswerInvalid, {"bytes": 20_000_000}),
    "doctype": (SourceAnswerInvalid, {}),
    "wrongSubject": (SourceAnswerInvalid, {}),
    "replayed": (SourceAnswerInvalid, {}),
    "soapFault": (SourceFault, {}),
    "errorCode": (SourceFault, {"code": 11}),
}


def test_every_misbehaviour_of_the_mock_is_tried() -> None:
    assert set(LEADS_TO) == set(PLAIN_SOAP_KINDS)


@pytest.mark.parametrize("kind", LEADS_TO)
@pytest.mark.parametrize("service", ["enterprise", "establishments", "functions"])
def test_a_misbehaviour_leads_to_its_error(home: Path, service: str, kind: str) -> None:
    error, more = LEADS_TO[kind]
    number = next(one.number for one in FIRMS if one.functions)

    async def story(side: Side) -> SourceError:
        side.mock.faults.add({"kind": kind, **more})
        with pytest.raises(SourceError) as raised:
            await side.ask(service, enterpriseNumber=number)
        return raised.value

    assert type(with_mock(home, story)) is error


@pytest.mark.parametrize(
    ("code", "end"),
    [
        (1, Why.UNKNOWN_SUBJECT),
        (3, Why.TOO_MANY_CANDIDATES),
        (10, SourceFault),
        (20, SourceUnavailable),
        (99, SourceFault),
    ],
)
def test_an_error_code_of_the_bank_is_understood(home: Path, code: int, end: Any) -> None:
    async def story(side: Side) -> Any:
        side.mock.faults.add({"kind": "errorCode", "code": code})
        try:
            answer = await side.ask("search", name="Boulangerie")
        except SourceError as error:
            return type(error)
        assert isinstance(answer, Absent)
        return answer.why

    assert with_mock(home, story) is end


def test_a_wrong_password_is_a_fault(home: Path) -> None:
    async def story(side: Side) -> None:
        file = home / "pki" / "other.password"
        file.write_text("another\n", encoding="utf-8")
        options = {"username": "fidus-demonstration", "password_file": file}
        other = make(side.adapter._basis, options)
        try:
            with pytest.raises(SourceFault):
                await other.fetch(query("enterprise", enterpriseNumber=FIRMS[0].number))
        finally:
            await other.close()

    with_mock(home, story)


def alike(fields: Any) -> dict[str, Any]:
    """What both the bank and its open data tell of an enterprise, without what only one of them says."""
    return {
        "basics": [
            fields["enterprise"][name] for name in ("enterpriseNumber", "enterpriseKind", "status", "since")
        ],
        "legal": [fields["legal"].get(name) for name in ("situation", "form")],
        "names": {(row["denomination"], row["denominationKind"]["code"]) for row in fields["denominations"]},
        "activities": {row["activity"]["code"] for row in fields["activities"]},
    }


def test_the_open_data_tell_of_an_enterprise_what_the_bank_tells(home: Path) -> None:
    active = [one for one in FIRMS if one.until is None and str(one.since) <= str(UPDATE.day)]

    async def story(side: Side) -> int:
        for firm in active:
            told = found(await side.ask("enterprise", enterpriseNumber=firm.number))
            asked = len(side.mock.asked)
            asking = query("enterprise", enterpriseNumber=firm.number)
            held = found(await side.by_open_data.fetch(asking))
            assert len(side.mock.asked) == asked
            assert held.as_of == UPDATE.day
            assert alike(held.fields) == alike(told.fields)
        return len(active)

    assert with_mock(home, story) > 30


def test_the_open_data_tell_of_establishments_what_the_bank_tells(home: Path) -> None:
    async def story(side: Side) -> None:
        for firm in FIRMS:
            if firm.until is None:
                asking = query("establishments", enterpriseNumber=firm.number)
                held = found(await side.by_open_data.fetch(asking)).fields["establishments"]
                told = found(await side.adapter.fetch(asking)).fields["establishments"]
                active = [row for row in told if "until" not in row]
                for name in ("establishmentNumber", "since"):
                    assert {row[name] for row in held} == {row[name] for row in active}
                houses = [{row["address"]["houseNumber"] for row in rows} for rows in (held, active)]
                assert houses[0] == houses[1]

    with_mock(home, story)


def test_what_is_no_longer_in_the_open_data_is_asked_for(home: Path) -> None:
    ended = next(one for one in FIRMS if one.until is not None)

    async def story(side: Side) -> None:
        held = found(await side.by_open_data.fetch(query("enterprise", enterpriseNumber=ended.number)))
        assert held.fields["enterprise"]["until"] == str(ended.until)
        assert len(side.mock.asked) == 1

    with_mock(home, story)
