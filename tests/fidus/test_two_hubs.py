"""Two hubs on one database: one log, one policy, one count of everything, and each buries the other."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from audit.files_verify import verify_files
from audit.tilereader import TileReader
from fidus import refusals as refusals_module
from fidus.app import Hub
from fidus.errors import (
    AuditUnavailable,
    ConfigurationInvalid,
    ExchangeRefused,
    FidusError,
    IdentityRejected,
    NotFound,
    QuotaExceeded,
    QuotaReason,
)
from fidus.model import Caller, Role, TraceIds
from fidus.store import leases
from fidus.verification import verify_home
from tests.fidus.desk import check
from tests.fidus.home import SETTINGS, Home
from tests.fidus.questions import (
    FILES,
    HOUSING,
    TOWN,
    WRONG,
    asked,
    body,
    flow_file,
    institution_file,
    person,
)
from tests.postgres import Database

_SHARED = SETTINGS.replace("[log]\n", '[log]\nsigning_key = "{shared}/log.key"\nkeys = "{shared}/keys"\n')
_KEY = "A" * 43 + "="


@dataclass
class Pair:
    """Two homes on one database, each with an open hub."""

    homes: tuple[Home, Home]
    hubs: tuple[Hub, Hub]
    database: Database

    def run(self, work: Any) -> Any:
        return self.homes[0].run(work)

    def ask(self, hub: int, flow: str, sent: bytes, key: str = "") -> str:
        """Ask the first or the second hub; "" for an answer, else the class of the error."""
        institution = HOUSING if flow.startswith("housing") else TOWN
        caller = Caller(institution, frozenset({Role.EXCHANGE}), key)
        try:
            self.run(self.hubs[hub].consult(caller, flow, sent, TraceIds(uuid4())))
        except FidusError as error:
            return type(error).__name__
        return ""

    def entries(self) -> list[dict[str, Any]]:
        reader = self.hubs[0].reader
        return [json.loads(entry) for entry in reader.entries(0, reader.head().size)]

    def outcomes(self) -> Counter[str]:
        return Counter(entry["outcome"] for entry in self.entries() if entry["kind"] == "outcome")

    def lapse(self, hub: int) -> None:
        """Time goes by in which this hub gives no sign of life."""
        lease = self.hubs[hub].lease.id
        self.database.run(f"UPDATE leases SET until = until - 60 WHERE lease = '{lease}'")


def homes_on(folder: Path, database: Database) -> tuple[Home, Home]:
    """Two homes of one loop and one source, which share the keys and the database."""
    shared = folder / "shared"
    shared.mkdir()
    text = _SHARED.replace("{shared}", str(shared))
    first = Home(folder / "first", text, database=database.url)
    second = Home(folder / "second", text, first.clock, first.register, first.runner, database.url)
    return first, second


@pytest.fixture
def pair(tmp_path: Path, database: Database) -> Iterator[Pair]:
    homes = homes_on(tmp_path, database)
    with ExitStack() as held:
        held.callback(homes[0].runner.close)
        hubs = [held.enter_context(home.open()) for home in homes]
        pair = Pair(homes, (hubs[0], hubs[1]), database)
        yield pair
        check(pair.entries())
    assert verify_home(homes[0].settings).faults == ()


def test_both_write_one_log_that_each_publishes(pair: Pair) -> None:
    assert [pair.ask(hub, "town-address", body(person())) for hub in (0, 1, 0, 1)] == [""] * 4
    assert pair.outcomes() == {"found": 4}
    for hub in pair.hubs:
        pair.run(hub.publish())
    first, second = (hub.log_directory for hub in pair.hubs)
    names = [file.relative_to(first) for file in first.rglob("*") if file.is_file()]
    assert {name: (first / name).read_bytes() for name in names} == {
        name: (second / name).read_bytes() for name in names
    }
    assert verify_files(TileReader.open(str(second)), pair.hubs[0].verifier).faults == ()


def test_a_suspension_on_one_holds_for_the_very_next_intent_on_the_other(pair: Pair) -> None:
    """And so does its end: nothing is refused either by what is no longer in force."""
    for here, there in ((0, 1), (1, 0)):
        assert pair.ask(there, "town-address", body(person())) == ""
        pair.run(pair.hubs[here].changes.suspend("town-address", "a test"))
        before = len(pair.homes[0].register.asked)
        assert pair.ask(there, "town-address", body(person())) == ExchangeRefused.__name__
        assert len(pair.homes[0].register.asked) == before
        pair.run(pair.hubs[here].changes.resume("town-address", "a test"))
        assert pair.ask(there, "town-address", body(person())) == ""


def test_a_flow_that_one_applies_is_known_to_the_other_at_once(pair: Pair) -> None:
    assert pair.ask(1, "town-new", body(person())) == NotFound.__name__
    pair.run(pair.hubs[0].changes.apply({**FILES, "town/town-new.toml": flow_file()}, ()))
    assert pair.ask(1, "town-new", body(person())) == ""


def test_a_key_that_was_taken_away_on_one_asks_nothing_on_the_other(pair: Pair) -> None:
    """Also where the other identified its call before it knew."""
    enrolled = (
        f'\n[[keys]]\nspki_sha256 = "{_KEY}"\nroles = ["exchange"]\n'
        "valid_from = 2025-01-01\nvalid_until = 2035-12-31\n"
    ).encode()
    files = {**FILES, "town/institution.toml": institution_file(TOWN) + enrolled}
    pair.run(pair.hubs[0].changes.apply(files, ()))
    assert pair.ask(1, "town-address", body(person()), _KEY) == ""
    pair.run(pair.hubs[0].changes.apply(FILES, ()))
    before = len(pair.homes[0].register.asked)
    assert pair.ask(1, "town-address", body(person()), _KEY) == IdentityRejected.__name__
    assert len(pair.homes[0].register.asked) == before
    assert "notEnrolled" in pair.hubs[1].metrics.text().decode()


def test_guesses_count_over_all_hubs(pair: Pair) -> None:
    wrong = body(person(), WRONG)
    assert [pair.ask(n % 2, "housing-confirm", wrong) for n in range(5)] == [""] * 5
    assert [pair.ask(hub, "housing-confirm", wrong) for hub in (0, 1)] == [QuotaExceeded.__name__] * 2


def test_refusals_count_over_all_hubs(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals_module, "PER_MINUTE", 4)
    told = [pair.ask(n % 2, "town-address", b"{}") for n in range(6)]
    assert told == ["RequestInvalid"] * 4 + [QuotaExceeded.__name__] * 2
    for hub in pair.hubs:
        pair.run(hub.refusals.flush())
    counted = [entry["refusals"] for entry in pair.entries() if entry["kind"] == "refusals"]
    assert len(counted) == 2


def test_the_quota_of_a_day_is_exact_over_all_hubs(pair: Pair) -> None:
    files = {**FILES, "town/town-few.toml": flow_file(quota="{ per_second = 1000, per_day = 7 }")}
    pair.run(pair.hubs[0].changes.apply(files, ()))

    async def at_once() -> list[Any]:
        caller = Caller(TOWN, frozenset({Role.EXCHANGE}))
        questions = (
            pair.hubs[n % 2].consult(caller, "town-few", body(person()), TraceIds(uuid4())) for n in range(20)
        )
        return await asyncio.gather(*questions, return_exceptions=True)

    results = pair.run(at_once())
    refused = [result for result in results if isinstance(result, QuotaExceeded)]
    assert len(refused) == 13
    assert {error.reason for error in refused} == {QuotaReason.PER_DAY}


def test_the_quota_of_a_second_is_divided_by_those_who_live(pair: Pair) -> None:
    files = {**FILES, "town/town-slow.toml": flow_file(quota="{ per_second = 6, per_day = 1000 }")}
    pair.run(pair.hubs[0].changes.apply(files, ()))
    pair.run(pair.hubs[0].sweep())
    pair.run(pair.hubs[1].sweep())
    assert [hub.processes for hub in pair.hubs] == [2, 2]
    assert [pair.ask(0, "town-slow", body(person())) for _ in range(4)] == ["", "", "", "QuotaExceeded"]
    pair.lapse(1)
    pair.run(pair.hubs[0].sweep())
    assert pair.hubs[0].processes == 1
    pair.homes[0].clock.now += timedelta(seconds=1)
    assert [pair.ask(0, "town-slow", body(person())) for _ in range(7)] == [""] * 6 + ["QuotaExceeded"]


def test_whoever_sleeps_past_its_lease_is_interrupted_by_the_other_and_gives_no_data(pair: Pair) -> None:
    first, second = pair.hubs

    async def meanwhile() -> None:
        await second.sweep()
        assert pair.outcomes() == {}  # its lease is alive: it is left alone
        pair.lapse(0)
        await second.sweep()
        assert pair.outcomes() == {"interrupted": 1}

    register, lease = pair.homes[0].register, first.lease.id
    awake, register.meanwhile = register.meanwhile, meanwhile
    assert pair.ask(0, "town-address", body(person())) == AuditUnavailable.__name__
    register.meanwhile = awake
    pair.run(first.sweep())
    assert pair.outcomes() == {"interrupted": 1}
    assert pair.ask(0, "town-address", body(person())) == AuditUnavailable.__name__  # under the buried lease
    pair.run(first.lease.renew())
    assert first.lease.id != lease
    assert pair.ask(0, "town-address", body(person())) == ""


def test_a_hub_that_begins_ends_what_one_that_is_gone_left_open(pair: Pair) -> None:
    async def dies() -> None:
        raise asyncio.CancelledError

    pair.homes[0].register.meanwhile = dies
    with pytest.raises(asyncio.CancelledError):
        pair.ask(0, "town-address", body(person()))
    pair.lapse(0)
    pair.run(pair.hubs[1].close())
    begun = pair.homes[1].hub()
    pair.run(begun.open())
    assert pair.outcomes() == {"interrupted": 1}
    with begun.reader.snapshot() as connection:
        assert leases.all_leases(connection) == [begun.lease.id]
    pair.run(begun.close())


def test_hubs_that_begin_at_once_make_one_store_and_one_set_of_tag_keys(
    tmp_path: Path, database: Database
) -> None:
    homes = homes_on(tmp_path, database)
    with homes[0].open():  # the log's key is made by the first one alone
        pass
    database.run("DELETE FROM data_keys")
    first, second = (home.hub() for home in homes)
    subject = asked(person())

    async def both() -> None:
        await asyncio.gather(first.open(), second.open())
        assert first.recorder.pseudonym(subject) == second.recorder.pseudonym(subject)
        await asyncio.gather(first.close(), second.close())

    homes[0].run(both())
    assert database.run("SELECT count(*) FROM data_keys WHERE month = 0") == [(1,)]
    homes[0].runner.close()


def test_a_home_has_one_hub_whatever_its_database(pair: Pair) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"store\.lock: another process"):
        pair.run(pair.homes[0].hub().open())


def test_a_second_home_without_the_logs_key_is_refused(pair: Pair, tmp_path: Path) -> None:
    """It makes no key of its own: another key is another log."""
    other = Home(tmp_path / "other", runner=pair.homes[0].runner, database=pair.database.url)
    with pytest.raises(ConfigurationInvalid, match="there is no signing key"):
        other.run(other.hub().open())
    assert not (other.folder / "log.key").exists()


def test_an_address_that_leads_nowhere_is_told_in_a_sentence(tmp_path: Path) -> None:
    for address, why in {
        "postgresql://user:secret@127.0.0.1:1/fidus": "cannot be read",
        "postgresql://user@host/fidus?nonsense=secret": "no address of a PostgreSQL database",
    }.items():
        home = Home(tmp_path / "home", database=address)
        with pytest.raises(ConfigurationInvalid, match=why) as error:
            home.run(home.hub().open())
        home.runner.close()
        assert "secret" not in str(error.value)
