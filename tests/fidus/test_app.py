"""A hub is wired from its home, holds it alone, and lets go of everything whatever happens."""

from __future__ import annotations

import asyncio
import io
import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from audit.files_verify import verify_files
from audit.receipt import verify_receipt
from audit.tilereader import TileReader
from audit.tiles import CHECKPOINT
from fidus.api.hub import Health
from fidus.app import Hub
from fidus.errors import (
    AuditUnavailable,
    ConfigurationInvalid,
    IdentityReason,
    MissingPermission,
    NotFound,
    SourceTimeout,
)
from fidus.exchange import Consulted
from fidus.lease import Lease
from fidus.logs import ProcessLog
from fidus.model import Caller, Role, TraceIds
from fidus.store import leases
from tests.fidus.home import SETTINGS, Home, issuer
from tests.fidus.questions import TOWN, body, person
from tests.fidus.surroundings import Register

CALLER = Caller(TOWN, frozenset({Role.EXCHANGE}))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home")
    yield made
    made.runner.close()


def traces() -> TraceIds:
    return TraceIds(uuid4())


def kinds(hub: Hub) -> list[str]:
    entries = hub.reader.entries(0, hub.reader.head().size)
    return [entry.get("outcome", entry["kind"]) for entry in map(json.loads, entries)]


def test_a_question_is_answered_with_a_receipt_and_counted(home: Home) -> None:
    with home.open() as hub:
        consulted = home.run(hub.consult(CALLER, "town-address", body(person()), traces()))
        assert verify_receipt(dict(consulted.answer), hub.verifier, body(person())).ok
        again = home.run(hub.receipt(CALLER, consulted.answer["consultationId"], traces()))
        assert again["outcome"] == "found"
        assert home.run(hub.used_today("town-address")) == 1
        assert home.run(hub.used_today("town-whole")) == 0
        text = hub.metrics.text().decode()
        assert 'fidus_consultations_total{end="found",flow="town-address"} 1.0' in text
        assert "fidus_policy_epoch 1.0" in text
        assert "fidus_consultations_under_way 0.0" in text
        assert 'fidus_revocation{freshness="unchecked",issuer="issuer-1"} 1.0' in text
        for ends in ('kind="issuer",name="issuer-1"', 'kind="flow",name="town-address"'):
            assert re.search(rf"^fidus_expires_seconds\{{{ends}\}} \d", text, re.MULTILINE)


def test_nobody_waits_for_a_store_that_cannot_be_read_longer_than_is_said(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with home.open() as hub:
        consulted = home.run(hub.consult(CALLER, "town-address", body(person()), traces()))
        goes_on = threading.Event()
        monkeypatch.setattr("fidus.patience.WITHIN_S", 0.05)
        for name in ("counter", "intent_of"):
            monkeypatch.setattr(hub.reader, name, lambda *_: goes_on.wait(20))
        try:
            for asked in (
                hub.used_today("town-address"),
                hub.receipt(CALLER, consulted.answer["consultationId"], traces()),
            ):
                with pytest.raises(AuditUnavailable):
                    home.run(asked)
            assert not goes_on.is_set()
        finally:
            goes_on.set()


def test_refusals_and_failures_are_counted_by_reason(home: Home) -> None:
    with home.open() as hub:
        home.register.holds[person()] = SourceTimeout("national-register", "a fixed phrase")
        for flow, kind in (("town-address", SourceTimeout), ("housing-confirm", NotFound)):
            with pytest.raises(kind):
                home.run(hub.consult(CALLER, flow, body(person()), traces()))
        error = home.run(hub.refused(CALLER, MissingPermission(), traces()))
        assert isinstance(error, MissingPermission)
        text = hub.metrics.text().decode()
        assert 'end="sourceTimeout",flow="town-address"' in text
        assert 'flow="housing-confirm"' not in text  # of another's flow nothing is counted
        hub.stranger(IdentityReason.NO_CERTIFICATE)
        hub.stranger("tlsVerify10")
        assert 'fidus_strangers_total{reason="tlsVerify10"} 1.0' in hub.metrics.text().decode()
        assert kinds(hub) == ["admin", "intent", "failed", "refusal", "refusal"]
    with home.open() as hub:
        assert kinds(hub)[-1] == "refusals"  # what was counted is written at the end


def test_all_that_is_published_at_the_end_verifies(home: Home) -> None:
    with home.open() as hub:
        home.run(hub.consult(CALLER, "town-address", body(person()), traces()))
        directory, verifier = hub.log_directory, hub.verifier
        home.run(hub.publish())
        assert (directory / CHECKPOINT).read_text(encoding="utf-8") == hub.reader.checkpoint_note()
        home.run(hub.consult(CALLER, "town-address", body(person()), traces()))
    report = verify_files(TileReader.open(str(directory)), verifier)
    assert (report.ok, report.size) == (True, 5)


def test_it_goes_on_with_the_same_log_and_policy(home: Home) -> None:
    with home.open() as hub:
        first, vkey = hub.lease.id, hub.verifier.vkey
    hub = home.hub()
    home.run(hub.open())
    assert (hub.catalogue.epoch, hub.verifier.vkey) == (1, vkey)
    assert "town-address" in hub.catalogue.flows
    with hub.reader.snapshot() as connection:
        assert leases.all_leases(connection) == [hub.lease.id] != [first]
    home.run(hub.close())
    home.run(hub.close())  # once more changes nothing


def test_one_hub_holds_a_home_alone(home: Home) -> None:
    with home.open() as hub:
        other = home.hub()
        with pytest.raises(ConfigurationInvalid, match="another process has this store open"):
            home.run(other.open())
        home.run(hub.consult(CALLER, "town-address", body(person()), traces()))


def test_what_a_former_process_left_open_is_ended_at_the_start(home: Home) -> None:
    """The hub goes down while the source is asked: without a record the answer is not given."""

    async def scene(hub: Hub) -> BaseException | Consulted:
        asked, go_on = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            asked.set()
            await go_on.wait()

        home.register.meanwhile = wait
        asking = asyncio.create_task(hub.consult(CALLER, "town-address", body(person()), traces()))
        await asked.wait()
        await hub.close()
        go_on.set()
        return (await asyncio.gather(asking, return_exceptions=True))[0]

    with home.open() as hub:
        assert isinstance(home.run(scene(hub)), AuditUnavailable)
    with home.open() as hub:
        assert kinds(hub) == ["admin", "intent", "interrupted"]
        home.run(hub.sweep())
        assert len(kinds(hub)) == 3


def source(slug: str) -> bytes:
    """Settings with a source whose files are not there."""
    names = ("ca", "signing_certificate", "signing_key")
    files = "".join(f'{name} = "missing.pem"\n' for name in names)
    url = 'url = "https://localhost"\ncustomer = "0999000129"\nsigners = ["missing.pem"]\n'
    return f"{SETTINGS}\n[sources.{slug}]\n{url}{files}".encode()


def refused(home: Home, why: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=why):
        home.run(home.hub().open())


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("issuers.pem", b"nothing", "no certificates of issuers"),
        ("issuers.pem", issuer("Another"), "not a demonstration's"),
        ("fidus.toml", source("another"), r"sources\.another: there is no adapter another"),
        ("fidus.toml", source("national-register"), r"missing\.pem"),
    ],
    ids=["no issuers", "other issuers", "unknown source", "source without files"],
)
def test_a_home_that_is_not_right_is_let_go_again(home: Home, file: str, content: bytes, why: str) -> None:
    right = (home.folder / file).read_bytes()
    (home.folder / file).write_bytes(content)
    refused(home, why)
    (home.folder / file).write_bytes(right)
    with home.open() as hub:
        assert kinds(hub) == ["admin"]


def test_keys_that_others_may_read_are_not_used(home: Home) -> None:
    keys = home.folder / "keys"
    keys.mkdir(mode=0o755)
    refused(home, "keys")
    keys.chmod(0o700)
    with home.open() as hub:
        assert kinds(hub) == ["admin"]


def test_no_other_key_takes_the_place_of_a_lost_one(home: Home) -> None:
    with home.open():
        key = (home.folder / "log.key").read_bytes()
    (home.folder / "log.key").unlink()
    refused(home, "there is no signing key")
    (home.folder / "log.key").write_bytes(key)
    (home.folder / "log.key").chmod(0o600)
    with home.open() as hub:
        assert kinds(hub) == ["admin"]


def test_a_lost_store_is_not_begun_anew(home: Home) -> None:
    with home.open():
        pass
    (home.folder / "fidus.db").unlink()
    refused(home, "cannot be opened")
    assert not (home.folder / "fidus.db").exists()


def test_it_is_up_while_it_can_write(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with home.open() as hub:
        assert home.run(hub.health()) is Health.UP
        state = home.run(hub.state())
        assert state == {
            "live": True,
            "ready": True,
            "log": "writable",
            "epoch": 1,
            "flows": 4,
            "sources": {"national-register": "up"},
            "revocation": {"issuer-1": "unchecked"},
            "gates": {},
        }
        (home.folder / "fidus.db").rename(home.folder / "gone.db")
        assert home.run(hub.health()) is Health.UP  # trusted for a second
        monkeypatch.setattr("fidus.app.HEALTH_TRUSTED_FOR_S", -1.0)
        assert home.run(hub.health()) is Health.DOWN
        assert home.run(hub.state())["log"] == "not readable"
        with pytest.raises(AuditUnavailable):
            home.run(hub.consult(CALLER, "town-address", body(person()), traces()))
        (home.folder / "gone.db").rename(home.folder / "fidus.db")
        home.run(hub.consult(CALLER, "town-address", body(person()), traces()))
        assert home.run(hub.health()) is Health.UP


def test_it_is_down_while_its_lease_has_lapsed(home: Home) -> None:
    with home.open() as hub:
        hub.lease = Lease(hub.log)
        assert home.run(hub.state())["ready"] is False
        home.run(hub.lease.ensure())


class Unreachable(Register):
    """A source that is not there."""

    async def ping(self) -> None:
        raise SourceTimeout("national-register", "a fixed phrase")


def test_a_source_that_cannot_be_reached_is_named(home: Home) -> None:
    with home.open() as hub:
        hub.adapters["national-register"] = Unreachable()
        assert home.run(hub.state())["sources"] == {"national-register": "sourceTimeout"}


def test_a_log_that_must_end_ends_the_hub(home: Home) -> None:
    with home.open() as hub:
        ended = []
        hub.on_failure = lambda: ended.append(True)
        hub._fail("a sync failed")
        assert (hub.failed_because, ended) == ("a sync failed", [True])


def test_what_cannot_be_done_at_the_end_is_told_and_hinders_nothing(home: Home) -> None:
    hub = home.hub()
    told = io.StringIO()
    hub.trouble = ProcessLog(told)
    home.run(hub.open())
    (home.folder / "fidus.db").rename(home.folder / "gone.db")
    home.run(hub.close())
    lines = [json.loads(line) for line in told.getvalue().splitlines()]
    assert [(line["event"], line["duty"]) for line in lines] == [
        ("duty_failed", "close"),
        ("duty_failed", "publish"),
    ]
    (home.folder / "gone.db").rename(home.folder / "fidus.db")
    with home.open() as again:
        assert kinds(again) == ["admin"]


def test_its_clock_is_that_of_the_world(home: Home) -> None:
    assert abs(Hub(home.settings).now() - datetime.now(UTC)) < timedelta(seconds=5)
